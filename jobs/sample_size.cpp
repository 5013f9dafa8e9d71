#include "jobs/sample_size.h"

#include "engine/error.h"

namespace cnci::jobs {
namespace {

constexpr double kProvinceAreaKm2 = 176000;
constexpr double kProvinceEmissionsTg = 280;
constexpr double kProvincePopulation = 38562148;
constexpr double kProvinceGdpUsd = 243e9;

SampleSize province() {
  SampleSize size;
  size.name = "province";
  size.files = {103.5, 24, 109.5, 29.5};
  size.lattice = {104.25, 24.75, 108.75, 28.75};
  size.area_km2 = kProvinceAreaKm2;
  size.county_cols = 11;
  size.county_rows = 8;
  size.prefecture_cols = 3;
  size.prefecture_rows = 3;
  size.land_counties = 88;
  size.segments = 48;
  size.emissions_tg = kProvinceEmissionsTg;
  size.population = kProvincePopulation;
  size.gdp_usd = kProvinceGdpUsd;
  return size;
}

// The province in miniature: its densities, its variety within a fraction of its extent.
SampleSize small() {
  SampleSize size = province();
  size.name = "small";
  size.files = {106, 26, 107.5, 27};
  size.lattice = {106.4, 26.28, 107.0, 26.73};
  size.area_km2 = 2600;
  size.county_cols = 4;
  size.county_rows = 3;
  size.prefecture_cols = 1;
  size.land_counties = 12;
  size.segments = 16;
  size.detail = 0.15;
  const double share = size.area_km2 / kProvinceAreaKm2;
  size.emissions_tg = kProvinceEmissionsTg * share;
  size.population = kProvincePopulation * share;
  size.gdp_usd = kProvinceGdpUsd * share;
  size.two_years = true;
  size.global_emissions = false;
  return size;
}

SampleSize national() {
  SampleSize size;
  size.name = "national";
  size.continental = true;
  size.files = {73, 18, 135, 54};
  size.lattice = {73.5, 18.5, 134.5, 53.5};
  size.county_cols = 75;
  size.county_rows = 50;
  size.prefecture_cols = 25;
  size.prefecture_rows = 17;
  size.province_cols = 6;
  size.province_rows = 6;
  size.land_counties = 2800;
  size.segments = 45;
  size.emissions_tg = 10000;
  size.population = 1.41e9;
  size.gdp_usd = 14.3e12;
  return size;
}

// 8,750 quads of 1.49 x 1.49 degrees are 30 % of the cells of the planet's grid.
SampleSize global() {
  SampleSize size;
  size.name = "global";
  size.continental = true;
  size.files = {-180, -90, 180, 90};
  size.lattice = {-179, -58, 179, 76};
  size.county_cols = 240;
  size.county_rows = 90;
  size.prefecture_cols = 80;
  size.prefecture_rows = 30;
  size.province_cols = 20;
  size.province_rows = 10;
  size.land_counties = 8750;
  size.segments = 24;
  size.emissions_tg = 37000;
  size.population = 7.7e9;
  size.gdp_usd = 87e12;
  return size;
}

}  // namespace

SampleSize sample_size(const std::string& name) {
  if (name == "small") return small();
  if (name == "province") return province();
  if (name == "national") return national();
  if (name == "global") return global();
  throw engine::Error("--size " + name +
                      ": there is no such sample; use small, province, national or global");
}

}  // namespace cnci::jobs
