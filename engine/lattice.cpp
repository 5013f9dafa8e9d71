#include "engine/lattice.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace cnci::engine {

CoordinateLattice::CoordinateLattice(const Grid& grid,
                                     std::shared_ptr<const CoordinateTransform> to_source,
                                     bool source_geographic)
    : grid_(grid), to_source_(std::move(to_source)), source_geographic_(source_geographic) {}

CoordinateLattice::Span CoordinateLattice::block_cols(const Window& window) const {
  return {block_of(window.col + grid_.west), block_of(window.col_end() - 1 + grid_.west)};
}

Quad CoordinateLattice::judge(std::array<double, 9>& x, std::array<double, 9>& y,
                              double cells) const {
  // Points 0 1 2 / 3 4 5 / 6 7 8: corners at even ones but the centre (4), edge midpoints at odd.
  Quad quad{{x[0], x[2], x[6], x[8]}, {y[0], y[2], y[6], y[8]}, false};
  for (std::size_t i = 0; i < 9; ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return quad;
    if (source_geographic_ && std::abs(x[i] - x[0]) > 180) return quad;
  }
  // Mean derivatives of source coordinates per target cell; their inverse turns an error in the
  // source's units into target cells.
  const double xu = (x[2] - x[0] + x[8] - x[6]) / (2 * cells);
  const double xv = (x[6] - x[0] + x[8] - x[2]) / (2 * cells);
  const double yu = (y[2] - y[0] + y[8] - y[6]) / (2 * cells);
  const double yv = (y[6] - y[0] + y[8] - y[2]) / (2 * cells);
  const double det = xu * yv - xv * yu;
  const auto good = [&](std::size_t i, double bilinear_x, double bilinear_y) {
    const double ex = x[i] - bilinear_x;
    const double ey = y[i] - bilinear_y;
    // |J^-1 e| <= tolerance, without the division: a degenerate block (det = 0) fails unless e = 0.
    return std::hypot(yv * ex - xv * ey, xu * ey - yu * ex) <= kTolerance * std::abs(det);
  };
  quad.smooth = det != 0 && good(1, (x[0] + x[2]) / 2, (y[0] + y[2]) / 2) &&
                good(3, (x[0] + x[6]) / 2, (y[0] + y[6]) / 2) &&
                good(5, (x[2] + x[8]) / 2, (y[2] + y[8]) / 2) &&
                good(7, (x[6] + x[8]) / 2, (y[6] + y[8]) / 2) &&
                good(4, (x[0] + x[2] + x[6] + x[8]) / 4, (y[0] + y[2] + y[6] + y[8]) / 4);
  return quad;
}

Quad CoordinateLattice::block(std::int64_t block_col, std::int64_t block_row) const {
  std::array<double, 9> x{};
  std::array<double, 9> y{};
  for (std::size_t i = 0; i < 9; ++i) {
    const auto half = static_cast<std::int64_t>(i % 3);
    const auto down = static_cast<std::int64_t>(i / 3);
    x[i] = grid_.x_at(static_cast<double>(block_col * kBlock + half * kHalfBlock - grid_.west));
    y[i] = grid_.y_at(static_cast<double>(block_row * kBlock + down * kHalfBlock + grid_.north));
  }
  to_source_->apply(x, y);
  return judge(x, y, static_cast<double>(kBlock));
}

std::array<Quad, CoordinateLattice::kBlock> CoordinateLattice::cell_quads(std::int64_t block_col,
                                                                          std::int64_t row) const {
  constexpr std::size_t kHalves = 2 * kBlock + 1;
  std::array<double, 3 * kHalves> x{};
  std::array<double, 3 * kHalves> y{};
  const auto base = static_cast<double>(block_col * kBlock - grid_.west);
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t i = 0; i < kHalves; ++i) {
      x[j * kHalves + i] = grid_.x_at(base + static_cast<double>(i) / 2);
      y[j * kHalves + i] = grid_.y_at(static_cast<double>(row) + static_cast<double>(j) / 2);
    }
  }
  to_source_->apply(x, y);
  std::array<Quad, kBlock> quads;
  for (std::size_t c = 0; c < kBlock; ++c) {
    std::array<double, 9> cx{};
    std::array<double, 9> cy{};
    for (std::size_t i = 0; i < 9; ++i) {
      cx[i] = x[i / 3 * kHalves + 2 * c + i % 3];
      cy[i] = y[i / 3 * kHalves + 2 * c + i % 3];
    }
    quads[c] = judge(cx, cy, 1);
  }
  return quads;
}

CoordinateLattice::Strip CoordinateLattice::make_strip(int k) const {
  Strip strip;
  const auto width = static_cast<std::size_t>(kBlock * k);
  strip.x.resize(width * static_cast<std::size_t>(k));
  strip.y.resize(width * static_cast<std::size_t>(k));
  strip.cell_x.resize(static_cast<std::size_t>(k) * static_cast<std::size_t>(k));
  strip.cell_y.resize(strip.cell_x.size());
  strip.offset.resize(width);
  for (std::size_t t = 0; t < width; ++t) {
    strip.offset[t] = (static_cast<double>(t) + 0.5) / static_cast<double>(width);
  }
  return strip;
}

namespace {

/// Bilinear points of a quad along one line of sub-points at `v` (0 north, 1 south).
void line(const Quad& quad, double v, std::span<const double> u, double* x, double* y) {
  const double xl = quad.x[0] + (quad.x[2] - quad.x[0]) * v;
  const double xr = quad.x[1] + (quad.x[3] - quad.x[1]) * v;
  const double yl = quad.y[0] + (quad.y[2] - quad.y[0]) * v;
  const double yr = quad.y[1] + (quad.y[3] - quad.y[1]) * v;
  for (std::size_t i = 0; i < u.size(); ++i) {
    x[i] = xl + (xr - xl) * u[i];
    y[i] = yl + (yr - yl) * u[i];
  }
}

}  // namespace

void CoordinateLattice::fill(const Quad& quad, std::int64_t block_col, std::int64_t row, int k,
                             std::int64_t begin, std::int64_t end, Strip& strip) const {
  if (!quad.smooth) {
    fill_exact(block_col, row, k, strip);
    return;
  }
  strip.smooth.fill(true);
  const std::int64_t cell_row = row - grid_.north - block_of(row - grid_.north) * kBlock;
  const auto width = static_cast<std::size_t>(kBlock * k);
  const auto first = static_cast<std::size_t>(begin * k);
  const auto count = static_cast<std::size_t>((end - begin) * k);
  for (int j = 0; j < k; ++j) {
    const double v = strip.offset[static_cast<std::size_t>(cell_row * k + j)];
    const std::size_t at = static_cast<std::size_t>(j) * width + first;
    line(quad, v, std::span(strip.offset).subspan(first, count), &strip.x[at], &strip.y[at]);
  }
}

void CoordinateLattice::fill_exact(std::int64_t block_col, std::int64_t row, int k,
                                   Strip& strip) const {
  const auto base = static_cast<double>(block_col * kBlock - grid_.west);
  const auto width = static_cast<std::size_t>(kBlock * k);
  if (k == 1) {  // always the whole row of the block, so that a batch does not depend on the tile
    strip.smooth.fill(false);
    for (std::size_t c = 0; c < width; ++c) {
      strip.x[c] = grid_.x_at(base + static_cast<double>(c) + 0.5);
      strip.y[c] = grid_.y_at(static_cast<double>(row) + 0.5);
    }
    to_source_->apply(strip.x, strip.y);
    return;
  }
  const std::array<Quad, kBlock> quads = cell_quads(block_col, row);
  const auto points = static_cast<std::size_t>(k);
  std::vector<double> offset(points);
  for (std::size_t i = 0; i < points; ++i) offset[i] = (static_cast<double>(i) + 0.5) / k;
  for (std::size_t c = 0; c < kBlock; ++c) {
    strip.smooth[c] = quads[c].smooth;
    for (std::size_t j = 0; j < points; ++j) {
      const std::size_t at = j * width + c * points;
      if (quads[c].smooth) line(quads[c], offset[j], offset, &strip.x[at], &strip.y[at]);
      for (std::size_t i = 0; i < points && !quads[c].smooth; ++i) {
        strip.cell_x[j * points + i] = grid_.x_at(base + static_cast<double>(c) + offset[i]);
        strip.cell_y[j * points + i] = grid_.y_at(static_cast<double>(row) + offset[j]);
      }
    }
    if (quads[c].smooth) continue;
    to_source_->apply(strip.cell_x, strip.cell_y);
    for (std::size_t j = 0; j < points; ++j) {
      const std::size_t at = j * width + c * points;
      std::copy_n(&strip.cell_x[j * points], points, &strip.x[at]);
      std::copy_n(&strip.cell_y[j * points], points, &strip.y[at]);
    }
  }
}

}  // namespace cnci::engine
