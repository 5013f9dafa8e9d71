#include "kernels/pass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/kernels/random_tile.h"
#include "tests/kernels/run_pass.h"
#include "tests/kernels/targets.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

using Names = std::vector<std::string>;

class Passes : public OnTarget {};
CNCI_ON_EVERY_TARGET(Passes);

std::vector<const Kernel*> kernels_named(const Names& names) {
  std::vector<const Kernel*> kernels;
  for (const std::string& name : names) kernels.push_back(find_kernel(name));
  return kernels;
}

/// The wanted columns of a tile, in their order.
std::vector<std::vector<double>> compute(const Tile& tile, const Names& kernels,
                                         const Names& wanted) {
  const Pass pass(kernels_named(kernels), tile.parameters(), tile.layers(), wanted);
  return run_pass(pass, tile.inputs(), wanted);
}

/// Text of the std::invalid_argument that binding throws.
std::string refusal(const Tile& tile, const Names& kernels, const Names& wanted) {
  try {
    compute(tile, kernels, wanted);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

Tile wet_rock() {
  Tile tile(3);
  tile.set("precipitation", {1266, 1000, kNaN}).set("evapotranspiration", {667, 500, 500});
  tile.set("temperature", {15.2, 25, 15}).set_lithology({{"sc", {1, 0.5, 1}}, {"vb", {0, 0.5, 0}}});
  return tile;
}

TEST_P(Passes, OneClassOfEachCellIsAsGoodAsPlanes) {
  std::mt19937 random(5);
  const std::vector<std::string> names = {"runoff", "carbonate", "silicate"};
  const std::vector<std::string> outputs = {"ccsf", "scsf", "carbonate_fraction_used"};
  for (const std::size_t cells : {1U, 5U, 16U, 1000U, 1024U}) {
    std::vector<std::int32_t> classes(cells);
    std::map<int, std::vector<double>> planes;
    std::vector<std::uint8_t> known(cells, 1);
    for (std::size_t i = 0; i < cells; ++i) {
      // In runs, so that blocks lack classes; all of them in the last case.
      const auto other = static_cast<std::int32_t>(random() % 17);
      classes[i] = i == 0 || random() % 20 == 0 || cells == 1024 ? other : classes[i - 1];
      known[i] = classes[i] != 0 ? 1 : 0;
      if (classes[i] == 0) continue;
      planes.try_emplace(classes[i], std::vector<double>(cells, 0.0)).first->second[i] = 1;
    }
    const auto climate = [&] {
      Tile tile(cells);
      tile.set("precipitation", std::vector<double>(cells, 1200));
      tile.set("evapotranspiration", std::vector<double>(cells, 600));
      tile.set("temperature", std::vector<double>(cells, 15));
      return tile;
    };
    Tile by_planes = climate();
    Tile by_class = climate();
    by_planes.set_planes(planes, known);
    by_class.set_only_class(classes);
    const auto expected = compute(by_planes, names, outputs);
    const auto actual = compute(by_class, names, outputs);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      EXPECT_EQ(std::memcmp(actual[k].data(), expected[k].data(), cells * sizeof(double)), 0)
          << outputs[k] << ' ' << cells;
    }
  }
}

TEST_P(Passes, ComputeAllKernelsInOnePass) {
  const auto fused = compute(wet_rock(), {"runoff", "carbonate", "silicate", "balance"},
                             {"sink", "scsf", "ccsf", "runoff"});
  Tile one_by_one = wet_rock();
  expect_column(fused[3], one_by_one.run("runoff").at("runoff"), 0);
  expect_column(fused[2], one_by_one.run("carbonate").at("ccsf"), 0);
  expect_column(fused[1], one_by_one.run("silicate").at("scsf"), 0);
  expect_column(fused[0], one_by_one.run("balance").at("sink"), 0);
  expect_column(fused[3], {599, 500, kNaN}, 0);
}

TEST_P(Passes, AnOutputComesOutWhetherOthersAreWantedOrNot) {
  const Tile tile = wet_rock();
  const Names all = outputs_of(kernels_named({"carbonate"}));
  const auto together = compute(tile, {"runoff", "carbonate"}, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i]);
    expect_column(compute(tile, {"runoff", "carbonate"}, {all[i]})[0], together[i], 0);
  }
}

/// No column for what nobody reads: neither an output nor the layers that only it needs.
TEST(Pass, WhatNobodyWantsIsNotComputed) {
  const Tile tile = wet_rock();
  const Pass pass(kernels_named({"runoff", "carbonate"}), tile.parameters(), tile.layers(),
                  Names{"ccsf"});
  EXPECT_THROW(static_cast<void>(pass.slot("pco2")), std::out_of_range);
  EXPECT_THROW(static_cast<void>(pass.slot("runoff")), std::out_of_range);
  const std::vector<const Kernel*> kernels = kernels_named({"runoff", "carbonate"});
  Wiring wiring(kernels, tile.layers());
  static_cast<void>(wiring.require("ccsf"));
  wiring.turn_to(1);
  EXPECT_TRUE(wiring.output("ccsf"));
  EXPECT_FALSE(wiring.output("pco2"));
  EXPECT_FALSE(wiring.output("carbonate_fraction_used"));
  static_cast<void>(wiring.find("runoff"));
  wiring.turn_to(0);
  EXPECT_TRUE(wiring.output("runoff"));
}

TEST(Pass, ALayerIsReadOnlyWhereAKernelNeedsIt) {
  // The names promise layers that the tile does not hold; nobody asks for them.
  Tile tile(1);
  tile.set("runoff", {450}).set("temperature", {15.5}).set("carbonate_fraction", {1});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.004);
  LayerNames names = tile.layers();
  names.columns.insert({"precipitation", "evapotranspiration", "npp", "population"});
  names.classes.insert("lithology");
  const Names wanted{"ccsf"};
  const Pass pass(kernels_named({"runoff", "carbonate"}), tile.parameters(), names, wanted);
  expect_column(run_pass(pass, tile.inputs(), wanted)[0], {26.94295291});
  // Where one is needed, it must be there.
  tile.text("carbonate.pco2", "brook");
  const Pass needy(kernels_named({"runoff", "carbonate"}), tile.parameters(), names, wanted);
  EXPECT_THROW(static_cast<void>(needy.attach(tile.inputs())), std::invalid_argument);
}

TEST_P(Passes, LayersOfNoKernelComeOutWhereTheyAreValidAndFinite) {
  Tile tile(4);
  tile.set_raw("population", {12, kInf, kNaN, -5}).set("gdp", {1, kNaN, 3, 4});
  const auto out = compute(tile, {}, {"gdp", "population"});
  expect_column(out[0], {1, kNaN, 3, 4}, 0);
  expect_column(out[1], {12, kNaN, kNaN, -5}, 0);
}

TEST_P(Passes, AKernelsOutputStandsBeforeALayerOfItsName) {
  Tile tile(2);
  tile.set("runoff", {-50, 450}).set("temperature", {15.5, 15.5}).set("pco2", {0.5, 0.5});
  tile.set("carbonate_fraction", {1, 1});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.004);
  const auto out =
      compute(tile, {"runoff", "carbonate", "branch"}, {"runoff", "pco2", "ccsf", "branch"});
  expect_column(out[0], {0, 450}, 0);
  expect_column(out[1], {0.004, 0.004}, 0);
  expect_column(out[2], {0, 26.94295291});
  expect_column(out[3], {17, 6}, 0);
  // Without the kernels they are the layers.
  const auto layers = compute(tile, {}, {"runoff", "pco2"});
  expect_column(layers[0], {-50, 450}, 0);
  expect_column(layers[1], {0.5, 0.5}, 0);
}

TEST_P(Passes, MonthsOfWaterGiveRunoffToTheKernelsAfter) {
  std::array<double, 12> p{};
  std::array<double, 12> et{};
  p[6] = 500;
  et[0] = 50;
  Tile tile(1);
  tile.set_monthly("precipitation", {p}).set_monthly("evapotranspiration", {et});
  tile.set("precipitation", {500}).set("evapotranspiration", {50}).set("temperature", {15.5});
  tile.set("carbonate_fraction", {1}).text("runoff.clamp", "monthly");
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.004);
  const auto out = compute(tile, {"runoff", "carbonate"}, {"runoff", "ccsf"});
  expect_column(out[0], {500}, 0);
  expect_column(out[1], {26.94295291 / 450 * 500});
}

TEST(Pass, AbsentInputsAreNamedTogetherWithTheirKernel) {
  Tile tile(1);
  tile.set("runoff", {450});
  EXPECT_EQ(refusal(tile, {"nep"}, {"nep"}), "kernel nep: input npp is absent");
  EXPECT_EQ(refusal(tile, {"carbonate"}, {"ccsf"}), "kernel carbonate: input lithology is absent");
  tile.set_lithology({{"sc", {1}}});
  EXPECT_EQ(refusal(tile, {"carbonate"}, {"ccsf"}),
            "kernel carbonate: input temperature is absent");
  EXPECT_EQ(refusal(tile, {"silicate"}, {"scsf"}), "kernel silicate: input temperature is absent");
  EXPECT_EQ(refusal(tile, {"emissions"}, {"ce"}), "kernel emissions: input emissions is absent");
  tile.set("temperature", {15});
  EXPECT_EQ(refusal(tile, {"carbonate"}, {"ccsf"}),
            "kernel carbonate: input evapotranspiration is absent");
  EXPECT_EQ(refusal(tile, {"carbonate"}, {"ccsf", "sink"}), "kernel pass: input sink is absent");
  Tile months(1);
  months.text("runoff.clamp", "monthly").set("precipitation", {1}).set("evapotranspiration", {1});
  EXPECT_EQ(refusal(months, {"runoff"}, {"runoff"}),
            "kernel runoff: twelve months of precipitation are absent");
}

TEST(Pass, ABlockMustLieWithinItsTile) {
  Tile tile(2000);
  tile.set("population", std::vector<double>(2000, 1));
  const Pass pass({}, tile.parameters(), tile.layers(), Names{"population"});
  const Pass::Sources sources = pass.attach(tile.inputs());
  Block block = pass.block();
  pass.compute(sources, 1000, 1000, block);
  pass.compute(sources, 2000, 0, block);
  EXPECT_EQ(block.cells(), 0U);
  EXPECT_THROW(pass.compute(sources, 1000, 1001, block), std::out_of_range);
  EXPECT_THROW(pass.compute(sources, 2001, 0, block), std::out_of_range);
  EXPECT_THROW(pass.compute(sources, 0, kBlockCells + 1, block), std::out_of_range);
  EXPECT_THROW(pass.compute(sources, std::size_t(-1), 2, block), std::out_of_range);
}

TEST(TileInputs, RefuseColumnsThatAreNotAsLongAsTheTile) {
  const std::vector<double> two(2);
  const std::vector<std::uint8_t> valid(3, 1);
  const std::span<const std::uint8_t> two_valid(valid.data(), 2);
  TileInputs tile(2);
  tile.set("a", {two, two_valid});
  EXPECT_THROW(tile.set("a", {two, valid}), std::invalid_argument);
  EXPECT_THROW(tile.set("a", {std::span(two).first(1), two_valid}), std::invalid_argument);
  std::array<Column, 12> months;
  months.fill({two, two_valid});
  tile.set_monthly("b", months);
  months[11] = {two, valid};
  EXPECT_THROW(tile.set_monthly("b", months), std::invalid_argument);
  tile.set_classes("c", {{{1, two}, {16, two}}, two_valid});
  EXPECT_THROW(tile.set_classes("c", {{{1, two}}, valid}), std::invalid_argument);
  EXPECT_THROW(tile.set_classes("c", {{{1, std::span(two).first(1)}}, two_valid}),
               std::invalid_argument);
}

TEST(TileInputs, RefuseAnUnknownClassOfAValidCell) {
  const std::vector<std::int32_t> classes{1, 17};
  const std::vector<double> plane(2);
  std::vector<std::uint8_t> valid{1, 0};
  TileInputs tile(2);
  tile.set_classes("c", {{}, valid, classes});
  EXPECT_THROW(tile.set_classes("c", {{{1, plane}}, valid, classes}), std::invalid_argument);
  EXPECT_THROW(tile.set_classes("c", {{}, valid, std::span(classes).first(1)}),
               std::invalid_argument);
  valid[1] = 1;
  EXPECT_THROW(tile.set_classes("c", {{}, valid, classes}), std::invalid_argument);
}

TEST(TileInputs, RefuseClassesThatAreUnknownOrOutOfOrder) {
  const std::vector<double> one{1};
  const std::vector<std::uint8_t> valid{1};
  TileInputs tile(1);
  for (const std::vector<int>& ids :
       std::vector<std::vector<int>>{{17}, {0}, {-1}, {2, 1}, {3, 3}}) {
    ClassColumns classes{{}, valid};
    for (const int id : ids) classes.planes.push_back({id, one});
    EXPECT_THROW(tile.set_classes("lithology", classes), std::invalid_argument)
        << ::testing::PrintToString(ids);
  }
}

TEST(TileInputs, NameWhatTheyLack) {
  const TileInputs tile(1);
  try {
    static_cast<void>(tile.column("npp"));
    FAIL() << "must throw";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("npp"), std::string::npos);
  }
  EXPECT_THROW(static_cast<void>(tile.months("precipitation")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(tile.classes("lithology")), std::invalid_argument);
}

TEST(Block, HoldsAlignedColumnsPaddedToWholeVectors) {
  Block block(3);
  for (const std::size_t cells : {0, 1, 7, 8, 9, 1023, 1024}) {
    block.resize(cells);
    EXPECT_EQ(block.column(2).size(), cells);
    EXPECT_EQ(block.padded() % kWidestVector, 0U);
    EXPECT_GE(block.padded(), cells);
    EXPECT_LE(block.padded(), kBlockCells);
  }
  for (Slot slot = 0; slot < 3; ++slot) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block[slot]) % 64, 0U);
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
