#include "io/tiff_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/read_cost.h"
#include "io/tiff_predictor.h"

namespace cnci::io {
namespace {

using engine::Error;

/// Every `samples`-th sample.
template <std::size_t kBytes>
void pick_samples(const std::byte* from, std::size_t samples, std::span<std::byte> to) {
  for (std::size_t i = 0; i < to.size(); i += kBytes, from += samples * kBytes) {
    std::memcpy(to.data() + i, from, kBytes);
  }
}

void pick_band(const TiffLayout& layout, int band, std::span<const std::byte> pixels,
               std::span<std::byte> to) {
  const std::byte* first = pixels.data() + static_cast<std::size_t>(band - 1) * layout.sample_bytes;
  switch (layout.sample_bytes) {
    case 1:
      return pick_samples<1>(first, layout.samples, to);
    case 2:
      return pick_samples<2>(first, layout.samples, to);
    case 4:
      return pick_samples<4>(first, layout.samples, to);
    default:
      return pick_samples<8>(first, layout.samples, to);
  }
}

}  // namespace

TiffBlocks::TiffBlocks(GDALDataset& dataset, TiffLayout layout)
    : dataset_(dataset), layout_(std::move(layout)), file_(layout_.path) {}

TiffBlocks::Extent TiffBlocks::find(int band, Index block) const {
  std::int64_t index = block.y * layout_.blocks_across() + block.x;
  if (layout_.samples == 1) {
    index += (band - 1) * layout_.blocks_across() * layout_.blocks_down();
  }
  const auto at = static_cast<std::uint64_t>(index);
  return {layout_.offsets.value(file_, at), layout_.sizes.value(file_, at)};
}

/// Stored bytes, inflated; how many there are.
std::size_t TiffBlocks::fill(const Extent& extent, std::size_t needed,
                             std::span<std::byte> samples) {
  if (layout_.compression == TiffCompression::kNone) {
    // The number of bytes is known without the file's word for it, which libtiff ignores as well.
    const SecondsOf reading(seconds_reading_);
    file_.read(extent.offset, samples.first(needed));
    return needed;
  }
  // More than any compressor makes of data that do not get smaller.
  const std::uint64_t most = std::uint64_t{2} * layout_.block_bytes() + (1U << 20);
  if (extent.bytes > most) {
    throw Error(fmt::format("{} bytes, compressed, cannot be {}", extent.bytes, needed));
  }
  if (!file_.holds(extent.offset, extent.bytes)) {
    throw Error(fmt::format("the file ends before it, at byte {}", file_.size()));
  }
  if (compressed_.size() < extent.bytes) compressed_.resize(extent.bytes);
  const std::span<std::byte> compressed = std::span(compressed_).first(extent.bytes);
  {
    const SecondsOf reading(seconds_reading_);
    file_.read(extent.offset, compressed);
  }
  return layout_.compression == TiffCompression::kDeflate ? inflater_.zlib(compressed, samples)
                                                          : inflater_.zstd(compressed, samples);
}

void TiffBlocks::release_large_scratch() {
  // Files are kept open by the dozen; one that has large blocks must not keep room for one each.
  constexpr std::size_t kKeptBytes = std::size_t{4} << 20;
  for (std::vector<std::byte>* scratch : {&compressed_, &pixels_}) {
    if (scratch->capacity() > kKeptBytes) *scratch = {};
  }
}

void TiffBlocks::decode(const Extent& extent, Index block, std::span<std::byte> samples) {
  // The last strip ends with the raster.
  const std::int64_t rows =
      layout_.tiled ? layout_.block_rows
                    : std::min(layout_.block_rows, layout_.rows - block.y * layout_.block_rows);
  const std::size_t needed = static_cast<std::size_t>(rows) * layout_.row_bytes();
  const std::size_t filled = fill(extent, needed, samples);
  if (filled < needed) {
    throw Error(fmt::format("it holds {} bytes, {} are needed", filled, needed));
  }
  const SampleRows stored{samples.first(needed), layout_.row_bytes(), layout_.sample_bytes,
                          layout_.samples};
  if (layout_.predictor == TiffPredictor::kFloatingPoint) {
    undo_floating_point_predictor(stored, row_);
    return;
  }
  if (layout_.swapped) swap_sample_bytes(stored);
  if (layout_.predictor == TiffPredictor::kHorizontal) undo_horizontal_predictor(stored);
}

bool TiffBlocks::read_stored(int band, Index block, std::span<std::byte> samples) {
  Extent extent;
  const auto attempt = [&] {
    extent = find(band, block);
    if (extent.offset == 0 || extent.bytes == 0) return false;
    decode(extent, block, samples.first(layout_.block_bytes()));
    if (samples.data() != pixels_.data()) release_large_scratch();
    return true;
  };
  try {
    return attempt();
  } catch (const Error&) {
    // Once more below: a cluster's file system may have handed out bytes that never were in the
    // file.
  }
  file_.forget_cached(extent.offset, extent.bytes);
  try {
    return attempt();
  } catch (const Error& error) {
    throw Error(fmt::format(
        "{}: band {}, block {},{} ({} bytes at {}) cannot be decoded: {}; get the file again or "
        "write "
        "it anew",
        layout_.path, band, block.x, block.y, extent.bytes, extent.offset, error.what()));
  }
}

void TiffBlocks::fetch_ahead(int band, Index block) const {
  try {
    const Extent extent = find(band, block);
    if (extent.offset != 0 && file_.holds(extent.offset, extent.bytes)) {
      file_.fetch_ahead(extent.offset, extent.bytes);
    }
  } catch (const Error&) {  // said where it is read
  }
}

void TiffBlocks::read_sparse(int band, Index block, std::span<std::byte> samples) {
  const QuietGdal quiet;
  if (samples.size() * layout_.samples < layout_.block_bytes() ||
      dataset_.GetRasterBand(band)->ReadBlock(static_cast<int>(block.x), static_cast<int>(block.y),
                                              samples.data()) != CE_None) {
    throw Error(fmt::format("{}: band {}, block {},{}: it is not there ({}); get the file again",
                            layout_.path, band, block.x, block.y, QuietGdal::message()));
  }
}

void TiffBlocks::read(int band, Index block, std::span<std::byte> samples) {
  const std::span<std::byte> out = samples.first(layout_.block_bytes() / layout_.samples);
  if (layout_.samples == 1) {
    if (!read_stored(band, block, out)) read_sparse(band, block, out);
    return;
  }
  pixels_.resize(layout_.block_bytes());
  if (read_stored(band, block, pixels_)) {
    pick_band(layout_, band, pixels_, out);
  } else {
    read_sparse(band, block, out);
  }
  release_large_scratch();
}

}  // namespace cnci::io
