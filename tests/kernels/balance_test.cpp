#include <gtest/gtest.h>

#include <stdexcept>

#include "kernels/constants.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Balance : public OnTarget {};
CNCI_ON_EVERY_TARGET(Balance);
class Emissions : public OnTarget {};
CNCI_ON_EVERY_TARGET(Emissions);

TEST_P(Balance, SinkIsTheSumOfTheValidComponents) {
  Tile tile(5);
  tile.set("ccsf", {30, kNaN, 0, kNaN, 10});
  tile.set("scsf", {2, 2, kNaN, kNaN, kNaN});
  tile.set("nep", {-800, kNaN, kNaN, kNaN, 5});
  tile.set("ce", {1000, 1, kNaN, 7, 0});
  const auto out = tile.run("balance");
  expect_column(out.at("sink"), {-768, 2, 0, kNaN, 15});
  expect_column(out.at("balance"), {-1768, 1, kNaN, kNaN, 15});
}

TEST_P(Balance, WithoutEmissionsThereIsASinkAndNoBalance) {
  Tile tile(2);
  tile.set("nep", {5, kNaN});
  const auto out = tile.run("balance");
  expect_column(out.at("sink"), {5, kNaN});
  expect_column(out.at("balance"), {kNaN, kNaN});
}

TEST_P(Balance, PublishedComponentsGiveThePublishedGap) {
  // Guizhou in 1e4 t: 345.49 + 14.40 + 13713.86 = 14073.75 against 28000.
  Tile tile(1);
  tile.set("ccsf", {345.49e4}).set("scsf", {14.40e4}).set("nep", {13713.86e4}).set("ce", {28000e4});
  const auto out = tile.run("balance");
  expect_column(out.at("sink"), {14073.75e4}, 1e-14);
  expect_column(out.at("balance"), {-13926.25e4}, 1e-14);
  EXPECT_TRUE(close(out.at("sink")[0] / 28000e4, 0.5026339286));
  EXPECT_FALSE(close(out.at("sink")[0], 160e6, 0.1));  // the printed total is no sum of its parts
}

TEST_P(Balance, NeedsOneComponent) {
  const auto& kernel = *find_kernel("balance");
  EXPECT_EQ(kernel.lacking({"ce"}, default_parameters()),
            std::vector<std::string>{"ccsf or scsf or nep"});
  EXPECT_TRUE(kernel.lacking({"scsf"}, default_parameters()).empty());
  Tile tile(1);
  tile.set("ce", {1});
  EXPECT_THROW(tile.run("balance"), std::invalid_argument);
}

TEST_P(Emissions, AreTheSumOfTheirLayersAndMissingWhereOneIs) {
  Tile tile(3);
  tile.set("emissions", {1, 1, 0}).set("emissions.energy", {20, kNaN, 0});
  tile.set("emissions.industry", {300, 300, 0}).set("emissionsother", {5000, 5000, 5000});
  tile.set("emissions-x", {7, 7, 7});
  expect_column(tile.run("emissions").at("ce"), {321, kNaN, 0});
}

TEST_P(Emissions, InfiniteValuesAndTheLargestNumbersCountAsMissing) {
  constexpr double kMost = std::numeric_limits<double>::max();
  Tile tile(4);
  tile.set_raw("emissions.a", {kInf, kNaN, kMost, -kMost});
  tile.set_raw("emissions.b", {1, 1, kMost, 1});
  expect_column(tile.run("emissions").at("ce"), {kNaN, kNaN, kNaN, kNaN});
}

TEST_P(Emissions, LackOnlyWhereNoLayerIsGiven) {
  const auto& kernel = *find_kernel("emissions");
  EXPECT_EQ(kernel.lacking({"npp"}, default_parameters()), std::vector<std::string>{"emissions"});
  EXPECT_TRUE(kernel.lacking({"emissions.energy"}, default_parameters()).empty());
}

TEST(Conversions, AreThePublishedOnes) {
  EXPECT_TRUE(close(kCarbonToCarbonDioxide, 3.664099575));
  EXPECT_FALSE(close(kCarbonToCarbonDioxide, 44.0 / 12.0, 1e-4));
  // A flux of 1e-9 kg m-2 s-1 over 365 days, and over a cell of 110.4052604 km2.
  const double annual = 1e-9 * 31536000 * kTonnesPerKm2PerKgPerM2;
  EXPECT_TRUE(close(annual, 31.536, 1e-12));
  EXPECT_TRUE(close(annual * 110.4052604, 3481.740293));
}

}  // namespace
}  // namespace cnci::kernels::testing
