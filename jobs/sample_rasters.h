// The gridded layers of the synthetic sample, each in the format, resolution, packing and
// projection that its real counterpart has.
#pragma once

#include <string>
#include <vector>

#include "jobs/sample_fields.h"
#include "jobs/sample_land.h"
#include "jobs/sample_size.h"

namespace cnci::jobs {

/// Writes precipitation.tif, temperature.tif, evapotranspiration.tif, npp.tif, soc.tif,
/// lithology.tif and soil.tif into `folder`, two at a time. `land`: nullptr where the whole extent
/// is land; else cells of the sea are nodata, and blocks of sea are left out. Memory is a few
/// blocks per file, whatever the size.
void write_sample_rasters(const std::string& folder, const SampleSize& size,
                          const SampleFields& fields, const SampleLand* land);

/// Names of the files above.
[[nodiscard]] const std::vector<std::string>& sample_raster_files();

}  // namespace cnci::jobs
