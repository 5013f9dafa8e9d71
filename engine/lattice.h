// Source coordinates of points in target cells, cheaply and always the same: exact at the nodes of
// a lattice of every 16th cell (counted from the CRS's lattice index 0, so that overlapping grids
// agree), bilinear inside a block. A block where that errs by more than 0.02 cells, or that holds a
// discontinuity, is done cell by cell. A block's decision depends on the block alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/grid.h"
#include "engine/transform.h"

namespace cnci::engine {

/// The four corners of a block or cell in source coordinates: NW, NE, SW, SE. `smooth` where
/// bilinear interpolation between them is good enough.
struct Quad {
  std::array<double, 4> x{};
  std::array<double, 4> y{};
  bool smooth = false;
  bool operator==(const Quad&) const = default;
};

/// The k x k points of one cell: point (j, i), j south, i east, at j * stride + i.
struct CellPoints {
  const double* x = nullptr;
  const double* y = nullptr;
  std::size_t stride = 0;
  int k = 1;
  /// All points lie inside the quadrilateral of the four outermost ones, without a jump.
  bool smooth = false;
};

class CoordinateLattice {
 public:
  static constexpr std::int64_t kBlock = 16;
  static constexpr std::int64_t kHalfBlock = kBlock / 2;
  /// Largest error of the interpolation, in target cells.
  static constexpr double kTolerance = 0.02;

  /// `source_geographic`: x of the source is a longitude, with a jump of 360 degrees somewhere.
  CoordinateLattice(const Grid& grid, std::shared_ptr<const CoordinateTransform> to_source,
                    bool source_geographic);

  /// Corners of a block: columns west + col in [16 block_col, 16 block_col + 16), rows likewise
  /// counted south from the lattice origin.
  [[nodiscard]] Quad block(std::int64_t block_col, std::int64_t block_row) const;

  /// Calls visit(col, row, CellPoints) for every cell of the window, row by row. Points without an
  /// image are NaN.
  template <class Visitor>
  void visit_cells(const Window& window, int k, Visitor&& visit) const;

  /// Calls visit(x_low, x_high, y_low, y_high) with boxes that together hold all points of
  /// visit_cells and the outlines of the cells; none has a jump inside.
  template <class Visitor>
  void visit_bounds(const Window& window, int k, Visitor&& visit) const;

 private:
  /// Source coordinates of one row of cells of one block, sub-point rows with stride 16 k.
  struct Strip {
    std::vector<double> x, y;
    std::vector<double> offset;  ///< of the sub-points from the block's western edge, in blocks
    std::array<bool, kBlock> smooth{};
    std::vector<double> cell_x, cell_y;
  };
  struct Span {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  [[nodiscard]] static std::int64_t block_of(std::int64_t index) {
    return index >= 0 ? index / kBlock : -((-index + kBlock - 1) / kBlock);
  }
  [[nodiscard]] Span block_cols(const Window& window) const;
  [[nodiscard]] Strip make_strip(int k) const;
  void fill(const Quad& quad, std::int64_t block_col, std::int64_t row, int k, std::int64_t begin,
            std::int64_t end, Strip& strip) const;
  void fill_exact(std::int64_t block_col, std::int64_t row, int k, Strip& strip) const;
  /// Corners of the cells of one row of one block.
  [[nodiscard]] std::array<Quad, kBlock> cell_quads(std::int64_t block_col, std::int64_t row) const;
  [[nodiscard]] Quad judge(std::array<double, 9>& x, std::array<double, 9>& y, double cells) const;

  Grid grid_;
  std::shared_ptr<const CoordinateTransform> to_source_;
  bool source_geographic_;
};

template <class Visitor>
void CoordinateLattice::visit_cells(const Window& window, int k, Visitor&& visit) const {
  if (window.empty()) return;
  const Span cols = block_cols(window);
  std::vector<Quad> quads(static_cast<std::size_t>(cols.last - cols.first + 1));
  Strip strip = make_strip(k);
  const auto stride = static_cast<std::size_t>(kBlock * k);
  for (std::int64_t row = window.row; row < window.row_end(); ++row) {
    const std::int64_t block_row = block_of(row - grid_.north);
    if (row == window.row || block_row != block_of(row - 1 - grid_.north)) {
      for (std::int64_t b = cols.first; b <= cols.last; ++b) {
        quads[static_cast<std::size_t>(b - cols.first)] = block(b, block_row);
      }
    }
    for (std::int64_t b = cols.first; b <= cols.last; ++b) {
      const std::int64_t base = b * kBlock - grid_.west;
      const std::int64_t begin = std::max(window.col, base);
      const std::int64_t end = std::min(window.col_end(), base + kBlock);
      fill(quads[static_cast<std::size_t>(b - cols.first)], b, row, k, begin - base, end - base,
           strip);
      for (std::int64_t col = begin; col < end; ++col) {
        const auto offset = static_cast<std::size_t>((col - base) * k);
        visit(col, row,
              CellPoints{strip.x.data() + offset, strip.y.data() + offset, stride, k,
                         strip.smooth[static_cast<std::size_t>(col - base)]});
      }
    }
  }
}

template <class Visitor>
void CoordinateLattice::visit_bounds(const Window& window, int k, Visitor&& visit) const {
  if (window.empty()) return;
  const auto box = [&](const Quad& q) {
    const auto [xl, xh] = std::minmax({q.x[0], q.x[1], q.x[2], q.x[3]});
    const auto [yl, yh] = std::minmax({q.y[0], q.y[1], q.y[2], q.y[3]});
    visit(xl, xh, yl, yh);
  };
  const Span cols = block_cols(window);
  Strip strip = make_strip(k);
  const std::int64_t first_row = block_of(window.row - grid_.north);
  const std::int64_t last_row = block_of(window.row_end() - 1 - grid_.north);
  for (std::int64_t br = first_row; br <= last_row; ++br) {
    for (std::int64_t b = cols.first; b <= cols.last; ++b) {
      const Window cells =
          Window{b * kBlock - grid_.west, br * kBlock + grid_.north, kBlock, kBlock}.intersect(
              window);
      const Quad quad = block(b, br);
      if (quad.smooth) {
        Quad part;
        for (std::size_t i = 0; i < 4; ++i) {
          const std::int64_t col = i % 2 == 0 ? cells.col : cells.col_end();
          const std::int64_t row = i < 2 ? cells.row : cells.row_end();
          const double u = static_cast<double>(col + grid_.west - b * kBlock) / kBlock;
          const double v = static_cast<double>(row - grid_.north - br * kBlock) / kBlock;
          const auto at = [&](const std::array<double, 4>& c) {
            const double left = c[0] + (c[2] - c[0]) * v;
            const double right = c[1] + (c[3] - c[1]) * v;
            return left + (right - left) * u;
          };
          part.x[i] = at(quad.x);
          part.y[i] = at(quad.y);
        }
        box(part);
        continue;
      }
      const std::int64_t base = b * kBlock - grid_.west;
      for (std::int64_t row = cells.row; row < cells.row_end(); ++row) {
        const std::array<Quad, kBlock> own = cell_quads(b, row);
        fill(quad, b, row, k, cells.col - base, cells.col_end() - base, strip);
        for (std::int64_t c = cells.col - base; c < cells.col_end() - base; ++c) {
          const Quad& q = own[static_cast<std::size_t>(c)];
          if (q.smooth) {
            box(q);
            continue;
          }
          for (std::size_t i = 0; i < 4; ++i) visit(q.x[i], q.x[i], q.y[i], q.y[i]);
          for (int j = 0; j < k; ++j) {
            for (int i = 0; i < k; ++i) {
              const auto p = static_cast<std::size_t>(j * kBlock * k + c * k + i);
              visit(strip.x[p], strip.x[p], strip.y[p], strip.y[p]);
            }
          }
        }
      }
    }
  }
}

}  // namespace cnci::engine
