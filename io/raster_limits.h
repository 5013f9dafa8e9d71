// Bounds on what a raster file claims about itself, checked before anything of that size is made.
#pragma once

#include <gdal_priv.h>

#include <cstdint>
#include <string>

namespace cnci::io {

/// Pixels of a band: the globe at 4 m has 5e13.
inline constexpr std::int64_t kMostPixels = std::int64_t{1} << 46;
/// A decoded block (tile, strip, chunk): it is decoded as a whole for any pixel of it.
inline constexpr std::int64_t kMostBlockBytes = std::int64_t{512} << 20;
/// 89 years of days. GDAL shows at most one more of a netCDF file and leaves the rest out unsaid.
inline constexpr int kMostBands = 32'767;

/// What one block of a dataset of at least one band takes when it is decoded; chunks of netCDF and
/// HDF5 count over all their dimensions. `path`: the file, whichever of its variables it is.
[[nodiscard]] std::uint64_t decoded_block_bytes(GDALDataset& dataset, const std::string& path);

/// Throws Error that says what is too large, the bound and what to do.
void check_limits(GDALDataset& dataset, const std::string& path);

}  // namespace cnci::io
