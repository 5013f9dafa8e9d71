#include "io/raster_blocks.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace cnci::io {

using engine::Field;
using engine::Window;

RasterBlocks::RasterBlocks(GDALDataset& dataset, TiffLayout layout, bool south_up,
                           std::shared_ptr<BlockCache> cache)
    : blocks_(dataset, std::move(layout)),
      south_up_(south_up),
      cache_(std::move(cache)),
      cache_file_(cache_->open_file(dataset.GetDescription())) {}

RasterBlocks::~RasterBlocks() { cache_->close_file(cache_file_); }

template <class Visit>
void RasterBlocks::visit_blocks(const Window& window, const Visit& visit) const {
  const TiffLayout& layout = blocks_.layout();
  const std::int64_t top = south_up_ ? file_row(window.row_end() - 1) : window.row;
  const std::int64_t bottom = top + window.rows;
  for (std::int64_t y = top / layout.block_rows; y * layout.block_rows < bottom; ++y) {
    for (std::int64_t x = window.col / layout.block_cols; x * layout.block_cols < window.col_end();
         ++x) {
      visit(Index{x, y});
    }
  }
}

void RasterBlocks::read(int band, const RawValues& values, Deliver deliver, Field& field) {
  const TiffLayout& layout = blocks_.layout();
  visit_blocks(field.window, [&](Index block) {
    const Window part = field.window.intersect(pixels_of(block));
    const Samples from = samples_of(band, block);
    const std::size_t skipped =
        static_cast<std::size_t>(part.col - block.x * layout.block_cols) * from.samples +
        from.first;
    const std::size_t line_samples = static_cast<std::size_t>(layout.block_cols) * from.samples;
    for (std::int64_t row = part.row; row < part.row_end(); ++row) {
      const auto line = static_cast<std::size_t>(file_row(row) - block.y * layout.block_rows);
      const std::byte* raw =
          from.block->bytes().data() + (line * line_samples + skipped) * layout.sample_bytes;
      const std::size_t to = field.index(part.col, row);
      const auto count = static_cast<std::size_t>(part.cols);
      (values.*deliver)(raw, from.samples, std::span(field.value).subspan(to, count),
                        std::span(field.valid).subspan(to, count));
    }
  });
}

void RasterBlocks::fetch_ahead(int band, const Window& window) const {
  visit_blocks(window, [&](Index block) {
    if (!cache_->holds(key_of(band, block))) blocks_.fetch_ahead(band, block);
  });
}

BlockCache::Key RasterBlocks::key_of(int band, Index block) const {
  const TiffLayout& layout = blocks_.layout();
  return {cache_file_, layout.samples > 1 ? 0 : band, block.y * layout.blocks_across() + block.x};
}

/// Rows count from the north in a window and from the first one in the file.
std::int64_t RasterBlocks::file_row(std::int64_t row) const {
  return south_up_ ? blocks_.layout().rows - 1 - row : row;
}

Window RasterBlocks::pixels_of(Index block) const {
  const TiffLayout& layout = blocks_.layout();
  const std::int64_t first = block.y * layout.block_rows;
  const std::int64_t rows = std::min(layout.block_rows, layout.rows - first);
  return {block.x * layout.block_cols, south_up_ ? file_row(first + rows - 1) : first,
          layout.block_cols, rows};
}

RasterBlocks::Samples RasterBlocks::samples_of(int band, Index at) {
  const TiffLayout& layout = blocks_.layout();
  const bool by_pixel = layout.samples > 1;
  const std::size_t first = by_pixel ? static_cast<std::size_t>(band - 1) : 0;
  const BlockCache::Key key = key_of(band, at);
  if (BlockCache::BlockPtr known = cache_->find(key)) return {known, layout.samples, first};
  const auto block = std::make_shared<DecodedBlock>(layout.block_bytes());
  if (blocks_.read_stored(band, at, block->bytes())) {
    bytes_decoded_ += block->bytes().size();
    return {cache_->insert(key, block), layout.samples, first};
  }
  // Sparse blocks are made faster than they are kept.
  const auto filled = std::make_shared<DecodedBlock>(layout.block_bytes() / layout.samples);
  blocks_.read_sparse(band, at, filled->bytes());
  return {filled, 1, 0};
}

}  // namespace cnci::io
