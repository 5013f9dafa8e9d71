// What a raster file says about itself: grid, CRS, blocks and bands.
#pragma once

#include <gdal_priv.h>

#include <string>

#include "io/raster.h"

namespace cnci::io {

/// Of an open dataset of at least one band; `path` is for messages. Throws Error: no regular
/// geotransform, rotated, complex numbers.
[[nodiscard]] RasterInfo raster_info(GDALDataset& dataset, const std::string& path);

}  // namespace cnci::io
