// The cube's grid mapping variable: CF parameters of the CRS where CF has them, WKT for everyone,
// and the geotransform that GDAL reads.
#pragma once

#include <hdf5.h>

#include <string>

#include "engine/grid.h"

namespace cnci::io {

/// Writes variable `crs` into the root group of a cube.
void write_grid_mapping(hid_t file, const std::string& path, const engine::Grid& grid);

/// UDUNITS name of the unit of a projected grid's coordinates ("m" nearly always).
[[nodiscard]] std::string coordinate_unit(const engine::Grid& grid);

/// The grid as write_grid_mapping() put it down; throws Error where there is none.
[[nodiscard]] engine::Grid read_grid(hid_t file, const std::string& path);

}  // namespace cnci::io
