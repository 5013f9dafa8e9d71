#include "engine/cell_area.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"
#include "engine/floor_div.h"

namespace cnci::engine {
namespace {

constexpr double kSemiMajorKm = 6378.137;
constexpr double kFlattening = 1 / 298.257223563;
constexpr double kE2 = kFlattening * (2 - kFlattening);

/// Exact areas are computed at cells whose indices are multiples of this; cubic in between.
constexpr std::int64_t kStride = 16;
/// Largest relative error of the cubic at the middle of a block before every cell is computed.
constexpr double kTolerance = 1e-10;
/// Nodes per cell edge for the integral along it (4 intervals: the quartic through 5 points).
constexpr int kEdgeIntervals = 4;

/// Weights w with integral of a dB along 5 equidistant points = sum_ij a_i w_ij b_j, where both are
/// the quartics through their points: w_ij = integral of L_i(t) L_j'(t) dt.
using EdgeWeights = std::array<std::array<double, kEdgeIntervals + 1>, kEdgeIntervals + 1>;

EdgeWeights edge_weights() {
  constexpr int n = kEdgeIntervals + 1;
  // Lagrange polynomials on t = 0..4 by their coefficients.
  std::array<std::array<double, n>, n> poly{};
  for (int i = 0; i < n; ++i) {
    std::array<double, n> c{};
    c[0] = 1;
    int degree = 0;
    double scale = 1;
    for (int k = 0; k < n; ++k) {
      if (k == i) continue;
      for (int d = degree + 1; d > 0; --d) {
        c.at(d) = (d <= degree ? -k * c.at(d) : 0.0) + c.at(d - 1);
      }
      c[0] *= -k;
      ++degree;
      scale *= i - k;
    }
    for (int d = 0; d < n; ++d) poly.at(i).at(d) = c.at(d) / scale;
  }
  EdgeWeights w{};
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int p = 0; p < n; ++p) {
        for (int q = 1; q < n; ++q) {
          sum +=
              poly.at(i).at(p) * poly.at(j).at(q) * q * std::pow(kEdgeIntervals, p + q) / (p + q);
        }
      }
      w.at(i).at(j) = sum;
    }
  }
  return w;
}

}  // namespace

double authalic_height_km2(double latitude_deg) {
  const double b2 = kSemiMajorKm * kSemiMajorKm * (1 - kE2);
  const double e = std::sqrt(kE2);
  const double s = std::sin(latitude_deg * kRadiansPerDegree);
  return b2 / 2 * (s / (1 - kE2 * s * s) + std::atanh(e * s) / e);
}

double ellipsoid_area_km2(double lat_south_deg, double lat_north_deg, double dlon_deg) {
  return dlon_deg * kRadiansPerDegree *
         (authalic_height_km2(lat_north_deg) - authalic_height_km2(lat_south_deg));
}

CellArea::CellArea(const Grid& grid, std::shared_ptr<const CoordinateTransform> to_lonlat)
    : grid_(grid), to_lonlat_(std::move(to_lonlat)) {
  if (!grid_.geographic && !to_lonlat_) {
    throw Error("cell areas of a projected grid need a transform to longitude and latitude");
  }
}

double CellArea::exact(std::int64_t col, std::int64_t row) const {
  static const EdgeWeights weights = edge_weights();
  constexpr int n = kEdgeIntervals;
  std::array<double, 4 * n + 1> x{};
  std::array<double, 4 * n + 1> y{};
  for (int i = 0; i < 4 * n; ++i) {  // counter-clockwise from the south-west corner
    const double t = static_cast<double>(i % n) / n;
    const int side = i / n;
    const double u = side == 0 ? t : side == 1 ? 1 : side == 2 ? 1 - t : 0;
    const double v = side == 0 ? 1 : side == 1 ? 1 - t : side == 2 ? 0 : t;
    x.at(i) = grid_.x_at(static_cast<double>(col) + u);
    y.at(i) = grid_.y_at(static_cast<double>(row) + v);
  }
  to_lonlat_->apply(std::span(x.data(), 4 * n), std::span(y.data(), 4 * n));
  const double lon0 = x[0];
  const double height0 = authalic_height_km2(y[0]);
  for (int i = 0; i < 4 * n; ++i) {
    // Longitude relative to the corner: the cell may lie across the antimeridian.
    x.at(i) = std::remainder(x.at(i) - lon0, 360.0) * kRadiansPerDegree;
    y.at(i) = authalic_height_km2(y.at(i)) - height0;
  }
  x[4 * n] = x[0];
  y[4 * n] = y[0];
  double area = 0;  // integral of height dlambda, clockwise positive
  for (int side = 0; side < 4; ++side) {
    for (int i = 0; i <= n; ++i) {
      for (int j = 0; j <= n; ++j) {
        area -= y.at(side * n + i) * weights.at(i).at(j) * x.at(side * n + j);
      }
    }
  }
  return std::isfinite(area) ? std::abs(area) : 0;
}

namespace {

/// Weights of the cubic through nodes at -1, 0, 1, 2 (in strides).
std::array<double, 4> cubic_weights(std::int64_t offset) {
  const double t = static_cast<double>(offset) / kStride;
  return {-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2,
          (t + 1) * t * (t - 1) / 6};
}

}  // namespace

void CellArea::fill_block(std::int64_t block_col, std::int64_t block_row, const Nodes& nodes,
                          const Window& window, std::span<double> out) const {
  const auto node = [&](std::int64_t i, std::int64_t j) {
    return nodes.area_km2[static_cast<std::size_t>((block_row + j - 1 - nodes.row) * nodes.cols +
                                                   block_col + i - 1 - nodes.col)];
  };
  const auto interpolate = [&](std::int64_t dc, std::int64_t dr) {
    const auto a = cubic_weights(dc);
    const auto b = cubic_weights(dr);
    double sum = 0;
    for (std::int64_t j = 0; j < 4; ++j) {
      double line = 0;
      for (std::int64_t i = 0; i < 4; ++i) {
        line += a.at(static_cast<std::size_t>(i)) * node(i, j);
      }
      sum += b.at(static_cast<std::size_t>(j)) * line;
    }
    return sum;
  };
  bool usable = true;
  for (std::int64_t j = 0; j < 4; ++j) {
    for (std::int64_t i = 0; i < 4; ++i) usable = usable && node(i, j) > 0;
  }
  if (usable) {
    const double middle =
        exact(block_col * kStride + kStride / 2, block_row * kStride + kStride / 2);
    usable = std::abs(interpolate(kStride / 2, kStride / 2) - middle) <= kTolerance * middle;
  }
  const Window block =
      Window{block_col * kStride, block_row * kStride, kStride, kStride}.intersect(window);
  for (std::int64_t row = block.row; row < block.row_end(); ++row) {
    for (std::int64_t col = block.col; col < block.col_end(); ++col) {
      out[static_cast<std::size_t>((row - window.row) * window.cols + col - window.col)] =
          usable ? interpolate(col - block_col * kStride, row - block_row * kStride)
                 : exact(col, row);
    }
  }
}

std::vector<double> CellArea::areas_km2(const Window& window) const {
  std::vector<double> out(window.cells());
  if (grid_.geographic) {
    const double dlon = grid_.resolution.value();
    for (std::int64_t row = 0; row < window.rows; ++row) {
      const double north = std::min(90.0, grid_.y_edge(window.row + row));
      const double south = std::max(-90.0, grid_.y_edge(window.row + row + 1));
      const double area = north > south ? ellipsoid_area_km2(south, north, dlon) : 0;
      const auto first = out.begin() + row * window.cols;
      std::fill(first, first + window.cols, area);
    }
    return out;
  }
  if (window.empty()) return out;
  const Window blocks{
      floor_div(window.col, kStride), floor_div(window.row, kStride),
      floor_div(window.col_end() - 1, kStride) - floor_div(window.col, kStride) + 1,
      floor_div(window.row_end() - 1, kStride) - floor_div(window.row, kStride) + 1};
  Nodes nodes{blocks.col - 1, blocks.row - 1, blocks.cols + 3, {}};
  for (std::int64_t row = nodes.row; row < blocks.row_end() + 2; ++row) {
    for (std::int64_t col = nodes.col; col < blocks.col_end() + 2; ++col) {
      nodes.area_km2.push_back(exact(col * kStride, row * kStride));
    }
  }
  for (std::int64_t row = blocks.row; row < blocks.row_end(); ++row) {
    for (std::int64_t col = blocks.col; col < blocks.col_end(); ++col) {
      fill_block(col, row, nodes, window, out);
    }
  }
  return out;
}

std::vector<double> CellArea::latitudes_deg(const Window& window) const {
  std::vector<double> out(window.cells());
  std::vector<double> x(static_cast<std::size_t>(window.cols));
  for (std::int64_t row = 0; row < window.rows; ++row) {
    const std::span line(out.data() + row * window.cols, x.size());
    std::fill(line.begin(), line.end(), grid_.y_at(static_cast<double>(window.row + row) + 0.5));
    if (grid_.geographic) continue;
    for (std::int64_t col = 0; col < window.cols; ++col) {
      x[static_cast<std::size_t>(col)] = grid_.x_at(static_cast<double>(window.col + col) + 0.5);
    }
    to_lonlat_->apply(x, line);
  }
  return out;
}

}  // namespace cnci::engine
