// Blocks of a GeoTIFF read past GDAL: found through it, read with pread, inflated with libdeflate
// or libzstd and the predictor undone with SIMD, in half of GDAL's time. The same values as GDAL's
// ReadBlock; only DEFLATE's checksums are verified here and not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/inflate.h"
#include "io/random_access_file.h"
#include "io/tiff_layout.h"

namespace cnci::io {

/// For one thread at a time, as the dataset is.
class TiffBlocks {
 public:
  /// Column and row of a block, from 0.
  struct Index {
    std::int64_t x = 0;
    std::int64_t y = 0;
  };

  /// `dataset`, whose layout it is, must live longer. Throws Error where the file cannot be opened.
  TiffBlocks(GDALDataset& dataset, TiffLayout layout);

  [[nodiscard]] const TiffLayout& layout() const { return layout_; }
  /// Seconds in the file system so far.
  [[nodiscard]] double seconds_reading() const { return seconds_reading_; }

  /// The samples of a block as they are stored, layout().block_bytes() bytes of native type and
  /// byte order: those of `band` (from 1), or pixel by pixel those of all bands where they are
  /// interleaved. Only what lies inside the raster is meaningful. False, and nothing is filled,
  /// where GDAL knows no place of the block: it is sparse, or the list of places is damaged. Throws
  /// Error naming file, band, block and what is wrong, after a second attempt with bytes fetched
  /// anew.
  [[nodiscard]] bool read_stored(int band, Index block, std::span<std::byte> samples);

  /// Has the stored bytes of a block fetched from the disk while others are decoded. Never throws:
  /// a block that cannot be found fails when it is read.
  void fetch_ahead(int band, Index block) const;

  /// The samples of one band, block_cols * block_rows of them, of a block that read_stored() does
  /// not find: from GDAL, which fills sparse ones with nodata or 0. Throws Error as read_stored().
  void read_sparse(int band, Index block, std::span<std::byte> samples);

  /// The samples of one band, block_cols * block_rows of them, as GDALRasterBand::ReadBlock gives
  /// them. Throws Error as read_stored().
  void read(int band, Index block, std::span<std::byte> samples);

 private:
  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Extent find(int band, Index block) const;
  void release_large_scratch();
  void decode(const Extent& extent, Index block, std::span<std::byte> samples);
  [[nodiscard]] std::size_t fill(const Extent& extent, std::size_t needed,
                                 std::span<std::byte> samples);

  GDALDataset& dataset_;
  TiffLayout layout_;
  RandomAccessFile file_;
  Inflater inflater_;
  double seconds_reading_ = 0;
  std::vector<std::byte> compressed_;
  std::vector<std::byte> row_;
  std::vector<std::byte> pixels_;  // of all bands, while those of one are picked
};

}  // namespace cnci::io
