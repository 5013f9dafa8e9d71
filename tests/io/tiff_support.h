// GeoTIFFs of arbitrary bits in any layout that GDAL writes, and what GDAL reads from them.
#pragma once

#include <gdal_priv.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/gdal_handles.h"

namespace cnci::io::testing {

struct BitsTiff {
  GDALDataType type = GDT_Float32;
  int cols = 61;
  int rows = 47;
  int bands = 1;
  std::vector<std::string> creation = {};  ///< "COMPRESS=DEFLATE"
  std::optional<double> nodata = {};
  bool holes = false;  ///< nothing is written to the left half of a band (SPARSE_OK=TRUE)
  double dy = -1;      ///< positive: rows run from south to north
  std::uint32_t seed = 1;
};

/// Smooth rows, rows of random bits (every NaN there is) and runs of equal values. Returns the
/// path.
std::string write_bits(const std::string& path, const BitsTiff& tiff);

[[nodiscard]] DatasetPtr open_tiff(const std::string& path);

/// A block as GDAL reads it.
[[nodiscard]] std::vector<std::byte> gdal_block(GDALRasterBand& band, std::int64_t x,
                                                std::int64_t y);

/// Where GDAL says that a block lies.
struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};
[[nodiscard]] BlockPlace place_of(const std::string& path, int band, int x, int y);

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// Sets the value of a tag of one SHORT in a little-endian TIFF that is no BigTIFF.
void set_short_tag(const std::string& path, std::uint16_t tag, std::uint16_t value);

}  // namespace cnci::io::testing
