#include "kernels/branch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Branches : public OnTarget {};
CNCI_ON_EVERY_TARGET(Branches);

double code(Branch branch) { return static_cast<int>(branch); }

TEST_P(Branches, NamesTheClassThatCoversMostOfTheCell) {
  Tile tile(6);
  tile.set("runoff", std::vector<double>(6, 500)).set("temperature", std::vector<double>(6, 15));
  tile.set("evapotranspiration", std::vector<double>(6, 700));
  tile.set_lithology({{"su", {0, 0.5, 0, 0, 0, 0.4}},
                      {"vb", {0.6, 0.5, 0, 0, 0, 0.2}},
                      {"sc", {0.4, 0, 1, 0, 0, 0.4}},
                      {"wb", {0, 0, 0, 1, 0, 0}},
                      {"ig", {0, 0, 0, 0, 1, 0}}});
  tile.run("carbonate");
  tile.run("silicate");
  expect_column(tile.run("branch").at("branch"), {2, 1, 6, 11, 16, 1});
}

TEST_P(Branches, NamesTheCauseOfAMissingOrZeroFlux) {
  //                 runoff    temp     pCO2    shield  rock   dry      dry rock  frozen
  Tile tile(8);
  tile.set("runoff", {kNaN, 500, 500, 500, 500, 0, 0, 500});
  tile.set("temperature", {15, kNaN, 15, 15, 15, 15, kNaN, -3});
  tile.set("evapotranspiration", {700, 700, kNaN, 700, 700, 700, 700, 700});
  tile.set("shielding_factor", {1, 1, 1, kNaN, 1, 1, 1, 1});
  tile.set_lithology({{"vb", {0, 1, 0, 1, 1, 1, 0, 0}}, {"sc", {1, 0, 1, 0, 0, 0, 1, 1}}},
                     {1, 1, 1, 1, 0, 1, 1, 1});
  tile.text("carbonate.freeze", "zero");
  tile.run("carbonate");
  tile.run("silicate");
  expect_column(
      tile.run("branch").at("branch"),
      {code(Branch::kNoDataRunoff), code(Branch::kNoDataTemperature), code(Branch::kNoDataPressure),
       code(Branch::kNoDataShielding), code(Branch::kNoDataLithology), code(Branch::kZeroRunoff),
       code(Branch::kZeroRunoff), code(Branch::kFrozen)});
}

TEST_P(Branches, CarbonateWithoutCo2IsNamed) {
  Tile tile(1);
  tile.set("runoff", {500}).set("temperature", {15}).set_lithology({{"sc", {1}}});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0);
  tile.run("carbonate");
  expect_column(tile.run("branch").at("branch"), {code(Branch::kZeroPressure)});
}

// f of the carbonate layer | sm   sc  | most of the cell
//   0.3                    | 0.2  0.8 | sm, rescaled to 0.7
//   0.6                    | 0.9  0.1 | carbonate
//   0.4                    | 0    1   | 0.6 of it has no class
//   missing                | 1    0   | unknown
TEST_P(Branches, FollowsTheCarbonateLayer) {
  Tile tile(4);
  tile.set("runoff", std::vector<double>(4, 500)).set("temperature", std::vector<double>(4, 15));
  tile.set("evapotranspiration", std::vector<double>(4, 700));
  tile.set_lithology({{"sm", {0.2, 0.9, 0, 1}}, {"sc", {0.8, 0.1, 1, 0}}});
  tile.set("carbonate_fraction", {0.3, 0.6, 0.4, kNaN});
  tile.run("carbonate");
  tile.run("silicate");
  expect_column(tile.run("branch").at("branch"), {5, 6, 15, 15});
}

TEST_P(Branches, WithoutLithologyOnlyCarbonateIsComputed) {
  Tile tile(3);
  tile.set("runoff", {500, 500, 500}).set("temperature", {15, 15, 15});
  tile.set("evapotranspiration", {700, 700, 700}).set("carbonate_fraction", {0.1, 0, kNaN});
  tile.run("carbonate");
  expect_column(tile.run("branch").at("branch"), {6, code(Branch::kNoCarbonate), 15});
}

TEST_P(Branches, AClassWhoseKernelDoesNotRunIsNotComputed) {
  Tile tile(2);
  tile.set("runoff", {500, 500}).set("temperature", {15, 15});
  tile.set_lithology({{"vb", {1, 0}}, {"sc", {0, 1}}});
  tile.run("silicate");
  expect_column(tile.run("branch").at("branch"), {2, code(Branch::kNotComputed)});
}

TEST(BranchDeclaration, EveryCodeHasAMeaning) {
  const Output& output = find_kernel("branch")->outputs.at(0);
  EXPECT_EQ(output.flag_values.size(), output.flag_meanings.size());
  const std::set<int> values(output.flag_values.begin(), output.flag_values.end());
  EXPECT_EQ(values.size(), output.flag_values.size());
  const std::set<std::string_view> meanings(output.flag_meanings.begin(),
                                            output.flag_meanings.end());
  EXPECT_EQ(meanings.size(), output.flag_meanings.size());
  const std::map<Branch, std::string_view> named{
      {Branch::kCarbonate, "carbonate"},
      {Branch::kNoDataLithology, "no_data_lithology"},
      {Branch::kZeroRunoff, "zero_runoff"},
      {Branch::kNoCarbonate, "zero_carbonate_fraction"},
      {Branch::kFrozen, "zero_frozen"},
      {Branch::kZeroPressure, "zero_co2_pressure"},
      {Branch::kNoDataRunoff, "no_data_runoff"},
      {Branch::kNoDataTemperature, "no_data_temperature"},
      {Branch::kNoDataPressure, "no_data_co2_pressure"},
      {Branch::kNoDataShielding, "no_data_shielding"},
      {Branch::kNotComputed, "not_computed"}};
  for (const auto& [branch, meaning] : named) {
    const auto at = std::find(output.flag_values.begin(), output.flag_values.end(), code(branch));
    ASSERT_NE(at, output.flag_values.end()) << meaning;
    EXPECT_EQ(output.flag_meanings[static_cast<std::size_t>(at - output.flag_values.begin())],
              meaning);
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
