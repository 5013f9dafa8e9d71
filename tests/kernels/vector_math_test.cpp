// Error of the vectorised exponential and logarithm in units in the last place, against long
// double, on every instruction set.
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/kernels/vector_math_test.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

/// count is a multiple of kWidestVector.
void ExpOf(const double* x, std::size_t count, double* out) {
  const Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::StoreU(Exp(hn::LoadU(d, x + i)), d, out + i);
  }
}

void LogOf(const double* x, std::size_t count, double* out) {
  const Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::StoreU(Log(hn::LoadU(d, x + i)), d, out + i);
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/kernels/targets.h"

namespace cnci::kernels {
HWY_EXPORT(ExpOf);
HWY_EXPORT(LogOf);

namespace testing {
namespace {

std::vector<double> exp_of(std::vector<double> x) {
  const std::size_t count = x.size();
  x.resize((count + kWidestVector - 1) / kWidestVector * kWidestVector, 1.0);
  std::vector<double> out(x.size());
  HWY_DYNAMIC_DISPATCH(ExpOf)(x.data(), x.size(), out.data());
  out.resize(count);
  return out;
}

std::vector<double> log_of(std::vector<double> x) {
  const std::size_t count = x.size();
  x.resize((count + kWidestVector - 1) / kWidestVector * kWidestVector, 1.0);
  std::vector<double> out(x.size());
  HWY_DYNAMIC_DISPATCH(LogOf)(x.data(), x.size(), out.data());
  out.resize(count);
  return out;
}

constexpr std::size_t kSamples = 300'000;
constexpr unsigned kSeed = 20250119;

std::vector<double> between(double low, double high) {
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> value(low, high);
  std::vector<double> x{low, high};
  std::generate_n(std::back_inserter(x), kSamples, [&] { return value(random); });
  return x;
}

/// Of even spread in their logarithms.
std::vector<double> between_powers_of_ten(double low, double high) {
  std::vector<double> x = between(low, high);
  for (double& v : x) v = std::pow(10.0, v);
  return x;
}

/// Distance of neighbouring doubles at a value.
long double ulp_of(long double exact) {
  const double at = std::max(static_cast<double>(std::abs(exact)), 0x1p-1022);
  return std::nextafter(at, std::numeric_limits<double>::infinity()) - at;
}

struct Range {
  const char* name;
  std::vector<double> x;
};

/// Prints the worst error on every target, which is at most `bound_ulp`.
template <class Function, class Exact>
void expect_accurate(const char* name, const Range& range, const Function& function,
                     const Exact& exact, double bound_ulp) {
  SCOPED_TRACE(std::string(name) + " over " + range.name + ", seed " + std::to_string(kSeed));
  std::vector<long double> truth;
  for (const double x : range.x) truth.push_back(exact(static_cast<long double>(x)));
  std::printf("[ accuracy ] %s %-22s ulp:", name, range.name);
  for_each_target([&](std::string_view target) {
    const std::vector<double> actual = function(range.x);
    long double worst = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      worst = std::max(worst, std::abs(actual[i] - truth[i]) / ulp_of(truth[i]));
    }
    std::printf("  %s %.3Lf", std::string(target).c_str(), worst);
    EXPECT_LE(worst, bound_ulp);
  });
  std::printf("\n");
}

TEST(VectorMath, ExponentialIsGoodToTheLastPlace) {
  for (const Range& range :
       {Range{"-745..-708, denormal", between(-745, -708)},
        Range{"-708..709.7", between(-708, 709.7)}, Range{"-20..10", between(-20, 10)},
        Range{"-0.35..0.35", between(-0.35, 0.35)}}) {
    expect_accurate(
        "exp", range, exp_of, [](long double x) { return std::exp(x); }, 1);
  }
}

TEST(VectorMath, LogarithmIsGoodToTheLastPlace) {
  for (const Range& range :
       {Range{"1e-320..1e-308", between_powers_of_ten(-320, -308)},
        Range{"1e-300..1e300", between_powers_of_ten(-300, 300)},
        Range{"1e-12..1", between_powers_of_ten(-12, 0)}, Range{"0.5..2", between(0.5, 2)},
        Range{"1 - 1e-3..1 + 1e-3", between(1 - 1e-3, 1 + 1e-3)},
        Range{"1 - 1e-9..1 + 1e-9", between(1 - 1e-9, 1 + 1e-9)}}) {
    expect_accurate(
        "log", range, log_of, [](long double x) { return std::log(x); }, 0.95);
  }
}

TEST(VectorMath, SpecialValuesAreThose) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for_each_target([&](std::string_view) {
    EXPECT_EQ(exp_of({0.0, -0.0, -kInfinity, -1e300, -1000, -746, 710, 1000}),
              (std::vector<double>{1, 1, 0, 0, 0, 0, kInfinity, kInfinity}));
    EXPECT_EQ(log_of({1.0})[0], 0);
  });
}

}  // namespace
}  // namespace testing
}  // namespace cnci::kernels

#endif
