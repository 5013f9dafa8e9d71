#include "kernels/polynomial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace cnci::kernels {

namespace {

constexpr std::size_t kNodes = 24;
constexpr std::size_t kChecks = 47;

using Matrix = std::array<std::array<double, kNodes>, kNodes>;

double node(std::size_t i) {
  return std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / kNodes);
}

/// Chebyshev coefficients of values at the nodes: c_k = (2 - [k = 0]) / n sum_i f_i T_k(t_i).
const Matrix& analysis() {
  static const Matrix matrix = [] {
    Matrix m{};
    for (std::size_t k = 0; k < kNodes; ++k) {
      for (std::size_t i = 0; i < kNodes; ++i) {
        const double angle =
            std::numbers::pi * static_cast<double>(k) * (static_cast<double>(i) + 0.5) / kNodes;
        m.at(k).at(i) = (k == 0 ? 1.0 : 2.0) / kNodes * std::cos(angle);
      }
    }
    return m;
  }();
  return matrix;
}

/// Row k: T_k in powers of t.
const Matrix& powers() {
  static const Matrix matrix = [] {
    Matrix m{};
    m[0][0] = 1;
    m[1][1] = 1;
    for (std::size_t k = 2; k < kNodes; ++k) {
      for (std::size_t i = 0; i < kNodes; ++i) {
        m.at(k).at(i) = (i > 0 ? 2 * m.at(k - 1).at(i - 1) : 0.0) - m.at(k - 2).at(i);
      }
    }
    return m;
  }();
  return matrix;
}

double check_point(std::size_t i) { return -1 + 2.0 * static_cast<double>(i) / (kChecks - 1); }

double value(const Polynomial& p, double t) {
  double sum = 0;
  for (std::size_t i = p.coefficients.size(); i-- > 0;) {
    sum = sum * t + p.coefficients[i];
  }
  return sum;
}

double value(const Polynomial2& p, double t, double u) {
  double sum = 0;
  std::size_t next = 0;
  for (const std::uint32_t terms : p.terms) {
    double row = 0;
    for (std::uint32_t i = 0; i < terms; ++i) {
      row = row * t + p.coefficients[next++];
    }
    sum = sum * u + row;
  }
  return sum;
}

/// The Chebyshev terms of a function over a rectangle, term (i, j) of T_i(t) T_j(u).
Matrix chebyshev_terms(const Matrix& samples) {
  Matrix half{};
  Matrix terms{};
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      for (std::size_t n = 0; n < kNodes; ++n) {
        half.at(i).at(j) += analysis().at(i).at(n) * samples.at(n).at(j);
      }
    }
  }
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      for (std::size_t n = 0; n < kNodes; ++n) {
        terms.at(i).at(j) += analysis().at(j).at(n) * half.at(i).at(n);
      }
    }
  }
  return terms;
}

/// Powers of t and u of the Chebyshev terms that exceed `negligible`.
Polynomial2 in_powers(const Matrix& terms, double negligible, const Interval& x,
                      const Interval& y) {
  std::array<std::size_t, kNodes> count{};  // terms in t by Chebyshev term of u
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      if (std::abs(terms.at(i).at(j)) > negligible) {
        count.at(j) = i + 1;
      }
    }
  }
  Matrix sums{};  // power of t, power of u
  std::array<std::size_t, kNodes> length{};
  std::size_t rows = 2;
  for (std::size_t j = 0; j < kNodes; ++j) {
    for (std::size_t i = 0; i < count.at(j); ++i) {
      for (std::size_t a = 0; a <= i; ++a) {
        for (std::size_t b = 0; b <= j; ++b) {
          sums.at(a).at(b) += terms.at(i).at(j) * powers().at(i).at(a) * powers().at(j).at(b);
        }
      }
    }
    if (count.at(j) > 0) {
      rows = (j + 2) / 2 * 2;
      for (std::size_t b = j % 2; b <= j; b += 2) {
        length.at(b) = std::max(length.at(b), count.at(j));
      }
    }
  }
  Polynomial2 p{x, y, {}, {}};
  for (std::size_t b = rows; b-- > 0;) {
    const std::size_t terms_in_t = std::max<std::size_t>(length.at(b), 1);
    p.terms.push_back(static_cast<std::uint32_t>(terms_in_t));
    for (std::size_t a = terms_in_t; a-- > 0;) {
      p.coefficients.push_back(sums.at(a).at(b));
    }
  }
  return p;
}

}  // namespace

Interval Interval::of(double low, double high) {
  return {low + (high - low) / 2, high > low ? 2 / (high - low) : 0.0};
}

std::optional<Polynomial> fit(const std::function<double(double)>& function, const Interval& x,
                              double tolerance) {
  std::array<double, kNodes> samples{};
  std::array<double, kNodes> terms{};
  double least = std::abs(function(x.mid));
  for (std::size_t i = 0; i < kNodes; ++i) {
    samples.at(i) = function(x.at(node(i)));
    least = std::min(least, std::abs(samples.at(i)));
  }
  for (std::size_t k = 0; k < kNodes; ++k) {
    for (std::size_t i = 0; i < kNodes; ++i) {
      terms.at(k) += analysis().at(k).at(i) * samples.at(i);
    }
  }
  Polynomial p{x, {}};
  double left_out = 0;
  std::size_t count = kNodes;
  while (count > 1 && left_out + std::abs(terms.at(count - 1)) < tolerance * least / 2) {
    left_out += std::abs(terms.at(--count));
  }
  p.coefficients.assign(
      (count + Polynomial::kStride - 1) / Polynomial::kStride * Polynomial::kStride, 0.0);
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i <= k; ++i) {
      p.coefficients[i] += terms.at(k) * powers().at(k).at(i);
    }
  }
  for (std::size_t i = 0; i < kChecks; ++i) {
    const double t = x.scale == 0 ? 0.0 : check_point(i);
    const double exact = function(x.at(t));
    if (!(std::abs(value(p, t) - exact) <= tolerance * std::abs(exact))) {
      return std::nullopt;
    }
  }
  return p;
}

std::optional<Polynomial2> fit(const std::function<double(double, double)>& function,
                               const Interval& x, const Interval& y, double tolerance) {
  Matrix samples{};
  double least = std::abs(function(x.mid, y.mid));
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      samples.at(i).at(j) = function(x.at(node(i)), y.at(node(j)));
      least = std::min(least, std::abs(samples.at(i).at(j)));
    }
  }
  const Polynomial2 p = in_powers(chebyshev_terms(samples), tolerance * least / 8, x, y);
  for (std::size_t i = 0; i < kChecks; ++i) {
    for (std::size_t j = 0; j < kChecks; ++j) {
      const double t = x.scale == 0 ? 0.0 : check_point(i);
      const double u = y.scale == 0 ? 0.0 : check_point(j);
      const double exact = function(x.at(t), y.at(u));
      if (!std::isfinite(exact) ||
          !(std::abs(value(p, t, u) - exact) <= tolerance * std::abs(exact))) {
        return std::nullopt;
      }
    }
  }
  return p;
}

}  // namespace cnci::kernels
