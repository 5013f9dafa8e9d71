#include "kernels/polynomial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace cnci::kernels::testing {
namespace {

double value(const Polynomial& p, double x) {
  const double t = (x - p.x.mid) * p.x.scale;
  double sum = 0;
  for (std::size_t i = 0; i < p.coefficients.size(); ++i) {
    sum += p.coefficients[i] * std::pow(t, static_cast<double>(i));
  }
  return sum;
}

/// As declared: rows by falling power of u, within a row by falling power of t.
double value(const Polynomial2& p, double x, double y) {
  const double t = (x - p.x.mid) * p.x.scale;
  const double u = (y - p.y.mid) * p.y.scale;
  double sum = 0;
  std::size_t next = 0;
  for (std::size_t row = 0; row < p.terms.size(); ++row) {
    for (std::uint32_t i = 0; i < p.terms[row]; ++i) {
      sum += p.coefficients[next++] * std::pow(t, p.terms[row] - 1.0 - i) *
             std::pow(u, static_cast<double>(p.terms.size() - 1 - row));
    }
  }
  return sum;
}

/// Largest relative error at points that are no nodes and no points of the fit's own check.
template <class Function>
double worst(const Polynomial& p, const Function& function, double low, double high) {
  double worst = 0;
  for (int i = 0; i <= 1000; ++i) {
    const double x = low + (high - low) * i / 1000;
    worst = std::max(worst, std::abs(value(p, x) / function(x) - 1));
  }
  return worst;
}

TEST(Polynomial, IntervalsMapToMinusOneAndOne) {
  const Interval x = Interval::of(-3, 7);
  EXPECT_EQ(x.at(-1), -3);
  EXPECT_EQ(x.at(0), 2);
  EXPECT_EQ(x.at(1), 7);
  EXPECT_EQ((7 - x.mid) * x.scale, 1);
  EXPECT_EQ(Interval::of(4, 4).at(1), 4);
  EXPECT_EQ(Interval::of(4, 4).scale, 0);
}

TEST(Polynomial, MeetsItsRelativeToleranceWithNoMoreTermsThanNeeded) {
  const auto function = [](double x) { return 1e-6 * std::exp(x / 10) * (2 + std::sin(x)); };
  std::vector<std::size_t> terms;
  for (const double tolerance : {1e-2, 1e-5, 1e-8, 1e-12}) {
    const auto p = fit(function, Interval::of(-2, 3), tolerance);
    ASSERT_TRUE(p);
    EXPECT_LE(worst(*p, function, -2, 3), tolerance);
    EXPECT_EQ(p->coefficients.size() % Polynomial::kStride, 0U);
    terms.push_back(p->coefficients.size());
  }
  EXPECT_TRUE(std::is_sorted(terms.begin(), terms.end()));
  EXPECT_LT(terms.front(), terms.back());
  EXPECT_LT(terms.back(), 24U);
}

TEST(Polynomial, FindsAPolynomial) {
  const auto p = fit([](double x) { return 5 - 3 * x + 2 * x * x * x; }, Interval::of(-1, 1), 1e-9);
  ASSERT_TRUE(p);
  ASSERT_EQ(p->coefficients.size(), 4U);
  const std::vector<double> expected{5, -3, 0, 2};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(p->coefficients[i], expected[i], 1e-13);
  }
}

TEST(Polynomial, OfOnePointIsTheValueThere) {
  const auto p =
      fit([](double x) { return x < 4 || x > 4 ? 1e9 : 0.25; }, Interval::of(4, 4), 1e-9);
  ASSERT_TRUE(p);
  EXPECT_NEAR(value(*p, 4), 0.25, 1e-15);
  const auto p2 = fit([](double x, double y) { return x * std::exp(y); }, Interval::of(3, 3),
                      Interval::of(0, 1), 1e-10);
  ASSERT_TRUE(p2);
  EXPECT_NEAR(value(*p2, 3, 0.3), 3 * std::exp(0.3), 1e-9);
}

TEST(Polynomial, ThereIsNoneOfAFunctionThatIsNotFinite) {
  const Interval x = Interval::of(-1, 1);
  EXPECT_FALSE(fit([](double t) { return t > 0.9 ? std::log(-1.0) : t; }, x, 1e-3));
  EXPECT_FALSE(fit([](double t) { return 1 / (t - t); }, x, 1e-3));
  EXPECT_FALSE(
      fit([](double t, double u) { return t * u > 0.9 ? std::sqrt(-1.0) : 1.0; }, x, x, 1e-3));
  EXPECT_FALSE(
      fit([](double, double) { return std::numeric_limits<double>::infinity(); }, x, x, 1e-3));
}

TEST(Polynomial, ThereIsNoneOfAKinkOrAJump) {
  const Interval x = Interval::of(-1, 1);
  EXPECT_FALSE(fit([](double t) { return 1 + std::abs(t - 0.1); }, x, 1e-6));
  EXPECT_FALSE(fit([](double t) { return t < 0.3 ? 1.0 : 2.0; }, x, 1e-3));
  EXPECT_FALSE(fit([](double t, double u) { return 2 + std::abs(t + u - 0.2); }, x, x, 1e-6));
  // A coarse tolerance is met all the same.
  EXPECT_TRUE(fit([](double t) { return 1 + std::abs(t - 0.1); }, x, 0.1));
}

TEST(Polynomial, ThereIsNoneOfAFunctionThatTurnsTooOften) {
  const auto function = [](double t) { return 2 + std::sin(60 * t); };
  EXPECT_FALSE(fit(function, Interval::of(-1, 1), 1e-6));
  EXPECT_TRUE(fit(function, Interval::of(-0.1, 0.1), 1e-6));
}

TEST(Polynomial, OfTwoVariablesMeetsItsRelativeTolerance) {
  const auto function = [](double x, double y) { return 1e-5 * std::exp(x / 20) / (1 + y * y); };
  for (const double tolerance : {1e-4, 1e-8, 1e-11}) {
    const auto p = fit(function, Interval::of(0, 50), Interval::of(0, 0.4), tolerance);
    ASSERT_TRUE(p);
    double worst = 0;
    for (int i = 0; i <= 100; ++i) {
      for (int j = 0; j <= 100; ++j) {
        const double x = 0.5 * i;
        const double y = 0.004 * j;
        worst = std::max(worst, std::abs(value(*p, x, y) / function(x, y) - 1));
      }
    }
    EXPECT_LE(worst, tolerance);
    EXPECT_EQ(std::accumulate(p->terms.begin(), p->terms.end(), std::size_t{0}),
              p->coefficients.size());
    EXPECT_EQ(p->terms.size() % 2, 0U);
    EXPECT_LT(p->coefficients.size(), 200U);
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
