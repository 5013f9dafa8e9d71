#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/kernels/plain.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Runoff : public OnTarget {};
CNCI_ON_EVERY_TARGET(Runoff);

TEST(RunoffFormula, IsClampedAtZeroButKeepsMissing) {
  EXPECT_EQ(plain::runoff_mm<double>(1200, 750), 450);
  EXPECT_EQ(plain::runoff_mm<double>(600, 900), 0);
  EXPECT_EQ(plain::runoff_mm<double>(900, 900), 0);
  EXPECT_EQ(plain::positive_part<double>(-0.0), 0);
  EXPECT_TRUE(std::isnan(plain::runoff_mm<double>(kNaN, 900)));
  EXPECT_TRUE(std::isnan(plain::runoff_mm<double>(900, kNaN)));
}

TEST_P(Runoff, AnnualDifferenceNeedsBothTerms) {
  Tile tile(5);
  tile.set("precipitation", {1266, 600, kNaN, 800, 0});
  tile.set("evapotranspiration", {667, 900, 300, kNaN, kNaN});
  expect_column(tile.run("runoff").at("runoff"), {599, 0, kNaN, kNaN, kNaN});
}

TEST_P(Runoff, LeakedFillValuesCountAsMissing) {
  Tile tile(4);
  tile.set_raw("precipitation", {-9999, 800, kNaN, kInf});
  tile.set_raw("evapotranspiration", {300, -9999, 300, 300});
  expect_column(tile.run("runoff").at("runoff"), {kNaN, kNaN, kNaN, kNaN});
}

//             J   F   M   A    M    J    J    A   S   O   N   D    sum
// P          10  10  40  80  150  200  180  120  60  30  10  10    900
// ET         20  20  40  60   80  100  120  120  80  40  20  20    720
// max(P-ET)   0   0   0  20   70  100   60    0   0   0   0   0    250; of the year: 180
constexpr std::array<double, 12> kPrecipitation{10, 10, 40, 80, 150, 200, 180, 120, 60, 30, 10, 10};
constexpr std::array<double, 12> kEvapotranspiration{20,  20,  40, 60, 80, 100,
                                                     120, 120, 80, 40, 20, 20};

TEST_P(Runoff, AnnualClampSeesTheYearOnly) {
  Tile tile(1);
  tile.set_monthly("precipitation", {kPrecipitation});
  tile.set_monthly("evapotranspiration", {kEvapotranspiration});
  tile.set("precipitation", {900}).set("evapotranspiration", {720});
  expect_column(tile.run("runoff").at("runoff"), {180});
}

TEST_P(Runoff, MonthlyClampAddsTheWetMonthsAndNeedsAllTwelve) {
  std::array<double, 12> gap = kPrecipitation;
  gap[4] = kNaN;
  Tile tile(2);
  tile.set_monthly("precipitation", {kPrecipitation, gap});
  tile.set_monthly("evapotranspiration", {kEvapotranspiration, kEvapotranspiration});
  tile.text("runoff.clamp", "monthly");
  expect_column(tile.run("runoff").at("runoff"), {250, kNaN});
}

TEST_P(Runoff, MonthlyClampWithoutMonthsIsAnError) {
  Tile tile(1);
  tile.set("precipitation", {900}).set("evapotranspiration", {720});
  tile.text("runoff.clamp", "monthly");
  EXPECT_THROW(tile.run("runoff"), std::invalid_argument);
}

TEST_P(Runoff, ALayerOfRunoffPassesThrough) {
  Tile tile(3);
  tile.set("runoff", {599, kNaN, -120});
  tile.set("precipitation", {1, 1, 1}).set("evapotranspiration", {2, 2, 2});
  expect_column(tile.run("runoff").at("runoff"), {599, kNaN, 0});
}

TEST(RunoffDeclaration, SaysWhatItLacks) {
  const auto& kernel = *find_kernel("runoff");
  using Names = std::vector<std::string>;
  EXPECT_EQ(kernel.lacking({"runoff"}, default_parameters()), Names{});
  EXPECT_EQ(kernel.lacking({"precipitation"}, default_parameters()), Names{"evapotranspiration"});
}

}  // namespace
}  // namespace cnci::kernels::testing
