// The emissions of the synthetic sample, as EDGAR gives them: netCDF, CO2 fluxes in kg m-2 s-1 on a
// 0.1 degree grid, south first, longitudes from 0 to 360.
#pragma once

#include <string>
#include <vector>

#include "jobs/sample_fields.h"
#include "jobs/sample_land.h"
#include "jobs/sample_size.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {

/// A grid of 0.1 degree cells, north first, with emissions in t CO2 km-2 in 2019.
struct SampleEmissions {
  static constexpr int kCellsPerDegree = 10;
  SampleBox box;  ///< west may be 0 and east 360
  int cols = 0;
  int rows = 0;
  std::vector<double> t_km2;
  /// Share of each cell that lies in zones (continental sizes: 1, as nothing else emits).
  std::vector<double> zoned_share;
};

/// Scaled so that the part inside zones adds up to size.emissions_tg exactly. `land`: as for
/// write_sample_rasters.
[[nodiscard]] SampleEmissions make_sample_emissions(const SampleSize& size,
                                                    const SampleFields& fields,
                                                    const SampleZones& zones,
                                                    const SampleLand* land);

/// Years of the files, 2019 last, and the name of a year's file.
[[nodiscard]] std::vector<int> sample_emission_years(const SampleSize& size);
[[nodiscard]] std::string sample_emission_file(int year);

/// Writes one year's file; other years than 2019 are 3 % a year lower or higher.
void write_sample_emissions(const std::string& folder, int year, const SampleEmissions& emissions);

}  // namespace cnci::jobs
