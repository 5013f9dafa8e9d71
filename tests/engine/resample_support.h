// Grids, sources and analytic projections (on the unit sphere) for the tests of resampling.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "engine/conserve.h"
#include "engine/resample.h"

namespace cnci::engine::testing {

inline constexpr double kX = kMissing;  ///< a missing pixel in a matrix

/// A transform from a function of one point.
class PointTransform final : public CoordinateTransform {
 public:
  using Function = std::function<void(double&, double&)>;
  explicit PointTransform(Function f) : f_(std::move(f)) {}
  void apply(std::span<double> x, std::span<double> y) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      f_(x[i], y[i]);
      if (!std::isfinite(x[i]) || !std::isfinite(y[i])) x[i] = y[i] = kMissing;
      ++points;
    }
  }
  [[nodiscard]] bool identity() const override { return false; }
  mutable std::size_t points = 0;  ///< how many points were transformed

 private:
  Function f_;
};

using TransformPtr = std::shared_ptr<const CoordinateTransform>;

inline TransformPtr same_crs() { return std::make_shared<IdentityTransform>(); }
inline std::shared_ptr<const PointTransform> points(PointTransform::Function f) {
  return std::make_shared<PointTransform>(std::move(f));
}

inline constexpr double kRadian = 180 / std::numbers::pi;
inline constexpr double kEarthKm = 6371;

/// Sinusoidal projection, km.
inline void to_sinusoidal(double& x, double& y) {
  const double lon = std::remainder(x, 360.0) / kRadian;
  const double lat = y / kRadian;
  x = kEarthKm * lon * std::cos(lat);
  y = kEarthKm * lat;
}
inline void from_sinusoidal(double& x, double& y) {
  const double lat = y / kEarthKm;
  const double lon = x / (kEarthKm * std::cos(lat)) * kRadian;
  if (std::abs(lat) > std::numbers::pi / 2 || std::abs(lon) > 180) {
    x = y = kMissing;
    return;
  }
  x = lon;
  y = lat * kRadian;
}

/// Albers' equal-area conic around 105 degrees east with parallels 25 and 47, km.
struct Albers {
  double n = (std::sin(25 / kRadian) + std::sin(47 / kRadian)) / 2;
  double c = std::pow(std::cos(25 / kRadian), 2) + 2 * n * std::sin(25 / kRadian);
};
inline void to_albers(double& x, double& y) {
  const Albers a;
  const double rho = kEarthKm / a.n * std::sqrt(a.c - 2 * a.n * std::sin(y / kRadian));
  const double theta = a.n * std::remainder(x - 105, 360.0) / kRadian;
  x = rho * std::sin(theta);
  y = -rho * std::cos(theta);
}
inline void from_albers(double& x, double& y) {
  const Albers a;
  const double rho = std::hypot(x, y) * a.n / kEarthKm;
  const double lon = 105 + std::atan2(x, -y) / a.n * kRadian;
  const double lat = std::asin((a.c - rho * rho) / (2 * a.n)) * kRadian;
  x = lon;
  y = lat;
}

/// Lambert's azimuthal equal-area projection around the north pole, km.
inline void to_polar(double& x, double& y) {
  const double rho = 2 * kEarthKm * std::sin((90 - y) / 2 / kRadian);
  const double lon = x / kRadian;
  x = rho * std::sin(lon);
  y = -rho * std::cos(lon);
}
inline void from_polar(double& x, double& y) {
  const double lat = 90 - 2 * std::asin(std::hypot(x, y) / (2 * kEarthKm)) * kRadian;
  x = std::atan2(x, -y) * kRadian;
  y = lat;
}

inline Grid grid(Rational resolution, std::int64_t west, std::int64_t north, std::int64_t cols,
                 std::int64_t rows, bool geographic = true) {
  Grid g;
  g.geographic = geographic;
  g.resolution = resolution;
  g.west = west;
  g.north = north;
  g.cols = cols;
  g.rows = rows;
  return g;
}

inline SourceGrid source(double x0, double y0, double dx, std::int64_t cols, std::int64_t rows,
                         bool geographic = true) {
  return {x0, y0, dx, dx, cols, rows, geographic, geographic && cols * dx > 360 - 1e-6};
}

inline Field field(const Window& window, const std::vector<double>& values) {
  Field f(window);
  f.value.assign(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) f.valid[i] = std::isnan(values[i]) ? 0 : 1;
  return f;
}

/// The part of a whole raster that a window of it holds; columns modulo its width.
inline Field crop(const Field& whole, const Window& window) {
  Field f(window);
  for (std::int64_t r = window.row; r < window.row_end(); ++r) {
    for (std::int64_t c = window.col; c < window.col_end(); ++c) {
      const std::int64_t cols = whole.window.cols;
      const std::size_t from = whole.index(((c % cols) + cols) % cols, r);
      f.value[f.index(c, r)] = whole.value[from];
      f.valid[f.index(c, r)] = whole.valid[from];
    }
  }
  return f;
}

/// Random values, about one in ten missing; integers below `classes` where that is given.
inline Field random_field(const Window& window, std::mt19937& rng, int classes = 0) {
  std::uniform_real_distribution<double> value(0, 100);
  std::bernoulli_distribution missing(0.1);
  Field f(window);
  for (std::size_t i = 0; i < f.value.size(); ++i) {
    if (missing(rng)) continue;
    f.value[i] = classes > 0 ? std::floor(value(rng) / 100 * classes) : value(rng);
    f.valid[i] = 1;
  }
  return f;
}

inline Window random_window(const Window& whole, std::mt19937& rng) {
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
  };
  const std::int64_t col = pick(0, whole.cols - 1);
  const std::int64_t row = pick(0, whole.rows - 1);
  return {col, row, pick(1, whole.cols - col), pick(1, whole.rows - row)};
}

/// Same bits, missing cells included.
inline bool same_bits(const Field& a, const Field& b) {
  return a.window == b.window && a.valid == b.valid &&
         std::memcmp(a.value.data(), b.value.data(), a.value.size() * sizeof(double)) == 0;
}

/// A field as a matrix of text, "x" where missing: `1 2 / x 4`.
inline std::string text(const Field& f) {
  std::string out;
  for (std::size_t i = 0; i < f.value.size(); ++i) {
    if (i > 0) out += i % static_cast<std::size_t>(f.window.cols) == 0 ? " / " : " ";
    char number[32] = "x";
    if (f.valid[i] != 0) std::snprintf(number, sizeof number, "%.9g", f.value[i]);
    out += number;
  }
  return out;
}

}  // namespace cnci::engine::testing
