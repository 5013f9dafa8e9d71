#include "engine/tile_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace cnci::engine {
namespace {

constexpr std::int64_t kAcross = 10;

/// A plan over 10 x `rows` tiles, as make_plan() orders it.
std::vector<Tile> plan_of(std::int64_t rows, double (*cost)(std::uint32_t)) {
  std::vector<Tile> plan;
  for (std::uint32_t id = 0; id < kAcross * rows; ++id) plan.push_back({id, {}, cost(id)});
  std::ranges::stable_sort(plan, [](const Tile& a, const Tile& b) { return a.cost > b.cost; });
  return plan;
}

double cost_of(const std::vector<Tile>& plan, std::uint32_t id) {
  return std::ranges::find(plan, id, &Tile::id)->cost;
}

TEST(TilePath, EveryTileIsThereOnce) {
  const auto plan = plan_of(7, [](std::uint32_t id) { return static_cast<double>(id * 37 % 11); });
  for (const std::int64_t strip : {1, 2, 3, 16}) {
    for (const std::size_t threads : {1U, 2U, 5U, 17U, 18U, 100U}) {
      const TileOrder order = order_tiles(plan, kAcross, strip, threads);
      const std::set<std::uint32_t> tiles(order.tiles.begin(), order.tiles.end());
      EXPECT_EQ(order.tiles.size(), plan.size());
      EXPECT_EQ(tiles.size(), plan.size());
      EXPECT_LE(order.on_path, plan.size());
    }
  }
  EXPECT_TRUE(order_tiles({}, kAcross, 4, 2).tiles.empty());
}

TEST(TilePath, NeighboursOnThePathShareAnEdgeOrAStripsColumn) {
  const auto plan = plan_of(6, [](std::uint32_t) { return 1.0; });
  const TileOrder order = order_tiles(plan, kAcross, 3, 1);
  ASSERT_GE(order.on_path, 58U);
  for (std::size_t i = 1; i < order.on_path; ++i) {
    const std::int64_t a = order.tiles[i - 1];
    const std::int64_t b = order.tiles[i];
    const std::int64_t rows = std::abs(a / kAcross - b / kAcross);
    const std::int64_t cols = std::abs(a % kAcross - b % kAcross);
    EXPECT_LE(rows, 2) << a << ' ' << b;
    EXPECT_LE(cols, 1) << a << ' ' << b;
    // Down a column of the first strip, then on to the next one's top.
    if (b < 3 * kAcross) {
      EXPECT_EQ(b, a < 2 * kAcross ? a + kAcross : a - 2 * kAcross + 1);
    }
  }
}

TEST(TilePath, TheCheapestTilesAreLeftForTheEndLargestFirst) {
  const auto plan =
      plan_of(10, [](std::uint32_t id) { return id < 80 ? 100.0 : static_cast<double>(id); });
  const std::size_t threads = 2;
  const TileOrder order = order_tiles(plan, kAcross, 4, threads);
  ASSERT_LT(order.on_path, plan.size());
  double rest = 0;
  double dearest_of_rest = 0;
  for (std::size_t i = order.on_path; i < plan.size(); ++i) {
    const double cost = cost_of(plan, order.tiles[i]);
    rest += cost;
    dearest_of_rest = std::max(dearest_of_rest, cost);
    if (i > order.on_path) {
      EXPECT_LE(cost, cost_of(plan, order.tiles[i - 1]));
    }
  }
  EXPECT_LE(rest, threads * 100.0);
  EXPECT_GT(rest, threads * 100.0 - 100);
  for (std::size_t i = 0; i < order.on_path; ++i) {
    EXPECT_GE(cost_of(plan, order.tiles[i]), dearest_of_rest);
  }
}

TEST(TilePath, FewTilesAThreadComeLargestFirst) {
  const auto plan = plan_of(2, [](std::uint32_t id) { return static_cast<double>(id * 7 % 20); });
  const TileOrder order = order_tiles(plan, kAcross, 4, 6);
  EXPECT_EQ(order.on_path, 0U);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_EQ(order.tiles[i], plan[i].id);
}

}  // namespace
}  // namespace cnci::engine
