#include "kernels/store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "tests/kernels/targets.h"

namespace cnci::kernels::testing {
namespace {

class Store : public OnTarget {};
CNCI_ON_EVERY_TARGET(Store);

std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

constexpr float kUntouched = -77;

/// The stored values, in the middle of memory that must stay as it is.
std::vector<float> stored(const std::vector<double>& values, const std::vector<std::uint32_t>& kept,
                          std::size_t offset) {
  constexpr std::size_t kMargin = 16;
  Block block(2);
  block.resize(values.size());
  std::copy(values.begin(), values.end(), block[1]);
  std::vector<float> out(offset + values.size() + kMargin, kUntouched);
  const std::size_t half = values.size() / 2;
  const std::span<const std::uint32_t> all(kept);
  store_float32(block, 1, 0, all.first(half), out.data() + offset);
  store_float32(block, 1, half, all.subspan(half), out.data() + offset + half);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i < offset || i >= offset + values.size()) {
      EXPECT_EQ(out[i], kUntouched) << i;
    }
  }
  return {out.begin() + static_cast<std::ptrdiff_t>(offset),
          out.end() - static_cast<std::ptrdiff_t>(kMargin)};
}

TEST_P(Store, RoundsToFloatAtAnyLengthAndAlignment) {
  const unsigned seed = 20250121;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-50, 38);
  for (std::size_t length = 0; length <= 70; ++length) {
    std::vector<double> values;
    std::vector<std::uint32_t> kept;
    for (std::size_t i = 0; i < length; ++i) {
      values.push_back(std::pow(10.0, exponent(random)) * (random() % 2 == 0 ? -1 : 1));
      kept.push_back(random() % 5 == 0 ? 0 : static_cast<std::uint32_t>(random() >> 32 | 1));
    }
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const std::vector<float> out = stored(values, kept, offset);
      for (std::size_t i = 0; i < length; ++i) {
        if (kept[i] == 0) {
          EXPECT_TRUE(std::isnan(out[i]));
        } else {
          EXPECT_EQ(bits_of(out[i]), bits_of(static_cast<float>(values[i]))) << values[i];
        }
      }
    }
  }
}

TEST_P(Store, MissingIsOneNanWhateverItsSign) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values(37, -nan);
  const std::uint32_t missing = bits_of(std::numeric_limits<float>::quiet_NaN());
  for (const float v : stored(values, std::vector<std::uint32_t>(37, 1), 0)) {
    EXPECT_EQ(bits_of(v), missing);
  }
  for (const float v : stored(std::vector<double>(37, 5), std::vector<std::uint32_t>(37, 0), 3)) {
    EXPECT_EQ(bits_of(v), missing);
  }
}

TEST_P(Store, WhatFloatCannotHoldIsInfiniteAndWhatIsTinyIsZero) {
  const double most = std::numeric_limits<float>::max();
  for (const std::size_t length : {1, 5, 8, 16}) {
    const std::vector<std::uint32_t> kept(length, 1);
    const auto one = [&](double value) {
      const std::vector<float> out = stored(std::vector<double>(length, value), kept, 0);
      EXPECT_EQ(bits_of(out.front()), bits_of(out.back()));
      return out.front();
    };
    EXPECT_EQ(one(most), std::numeric_limits<float>::max());
    EXPECT_EQ(one(1e39), std::numeric_limits<float>::infinity());
    EXPECT_EQ(one(-1e300), -std::numeric_limits<float>::infinity());
    EXPECT_EQ(bits_of(one(-1e-60)), bits_of(-0.0F));
    EXPECT_EQ(one(1e-40), 1e-40F);
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
