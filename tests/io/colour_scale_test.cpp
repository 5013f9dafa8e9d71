#include "io/colour_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cnci::io {
namespace {

/// 101 values in equal steps.
std::vector<double> from_to(double first, double last) {
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(first + (last - first) * i / 100);
  return values;
}

std::string described(const std::vector<double>& values) {
  const ColourScale scale(values);
  return scale.name() + " " + std::to_string(scale.low()) + " " + std::to_string(scale.high());
}

TEST(ColourScaleTest, LimitsArePercentilesRoundedOutward) {
  EXPECT_EQ(described(from_to(0, 100)), "linear 2.000000 98.000000");
  EXPECT_EQ(described(from_to(10, 10.111)), "linear 10.000000 11.000000");
  EXPECT_EQ(described(from_to(0.0312, 0.0317)), "linear 0.031000 0.032000");
  EXPECT_EQ(described(from_to(-123, -1234)), "linear -1300.000000 -140.000000");
  EXPECT_EQ(ColourScale(from_to(0.3, 0.3)).high(), 0.3) << "the double that prints as 0.3";
}

TEST(ColourScaleTest, DivergesAboutZeroWhereBothSignsMatter) {
  EXPECT_EQ(described(from_to(-40, 60)), "diverging -58.000000 58.000000");
  EXPECT_EQ(described(from_to(-60, 40)), "diverging -58.000000 58.000000");
  const ColourScale scale(from_to(-40, 60));
  EXPECT_EQ(scale.place(0), 0.5);
  EXPECT_EQ(scale.colour(0.5).hex(), "#f5f5f5");
  EXPECT_EQ(scale.colour(0).hex(), "#543005");
  EXPECT_EQ(scale.colour(1).hex(), "#003c30");
  EXPECT_EQ(ColourScale(from_to(-3, 100)).name(), "linear") << "one per cent below zero";
}

TEST(ColourScaleTest, IsLogarithmicWhereFewValuesAreHuge) {
  std::vector<double> values(20, 0.0);
  for (int i = 0; i <= 100; ++i) values.push_back(std::pow(10.0, i / 20.0));  // 1 to 1e5
  const ColourScale scale(values);
  EXPECT_EQ(scale.name(), "log");
  EXPECT_EQ(scale.low(), 1.2);     // 10^0.1 = 1.26
  EXPECT_EQ(scale.high(), 80000);  // 10^4.9 = 79433
  EXPECT_EQ(scale.place(0), 0);
  EXPECT_EQ(scale.place(1.2), 0);
  EXPECT_EQ(scale.place(1e5), 1);
  EXPECT_NEAR(scale.place(std::sqrt(1.2 * 80000)), 0.5, 1e-12);
  values.push_back(-1);
  EXPECT_EQ(ColourScale(values).name(), "linear") << "not where a value is negative";
}

TEST(ColourScaleTest, ValuesBeyondTheLimitsTakeTheEndColours) {
  const ColourScale scale(from_to(0, 100));
  EXPECT_EQ(scale.place(-5), 0);
  EXPECT_EQ(scale.place(1e9), 1);
  EXPECT_EQ(scale.colour(0).hex(), "#440154");
  EXPECT_EQ(scale.colour(0.5).hex(), "#21918c");
  EXPECT_EQ(scale.colour(1).hex(), "#fde725");
}

TEST(ColourScaleTest, EqualValuesHaveAScaleToo) {
  EXPECT_EQ(described({7}), "linear 0.000000 7.000000");
  EXPECT_EQ(described({-7, -7}), "linear -7.000000 0.000000");
  EXPECT_EQ(described({0, 0, 0}), "linear 0.000000 1.000000");
  std::vector<double> nearly(1000, 0.0);
  nearly[3] = 5;
  EXPECT_EQ(described(nearly), "linear 0.000000 5.000000");
}

}  // namespace
}  // namespace cnci::io
