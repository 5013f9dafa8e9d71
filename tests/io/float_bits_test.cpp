#include "io/float_bits.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/error.h"
#include "tests/io/every_target.h"

namespace cnci::io {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

float round_mantissa(float value, int significant_bits) {
  round_mantissas({&value, 1}, significant_bits);
  return value;
}

TEST(RoundMantissa, KeepsTheNamedNumberOfBinaryDigits) {
  // 1.0101b = 1.3125; three digits: 1.01b, the tie goes down to the even 1.01b.
  EXPECT_EQ(round_mantissa(1.3125F, 5), 1.3125F);
  EXPECT_EQ(round_mantissa(1.3125F, 4), 1.25F);  // 1.0101 ties between 1.010 and 1.011
  EXPECT_EQ(round_mantissa(1.4375F, 4), 1.5F);   // 1.0111 ties between 1.011 and 1.100
  EXPECT_EQ(round_mantissa(1.3125F, 3), 1.25F);
  EXPECT_EQ(round_mantissa(1.3125F, 2), 1.5F);
  EXPECT_EQ(round_mantissa(1.3125F, 1), 1.0F);
  EXPECT_EQ(round_mantissa(-1.4375F, 4), -1.5F);
  EXPECT_EQ(round_mantissa(100.0F, 24), 100.0F);
}

TEST(RoundMantissa, CarriesIntoTheExponent) {
  EXPECT_EQ(round_mantissa(1.9999999F, 4), 2.0F);
  EXPECT_EQ(round_mantissa(-255.9F, 8), -256.0F);
}

TEST(RoundMantissa, LeavesNanInfinityAndZeroAlone) {
  for (int b = 1; b <= 24; ++b) {
    EXPECT_EQ(bits_of(round_mantissa(kNotANumber, b)), bits_of(kNotANumber));
    EXPECT_EQ(round_mantissa(kInfinity, b), kInfinity);
    EXPECT_EQ(round_mantissa(-kInfinity, b), -kInfinity);
    EXPECT_EQ(bits_of(round_mantissa(0.0F, b)), bits_of(0.0F));
    EXPECT_EQ(bits_of(round_mantissa(-0.0F, b)), bits_of(-0.0F));
  }
}

/// The nearest number of `digits` binary digits in double arithmetic, ties to even.
float nearest_in_double(float value, int digits) {
  int exponent = 0;
  const double mantissa = std::frexp(static_cast<double>(value), &exponent);
  const double scaled = std::ldexp(mantissa, digits);
  return static_cast<float>(std::ldexp(std::nearbyint(scaled), exponent - digits));
}

TEST(RoundMantissa, IsTheNearestNumberForRandomValues) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> mantissa(-2.0F, 2.0F);
  std::uniform_int_distribution<int> exponent(-60, 60);
  for (int i = 0; i < 20000; ++i) {
    const float value = std::ldexp(mantissa(random), exponent(random));
    const int digits = 1 + i % 24;
    ASSERT_EQ(bits_of(round_mantissa(value, digits)), bits_of(nearest_in_double(value, digits)))
        << value << " to " << digits << " digits";
  }
}

TEST(RoundMantissa, SixteenBitsErrByAtMostOneIn65536) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<float> any(0.001F, 1e6F);
  for (int i = 0; i < 10000; ++i) {
    const float value = any(random);
    ASSERT_LE(std::abs(static_cast<double>(round_mantissa(value, 16)) - value), value * 0x1p-16);
  }
}

TEST(RoundMantissa, RefusesImpossibleDigits) {
  EXPECT_THROW((void)round_mantissa(1.0F, 0), engine::Error);
  EXPECT_THROW((void)round_mantissa(1.0F, 25), engine::Error);
}

/// Every kind of float: all signs, exponents, infinities and NaN.
std::vector<float> any_bits(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    values[i] = std::bit_cast<float>(i % 7 == 0 ? bits | 0x7f800000U : bits);
  }
  return values;
}

TEST(RoundMantissa, GivesTheSameBitsOnEveryInstructionSet) {
  for (const std::size_t count : {1U, 7U, 16U, 33U, 1000U}) {
    for (const int digits : {1, 2, 12, 16, 23}) {
      const std::vector<float> values = any_bits(count, 5);
      std::vector<float> one_by_one = values;
      for (float& value : one_by_one) value = round_mantissa(value, digits);
      testing::on_every_target([&] {
        std::vector<float> together = values;
        round_mantissas(together, digits);
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_EQ(bits_of(together[i]), bits_of(one_by_one[i])) << values[i] << ' ' << digits;
        }
      });
    }
  }
}

TEST(ShuffleBytes, SortsBytesBySignificanceOnEveryInstructionSet) {
  for (const std::size_t count : {0U, 1U, 7U, 16U, 33U, 1000U}) {
    const std::vector<float> values = any_bits(count, 6);
    testing::on_every_target([&] {
      std::vector<std::byte> planes(4 * count);
      shuffle_bytes(values, planes);
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t b = 0; b < 4; ++b) {
          ASSERT_EQ(std::to_integer<std::uint32_t>(planes[b * count + i]),
                    bits_of(values[i]) >> (8 * b) & 0xffU);
        }
      }
      std::vector<float> back(count);
      unshuffle_bytes(planes, back);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(bits_of(back[i]), bits_of(values[i]));
    });
  }
}

TEST(ShuffleBytes, RefusesRoomOfAnotherSize) {
  std::vector<float> values(3);
  std::vector<std::byte> planes(11);
  EXPECT_THROW(shuffle_bytes(values, planes), engine::Error);
  EXPECT_THROW(unshuffle_bytes(planes, values), engine::Error);
}

}  // namespace
}  // namespace cnci::io
