// One variable of one year of a cube as a GeoTIFF, block by block: float32, NaN where there is no
// value, the cube's own bits.
#pragma once

#include <cstddef>
#include <string>

#include "io/stored_cube.h"

namespace cnci::io {

/// kCloudOptimised: with overviews, laid out so that a reader over a network fetches only what it
/// shows.
enum class GeoTiffLayout { kCloudOptimised, kPlain };

/// Writes under a temporary name and renames; what bears the name already is replaced. Throws Error
/// naming the file.
void write_cube_geotiff(const StoredCube& cube, std::size_t variable, std::size_t year,
                        GeoTiffLayout layout, const std::string& path);

}  // namespace cnci::io
