// How a GeoTIFF stores its samples, where that is one of the common ways that TiffBlocks reads
// itself; GDAL reads all others.
#pragma once

#include <gdal_priv.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "io/tiff_tags.h"

namespace cnci::io {

enum class TiffCompression { kNone, kDeflate, kZstd };
/// None, differences of neighbours in a row, or those of the bytes of floating-point numbers (TIFF
/// Technical Note 3).
enum class TiffPredictor { kNone = 1, kHorizontal = 2, kFloatingPoint = 3 };

struct TiffLayout {
  std::string path;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  int bands = 0;
  std::int64_t block_cols = 0;  ///< of a tile, or all of the raster where it is in strips
  std::int64_t block_rows = 0;
  bool tiled = false;  ///< blocks at the lower edge are complete
  GDALDataType type = GDT_Unknown;
  std::size_t sample_bytes = 0;
  std::size_t samples = 1;  ///< per pixel of a block: all bands where they are interleaved by pixel
  TiffCompression compression = TiffCompression::kNone;
  TiffPredictor predictor = TiffPredictor::kNone;
  bool swapped = false;  ///< the file's byte order is not the machine's
  TiffArray offsets;     ///< of all blocks, band after band where these are apart; 0: not there
  TiffArray sizes;       ///< bytes of all blocks

  [[nodiscard]] std::int64_t blocks_across() const { return (cols + block_cols - 1) / block_cols; }
  [[nodiscard]] std::int64_t blocks_down() const { return (rows + block_rows - 1) / block_rows; }
  [[nodiscard]] std::uint64_t blocks() const {
    return static_cast<std::uint64_t>(blocks_across() * blocks_down()) *
           (samples == 1 ? static_cast<std::uint64_t>(bands) : 1);
  }
  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(block_cols) * samples * sample_bytes;
  }
  /// A whole block of stored samples.
  [[nodiscard]] std::size_t block_bytes() const {
    return row_bytes() * static_cast<std::size_t>(block_rows);
  }
};

/// The layout of a dataset that GDAL has opened from the local file `path`; nothing where GDAL must
/// read it: another driver, a part of a file, another compression, colour space or predictor, bits
/// that are not those of the type (NBITS, PIXELTYPE), complex and 64-bit integer types, blocks of
/// more than kMostBlockBytes, tags that are damaged, a file that cannot be opened once more.
[[nodiscard]] std::optional<TiffLayout> tiff_layout(GDALDataset& dataset, const std::string& path);

}  // namespace cnci::io
