// Windows of a GeoTIFF band from blocks that are decoded here (TiffBlocks) and kept (BlockCache),
// straight into the rows of a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/field.h"
#include "io/block_cache.h"
#include "io/raw_values.h"
#include "io/tiff_blocks.h"

namespace cnci::io {

/// For one thread at a time, as the dataset is; the cache may be that of several.
class RasterBlocks {
 public:
  /// `south_up`: the first row of the file is the southern one. `dataset` must live longer.
  RasterBlocks(GDALDataset& dataset, TiffLayout layout, bool south_up,
               std::shared_ptr<BlockCache> cache);
  ~RasterBlocks();
  RasterBlocks(const RasterBlocks&) = delete;
  RasterBlocks& operator=(const RasterBlocks&) = delete;

  /// What is done with raw values and the places in the field where they belong.
  using Deliver = void (RawValues::*)(const std::byte* raw, std::size_t stride,
                                      std::span<double> value, std::span<std::uint8_t> valid) const;

  /// Fills field.window, rows from the north, inside the raster, with what `values` makes of the
  /// raw values of a band (1-based), or adds it. Throws Error as TiffBlocks::read_stored().
  void read(int band, const RawValues& values, Deliver deliver, engine::Field& field);
  [[nodiscard]] double seconds_reading() const { return blocks_.seconds_reading(); }
  /// Of blocks that the cache did not hold.
  [[nodiscard]] std::uint64_t bytes_decoded() const { return bytes_decoded_; }
  /// Has what a window needs and is not decoded yet fetched from the disk. Never throws.
  void fetch_ahead(int band, const engine::Window& window) const;

 private:
  using Index = TiffBlocks::Index;

  [[nodiscard]] std::int64_t file_row(std::int64_t row) const;
  /// Calls visit(block) for the blocks of a window, row by row of the file.
  template <class Visit>
  void visit_blocks(const engine::Window& window, const Visit& visit) const;
  [[nodiscard]] BlockCache::Key key_of(int band, Index block) const;
  [[nodiscard]] engine::Window pixels_of(Index block) const;
  /// Samples of a band in a block: every `samples`-th one from `first` on.
  struct Samples {
    BlockCache::BlockPtr block;
    std::size_t samples = 1;
    std::size_t first = 0;
  };
  [[nodiscard]] Samples samples_of(int band, Index at);

  TiffBlocks blocks_;
  bool south_up_;
  std::shared_ptr<BlockCache> cache_;
  std::uint64_t cache_file_;
  std::uint64_t bytes_decoded_ = 0;
};

}  // namespace cnci::io
