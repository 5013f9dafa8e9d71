#include "engine/sum_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/error.h"

namespace cnci::engine {
namespace {

ZoneTree two_provinces() {
  return build_zone_tree(
             {"province", "county"},
             {{{"1", "11"}, {"P1", "A"}}, {{"1", "12"}, {"P1", "B"}}, {{"2", "21"}, {"P2", "C"}}})
      .tree;
}

/// One row of cells: half of cell 0 is zone 0, cells 1 and 2 are shared, cell 3 is zone 2.
Coverage strip() {
  constexpr std::uint32_t half = kWeightOne / 2;
  Coverage c;
  c.window = {0, 0, 4, 1};
  c.shares = {{0, half}, {0, half}, {1, half}, {1, half / 2}, {2, half / 2}};
  c.mixed = {{0, 0, 1}, {1, 1, 2}, {2, 3, 2}};
  c.runs = {{3, 1, 2}};
  return c;
}

TEST(SumTree, LeavesParentsAndTheUnzonedRestAreSumsByEye) {
  const SumVariable flux{"ccsf", 0x1p-30};
  TileSums tile(strip(), {2, 2, 2, 2}, {10, 10, 11, 11}, 1, 1);
  const std::vector<double> value{1, 10, 100, 1000};
  tile.add(0, 0, flux, 0, value);
  SumTree tree(two_provinces(), {flux}, 1);
  tree.add(TileSums::parse(tile.serialise()));
  const auto closure = tree.roll_up();
  const auto total = [&](std::size_t node) {
    return tree.at(0, 0, node).amount.to_double(0x1p-30);
  };
  EXPECT_EQ(total(2), 1 + 10);     // county 11
  EXPECT_EQ(total(3), 10 + 50);    // county 12
  EXPECT_EQ(total(4), 50 + 2000);  // county 21
  EXPECT_EQ(total(0), 71);         // province 1
  EXPECT_EQ(total(1), 2050);       // province 2
  EXPECT_EQ(tree.area(0).to_double(kAreaQuantum), 1 + 2 + 0.5);
  ASSERT_EQ(closure.size(), 1u);
  EXPECT_TRUE(closure[0].exact);
  EXPECT_EQ(closure[0].unzoned, 1 + 100);
  EXPECT_EQ(closure[0].total, 2222);
  EXPECT_EQ(tree.bands().at(10).sums[0].amount.to_double(0x1p-30), 21);
  EXPECT_EQ(tree.bands().at(11).sums[0].amount.to_double(0x1p-30), 2100);
}

TEST(SumTree, MissingCellsAddNeitherAmountNorArea) {
  const SumVariable flux{"nep", 0x1p-30};
  TileSums tile(strip(), {2, 2, 2, 2}, {0, 0, 0, 0}, 1, 1);
  tile.add(0, 0, flux, 0, std::vector<double>{1, std::nan(""), 100, 1000});
  SumTree tree(two_provinces(), {flux}, 1);
  tree.add(tile);
  EXPECT_TRUE(tree.roll_up()[0].exact);
  EXPECT_EQ(tree.at(0, 0, 2).amount.to_double(0x1p-30), 1);
  EXPECT_EQ(tree.at(0, 0, 2).area.to_double(kAreaQuantum), 1);
  EXPECT_EQ(tree.area(2).to_double(kAreaQuantum), 2);
}

TEST(SumTree, DoesNotDependOnTheOrderOfTiles) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> value(-1e6, 1e6);
  std::vector<TileSums> tiles;
  for (int i = 0; i < 50; ++i) {
    TileSums tile(strip(), {0.7, 0.71, 0.72, 0.73}, {0, 0, 0, 0}, 1, 1);
    const std::vector<double> values{value(random), value(random), value(random), value(random)};
    tile.add(0, 0, {"ce", 0x1p-30}, 0, values);
    tiles.push_back(std::move(tile));
  }
  const auto sum = [&] {
    SumTree tree(two_provinces(), {{"ce", 0x1p-30}}, 1);
    for (const TileSums& tile : tiles) tree.add(tile);
    EXPECT_TRUE(tree.roll_up()[0].exact);
    return tree.at(0, 0, 0);
  };
  const Sums first = sum();
  for (int i = 0; i < 20; ++i) {
    std::shuffle(tiles.begin(), tiles.end(), random);
    EXPECT_EQ(sum(), first);
  }
}

TEST(SumTree, ClosureFindsADamagedSum) {
  const SumVariable flux{"nep", 0x1p-30};
  TileSums tile(strip(), {2, 2, 2, 2}, {0, 0, 0, 0}, 1, 1);
  tile.add(0, 0, flux, 0, std::vector<double>{1, 10, 100, 1000});
  const auto exact = [&](const std::vector<std::byte>& bytes) {
    SumTree tree(two_provinces(), {flux}, 1);
    tree.add(TileSums::parse(bytes));
    return tree.roll_up()[0].exact;
  };
  std::vector<std::byte> bytes = tile.serialise();
  EXPECT_TRUE(exact(bytes));
  bytes[bytes.size() - sizeof(Sums)] ^= std::byte{1};  // one unit of the total, which comes last
  EXPECT_FALSE(exact(bytes));
}

TEST(SumTree, DamagedRecordsAreRefused) {
  TileSums tile(strip(), {2, 2, 2, 2}, {0, 0, 0, 0}, 1, 1);
  auto bytes = tile.serialise();
  bytes.resize(bytes.size() - 1);
  EXPECT_THROW(static_cast<void>(TileSums::parse(bytes)), Error);
  EXPECT_THROW(static_cast<void>(TileSums::parse({})), Error);
}

TEST(ExactSum, RoundsOnceAtTheEnd) {
  // 2^60 + 1 - 2^60 loses nothing, unlike doubles.
  ExactSum sum;
  sum.add(std::int64_t{1} << 60, kWeightOne);
  sum.add(1, kWeightOne);
  sum.add(-(std::int64_t{1} << 60), kWeightOne);
  EXPECT_EQ(sum.to_double(1.0), 1.0);
}

TEST(ExactSum, HoldsTheLargestTermsOfAWholePlanet) {
  ExactSum sum;
  const std::int64_t largest = (std::int64_t{1} << 62) - 1;
  for (int i = 0; i < 1000; ++i) sum.add(largest, kWeightOne);
  EXPECT_DOUBLE_EQ(sum.to_double(1.0), 1000.0 * 4611686018427387904.0);
}

TEST(ZoneTree, OrdersCodesAsNumbersAndThenAsText) {
  EXPECT_TRUE(code_less("9", "10"));
  EXPECT_TRUE(code_less("10", "A1"));
  EXPECT_TRUE(code_less("A", "B"));
  EXPECT_FALSE(code_less("10", "9"));
  EXPECT_TRUE(code_less("004", "8"));
}

TEST(ZoneTree, LinksEveryZoneToItsParent) {
  const ZoneTree tree = two_provinces();
  ASSERT_EQ(tree.nodes.size(), 5u);
  EXPECT_EQ(tree.first_leaf, 2u);
  EXPECT_EQ(tree.nodes[4].code, "21");
  EXPECT_EQ(tree.nodes[4].parent, 1);
}

TEST(ZoneTree, RefusesParentsThatDoNotNest) {
  const std::vector<ZoneLineage> leaves{{{"1", "10", "101"}, {"", "", ""}},
                                        {{"2", "10", "102"}, {"", "", ""}}};
  try {
    static_cast<void>(build_zone_tree({"province", "prefecture", "county"}, leaves));
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("prefecture '10'"), std::string::npos) << text;
    EXPECT_NE(text.find("'1'"), std::string::npos);
    EXPECT_NE(text.find("'2'"), std::string::npos);
  }
}

}  // namespace
}  // namespace cnci::engine
