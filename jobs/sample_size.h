// The four sizes of the synthetic sample: where it lies, how its zones divide, which resolutions
// its layers have, and the totals they add up to.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace cnci::jobs {

/// Degrees of longitude and latitude.
struct SampleBox {
  double west = 0;
  double south = 0;
  double east = 0;
  double north = 0;
};

struct SampleSize {
  std::string name;
  std::uint64_t seed = 20230100237;
  /// One region inside its neighbours (small, province), or land with sea around it.
  bool continental = false;
  SampleBox files;      ///< extent of the rasters, whole half degrees
  SampleBox lattice;    ///< where the lattice of counties lies, before scaling
  double area_km2 = 0;  ///< the lattice is scaled to this area; 0: left as it is
  int county_cols = 0;
  int county_rows = 0;
  int prefecture_cols = 0;
  int prefecture_rows = 0;
  int province_cols = 1;
  int province_rows = 1;
  int land_counties = 0;         ///< lattice quads that are land; the rest is sea
  int segments = 0;              ///< straight pieces of each border between two nodes
  double detail = 1;             ///< factor of the fields' wavelengths
  double emissions_tg = 0;       ///< Tg CO2 in 2019
  double population = 0;         ///< persons
  double gdp_usd = 0;            ///< in 2019
  bool two_years = false;        ///< emissions for 2018 as well as 2019
  bool global_emissions = true;  ///< the emissions file spans the planet

  [[nodiscard]] std::string job_name() const { return "sample-" + name; }
};

/// Throws engine::Error naming the sizes there are.
[[nodiscard]] SampleSize sample_size(const std::string& name);

/// The nearest multiple of a step; halves go up.
[[nodiscard]] inline double round_to(double value, double steps_per_unit) {
  return std::floor(value * steps_per_unit + 0.5) / steps_per_unit;
}

/// Cells of 1/120 degree.
inline constexpr int kSampleCellsPerDegree = 120;
/// The word that every file of the sample carries.
inline constexpr const char* kSampleNotice =
    "SYNTHETIC data made by `cnci sample`: no measurement, no real place";

}  // namespace cnci::jobs
