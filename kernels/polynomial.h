// Polynomials of bounded error in place of costly smooth functions: Chebyshev interpolation over an
// interval or a rectangle, checked against the function between its nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace cnci::kernels {

/// The interval low..high as -1..1: t = (x - mid) * scale.
struct Interval {
  double mid = 0;
  double scale = 0;  ///< 0 for an interval of one point
  [[nodiscard]] static Interval of(double low, double high);
  [[nodiscard]] double at(double t) const { return scale == 0 ? mid : mid + t / scale; }
};

/// sum c_i t^i
struct Polynomial {
  static constexpr std::size_t kStride = 4;
  Interval x;
  /// Ascending powers, as many as a multiple of kStride.
  std::vector<double> coefficients = std::vector<double>(kStride, 0.0);
};

/// sum c_ij t^i u^j, t of x and u of y.
struct Polynomial2 {
  Interval x;
  Interval y;
  /// Number of terms in t of every power of u, highest power of u first; an even number of them, or
  /// none.
  std::vector<std::uint32_t> terms;
  /// Their coefficients, highest power of t first.
  std::vector<double> coefficients;
};

/// Nothing where the function is not finite, or no polynomial of at most 24 terms comes within the
/// relative `tolerance` of it at the points between the nodes.
[[nodiscard]] std::optional<Polynomial> fit(const std::function<double(double)>& function,
                                            const Interval& x, double tolerance);

/// The same over a rectangle; terms that do not matter are left out.
[[nodiscard]] std::optional<Polynomial2> fit(const std::function<double(double, double)>& function,
                                             const Interval& x, const Interval& y,
                                             double tolerance);

}  // namespace cnci::kernels
