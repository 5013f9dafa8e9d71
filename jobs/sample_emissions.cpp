#include "jobs/sample_emissions.h"

#include <cpl_string.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/cell_area.h"
#include "jobs/sample_gdal.h"

namespace cnci::jobs {
namespace {

constexpr int kCellsPerDegree = SampleEmissions::kCellsPerDegree;
constexpr int kLandRatio = kSampleCellsPerDegree / kCellsPerDegree;
constexpr double kSecondsPerYear = 365 * 86400.0;
// 1 t km-2 is 1e-3 kg m-2.
constexpr double kKgM2PerTKm2 = 1e-3;
constexpr double kTonnesPerTg = 1e6;
constexpr int kReferenceYear = 2019;
constexpr double kGrowthPerYear = 0.03;

enum class Side { kWest, kEast, kSouth, kNorth };

// The part of a ring on one side of a line (Sutherland and Hodgman). Where it falls into several
// pieces they stay joined along the line, which adds no area.
SamplePolyline clip(const SamplePolyline& ring, Side side, double at) {
  const bool vertical = side == Side::kWest || side == Side::kEast;
  const bool keep_above = side == Side::kWest || side == Side::kSouth;
  const auto inside = [&](const SamplePoint& p) {
    const double value = vertical ? p.lon : p.lat;
    return keep_above ? value >= at : value <= at;
  };
  SamplePolyline kept;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    const SamplePoint& a = ring[i - 1];
    const SamplePoint& b = ring[i];
    if (inside(a) != inside(b)) {
      const double t = vertical ? (at - a.lon) / (b.lon - a.lon) : (at - a.lat) / (b.lat - a.lat);
      kept.push_back({vertical ? at : a.lon + t * (b.lon - a.lon),
                      vertical ? a.lat + t * (b.lat - a.lat) : at});
    }
    if (inside(b)) kept.push_back(b);
  }
  if (!kept.empty()) kept.push_back(kept.front());
  return kept;
}

// Shares of the cells that lie in counties, by area on the ellipsoid.
void measure_zoned_shares(const SampleZones& zones, SampleEmissions& grid) {
  const auto lon_of = [&](int col) {
    return grid.box.west + static_cast<double>(col) / kCellsPerDegree;
  };
  const auto lat_of = [&](int row) {
    return grid.box.north - static_cast<double>(row) / kCellsPerDegree;
  };
  for (const SampleCounty& county : zones.counties) {
    const auto [west, east] = std::minmax_element(
        county.ring.begin(), county.ring.end(),
        [](const SamplePoint& a, const SamplePoint& b) { return a.lon < b.lon; });
    const auto [south, north] = std::minmax_element(
        county.ring.begin(), county.ring.end(),
        [](const SamplePoint& a, const SamplePoint& b) { return a.lat < b.lat; });
    const auto first_col = static_cast<int>((west->lon - grid.box.west) * kCellsPerDegree);
    const auto last_col = static_cast<int>((east->lon - grid.box.west) * kCellsPerDegree);
    const auto first_row = static_cast<int>((grid.box.north - north->lat) * kCellsPerDegree);
    const auto last_row = static_cast<int>((grid.box.north - south->lat) * kCellsPerDegree);
    for (int row = first_row; row <= last_row; ++row) {
      const SamplePolyline band =
          clip(clip(county.ring, Side::kSouth, lat_of(row + 1)), Side::kNorth, lat_of(row));
      const double cell_km2 =
          engine::ellipsoid_area_km2(lat_of(row + 1), lat_of(row), 1.0 / kCellsPerDegree);
      for (int col = first_col; col <= last_col; ++col) {
        const SamplePolyline part =
            clip(clip(band, Side::kWest, lon_of(col)), Side::kEast, lon_of(col + 1));
        const std::size_t index =
            static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.cols) +
            static_cast<std::size_t>(col);
        grid.zoned_share[index] += sample_ring_area_km2(part) / cell_km2;
      }
    }
  }
}

}  // namespace

SampleEmissions make_sample_emissions(const SampleSize& size, const SampleFields& fields,
                                      const SampleZones& zones, const SampleLand* land) {
  SampleEmissions grid;
  grid.box = size.global_emissions ? SampleBox{0, -90, 360, 90} : size.files;
  grid.cols = static_cast<int>(std::lround((grid.box.east - grid.box.west) * kCellsPerDegree));
  grid.rows = static_cast<int>(std::lround((grid.box.north - grid.box.south) * kCellsPerDegree));
  const std::size_t cells =
      static_cast<std::size_t>(grid.cols) * static_cast<std::size_t>(grid.rows);
  grid.t_km2.assign(cells, 0);
  grid.zoned_share.assign(cells, land != nullptr ? 1 : 0);
  if (land == nullptr) measure_zoned_shares(zones, grid);

  double zoned_t = 0;
  for (int row = 0; row < grid.rows; ++row) {
    const double lat = grid.box.north - (row + 0.5) / kCellsPerDegree;
    if (lat < size.files.south || lat > size.files.north) continue;
    const double cell_km2 = engine::ellipsoid_area_km2(
        lat - 0.5 / kCellsPerDegree, lat + 0.5 / kCellsPerDegree, 1.0 / kCellsPerDegree);
    const auto land_row = std::lround((size.files.north - lat) * kCellsPerDegree - 0.5);
    for (int col = 0; col < grid.cols; ++col) {
      double lon = grid.box.west + (col + 0.5) / kCellsPerDegree;
      if (lon > size.files.east) lon -= 360;
      if (lon < size.files.west || lon > size.files.east) continue;
      double share = 1;
      if (land != nullptr) {
        const auto land_col = std::lround((lon - size.files.west) * kCellsPerDegree - 0.5);
        share = static_cast<double>(land->count(land_col * kLandRatio, land_row * kLandRatio,
                                                kLandRatio, kLandRatio)) /
                (kLandRatio * kLandRatio);
        if (share == 0) continue;
      }
      const std::size_t index =
          static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.cols) +
          static_cast<std::size_t>(col);
      grid.t_km2[index] = share * fields.emission_density(lon, lat);
      zoned_t += grid.t_km2[index] * grid.zoned_share[index] * cell_km2;
    }
  }
  const double factor = size.emissions_tg * kTonnesPerTg / zoned_t;
  for (double& value : grid.t_km2) value *= factor;
  return grid;
}

std::vector<int> sample_emission_years(const SampleSize& size) {
  if (size.two_years) return {kReferenceYear - 1, kReferenceYear};
  return {kReferenceYear};
}

std::string sample_emission_file(int year) { return fmt::format("emissions_{}.nc", year); }

void write_sample_emissions(const std::string& folder, int year, const SampleEmissions& emissions) {
  const std::string path = folder + "/" + sample_emission_file(year);
  const io::QuietGdal quiet;
  io::DatasetPtr memory(
      sample_driver("MEM").Create("", emissions.cols, emissions.rows, 1, GDT_Float32, nullptr));
  if (!memory) fail_sample_file(path, "reserving memory");
  std::array<double, 6> transform{
      emissions.box.west, 1.0 / kCellsPerDegree, 0, emissions.box.north, 0, -1.0 / kCellsPerDegree};
  check_sample_file(memory->SetGeoTransform(transform.data()), path, "setting the geotransform");
  check_sample_file(memory->SetProjection(sample_crs_wkt("EPSG:4326").c_str()), path,
                    "setting the CRS");
  check_sample_file(memory->SetMetadataItem("NC_GLOBAL#title", kSampleNotice), path,
                    "setting metadata");
  GDALRasterBand* band = memory->GetRasterBand(1);
  const std::array<std::pair<const char*, std::string>, 5> tags = {{
      {"NETCDF_VARNAME", "fluxes"},
      {"units", "kg m-2 s-1"},
      {"long_name", "CO2 emissions (SYNTHETIC)"},
      {"substance", "CO2"},
      {"year", std::to_string(year)},
  }};
  for (const auto& [key, value] : tags) {
    check_sample_file(band->SetMetadataItem(key, value.c_str()), path, "setting metadata");
  }
  const double growth = 1 + kGrowthPerYear * (year - kReferenceYear);
  std::vector<float> row(static_cast<std::size_t>(emissions.cols));
  for (int index = 0; index < emissions.rows; ++index) {
    const auto first = emissions.t_km2.begin() +
                       static_cast<std::ptrdiff_t>(index) * static_cast<std::ptrdiff_t>(row.size());
    std::transform(first, first + emissions.cols, row.begin(), [growth](double t_km2) {
      return static_cast<float>(t_km2 * growth * kKgM2PerTKm2 / kSecondsPerYear);
    });
    check_sample_file(band->RasterIO(GF_Write, 0, index, emissions.cols, 1, row.data(),
                                     emissions.cols, 1, GDT_Float32, 0, 0, nullptr),
                      path, "filling");
  }
  CPLStringList options;
  options.SetNameValue("FORMAT", "NC4");
  options.SetNameValue("COMPRESS", "DEFLATE");
  options.SetNameValue("ZLEVEL", "1");
  options.SetNameValue("WRITE_BOTTOMUP", "YES");
  options.SetNameValue("WRITE_GDAL_HISTORY", "NO");
  io::DatasetPtr file(sample_driver("netCDF").CreateCopy(path.c_str(), memory.get(), FALSE,
                                                         options.List(), nullptr, nullptr));
  if (!file) fail_sample_file(path, "creating");
  close_sample_file(std::move(file), path);
}

}  // namespace cnci::jobs
