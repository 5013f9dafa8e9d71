// The float32 values of the cube's variables over a tile on their way into chunks: those of a chunk
// stand together, as it will be compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/grid.h"
#include "io/cube.h"

namespace cnci::jobs {

class ChunkPlanes {
 public:
  /// Nothing.
  ChunkPlanes() = default;
  /// `tile` begins at a chunk's corner. Cells of chunks beyond it are missing; all others are not
  /// initialised.
  ChunkPlanes(const engine::Window& tile, const io::ChunkShape& shape, std::size_t variables);

  /// Calls visit(cell, cells, place) for the tile's cells first .. first + count, row by row, in
  /// pieces that stand side by side: cell counts from `first`, place is that in the plane of any
  /// variable.
  template <class Visit>
  void visit_pieces(std::size_t first, std::size_t count, const Visit& visit) const {
    const auto cols = static_cast<std::size_t>(tile_.cols);
    for (std::size_t done = 0; done < count;) {
      const std::size_t row = (first + done) / cols;
      const std::size_t col = (first + done) % cols;
      const std::size_t chunk_col = col / chunk_cols_;
      const std::size_t chunk_end = (chunk_col + 1) * chunk_cols_;
      // Where chunks are as wide as the tile, rows stand side by side too.
      const bool whole_rows = chunks_across_ == 1 && chunk_cols_ == cols;
      const std::size_t in_chunk = whole_rows ? (chunk_rows_ - row % chunk_rows_) * cols - col
                                              : (chunk_end < cols ? chunk_end : cols) - col;
      const std::size_t cells = in_chunk < count - done ? in_chunk : count - done;
      const std::size_t chunk = row / chunk_rows_ * chunks_across_ + chunk_col;
      visit(done, cells,
            chunk * chunk_cells() + row % chunk_rows_ * chunk_cols_ + col % chunk_cols_);
      done += cells;
    }
  }

  [[nodiscard]] std::size_t variables() const { return variables_; }
  [[nodiscard]] float* plane(std::size_t variable) {
    return values_.get() + variable * chunks_ * chunk_cells();
  }
  /// Makes cells of all variables missing.
  void set_missing(std::size_t first, std::size_t count);

  [[nodiscard]] std::size_t chunks() const { return chunks_; }
  [[nodiscard]] std::size_t chunks_across() const { return chunks_across_; }
  /// Chunks count row by row.
  [[nodiscard]] std::span<float> chunk(std::size_t variable, std::size_t number) {
    return {plane(variable) + number * chunk_cells(), chunk_cells()};
  }

 private:
  [[nodiscard]] std::size_t chunk_cells() const { return chunk_rows_ * chunk_cols_; }

  engine::Window tile_;
  std::size_t chunk_rows_ = 1;
  std::size_t chunk_cols_ = 1;
  std::size_t chunks_across_ = 0;
  std::size_t chunks_ = 0;
  std::size_t variables_ = 0;
  std::unique_ptr<float[]> values_;
};

}  // namespace cnci::jobs
