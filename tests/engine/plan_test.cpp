#include "engine/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace cnci::engine {
namespace {

Grid grid_of(std::int64_t cols, std::int64_t rows) {
  Grid grid;
  grid.cols = cols;
  grid.rows = rows;
  return grid;
}

ZoneShape blob(double x, double y, double radius, int corners) {
  ZoneShape out;
  auto& ring = out.rings.emplace_back();
  for (int i = 0; i < corners; ++i) {
    const double a = 2 * 3.14159265358979 * i / corners;
    ring.push_back(to_fixed(x + radius * std::cos(a), y + radius * std::sin(a)));
  }
  return out;
}

TEST(Plan, TilesCoverTheGridWithoutOverlap) {
  for (const std::int64_t size : {1, 7, 64, 200}) {
    const Grid grid = grid_of(150, 97);
    const auto across = (150 + size - 1) / size;
    const auto down = (97 + size - 1) / size;
    std::vector<int> seen(150 * 97, 0);
    for (std::uint32_t id = 0; id < across * down; ++id) {
      const Window w = tile_window(grid, size, id);
      for (std::int64_t r = w.row; r < w.row_end(); ++r) {
        for (std::int64_t c = w.col; c < w.col_end(); ++c) ++seen[r * 150 + c];
      }
    }
    for (const int n : seen) ASSERT_EQ(n, 1);
  }
}

TEST(Plan, HoldsEveryTileThatAZoneTouches) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> place(5, 295);
  for (int round = 0; round < 30; ++round) {
    std::vector<ZoneShape> shapes;
    for (int i = 0; i < 6; ++i) {
      shapes.push_back(blob(place(random), place(random), 0.003 + 3.0 * i * i, 3 + 2 * i));
    }
    const ZoneIndex zones(std::move(shapes));
    const Grid grid = grid_of(300, 300);
    std::set<std::uint32_t> planned;
    for (const Tile& tile : make_plan(grid, 20, zones)) planned.insert(tile.id);
    std::size_t touched = 0;
    for (std::uint32_t id = 0; id < 15 * 15; ++id) {
      if (cover(zones, tile_window(grid, 20, id)).empty()) continue;
      ++touched;
      EXPECT_TRUE(planned.contains(id)) << "round " << round << " tile " << id;
    }
    EXPECT_GT(touched, 3u);
    EXPECT_LT(planned.size(), 15u * 15u);
  }
}

TEST(Plan, GrantsTheLargestTilesFirst) {
  const ZoneIndex zones({blob(50, 50, 30, 40)});
  const auto plan = make_plan(grid_of(100, 100), 10, zones);
  for (std::size_t i = 1; i < plan.size(); ++i) EXPECT_GE(plan[i - 1].cost, plan[i].cost);
  EXPECT_NEAR(plan.front().cost, 100, 1e-6);
}

}  // namespace
}  // namespace cnci::engine
