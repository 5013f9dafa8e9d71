// Where a cube lies, for GDAL's plain HDF5 driver, which reads no CF coordinates (up to 3.6 at
// least): a PAM file `cube.nc.aux.xml` beside the cube. The netCDF driver and all other readers
// need it not.
#pragma once

#include <string>
#include <vector>

#include "engine/grid.h"

namespace cnci::io {

/// Name of the sidecar of a cube's file.
[[nodiscard]] std::string cube_sidecar_name(const std::string& cube);

/// Writes the sidecar at `path` for a cube's variables; throws Error where it cannot be written.
void write_cube_sidecar(const std::string& path, const engine::Grid& grid,
                        const std::vector<std::string>& variables);

}  // namespace cnci::io
