#include "jobs/chunk_planes.h"

#include <algorithm>
#include <limits>

namespace cnci::jobs {
namespace {

constexpr float kMissingFloat = std::numeric_limits<float>::quiet_NaN();

}  // namespace

ChunkPlanes::ChunkPlanes(const engine::Window& tile, const io::ChunkShape& shape,
                         std::size_t variables)
    : tile_(tile),
      chunk_rows_(static_cast<std::size_t>(shape.rows)),
      chunk_cols_(static_cast<std::size_t>(shape.cols)),
      chunks_across_((static_cast<std::size_t>(tile.cols) + chunk_cols_ - 1) / chunk_cols_),
      chunks_(chunks_across_ *
              ((static_cast<std::size_t>(tile.rows) + chunk_rows_ - 1) / chunk_rows_)),
      variables_(variables),
      values_(std::make_unique_for_overwrite<float[]>(variables * chunks_ * chunk_cells())) {
  if (chunks_ * chunk_cells() > tile.cells()) {
    std::fill_n(values_.get(), variables * chunks_ * chunk_cells(), kMissingFloat);
  }
}

void ChunkPlanes::set_missing(std::size_t first, std::size_t count) {
  visit_pieces(first, count, [&](std::size_t, std::size_t cells, std::size_t place) {
    for (std::size_t v = 0; v < variables_; ++v) {
      std::fill_n(plane(v) + place, cells, kMissingFloat);
    }
  });
}

}  // namespace cnci::jobs
