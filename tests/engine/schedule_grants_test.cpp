#include "engine/schedule_grants.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

namespace cnci::engine {
namespace {

using Tiles = std::vector<std::uint32_t>;

Tiles numbered(std::size_t count) {
  Tiles tiles(count);
  std::iota(tiles.begin(), tiles.end(), 0U);
  return tiles;
}

TEST(ScheduleGrants, WithoutAPathTheOrderIsKept) {
  const Tiles order = numbered(10);
  Grants grants(order, 0, 3);
  EXPECT_EQ(grants.take(2, 2), (Tiles{0, 1}));
  EXPECT_EQ(grants.take(0, 3), (Tiles{2, 3, 4}));
  EXPECT_EQ(grants.remaining(), 5U);
  EXPECT_EQ(grants.take(1, 9), (Tiles{5, 6, 7, 8, 9}));
  EXPECT_TRUE(grants.take(1, 1).empty());
}

TEST(ScheduleGrants, EachRankWalksAlongAPartOfThePath) {
  const Tiles order = numbered(12);
  Grants grants(order, 10, 2);
  EXPECT_EQ(grants.take(1, 2), (Tiles{5, 6}));
  EXPECT_EQ(grants.take(0, 2), (Tiles{0, 1}));
  EXPECT_EQ(grants.take(1, 3), (Tiles{7, 8, 9}));
  // Its own part is through: half of what the other one has left, then of that again.
  EXPECT_EQ(grants.take(1, 2), (Tiles{3, 4}));
  EXPECT_EQ(grants.take(0, 1), (Tiles{2}));
  // Beyond the path the order is kept.
  EXPECT_EQ(grants.take(0, 5), (Tiles{10, 11}));
}

TEST(ScheduleGrants, EveryTileIsGrantedOnceWhoeverAsks) {
  const unsigned seed = 20261129;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = random() % 60;
    const int ranks = 1 + static_cast<int>(random() % 9);
    const Tiles order = numbered(count);
    Grants grants(order, count == 0 ? 0 : random() % (count + 1), ranks);
    std::set<std::uint32_t> seen;
    while (grants.remaining() > 0) {
      const std::size_t before = grants.remaining();
      const std::size_t wanted = 1 + random() % 3;
      const Tiles tiles = grants.take(static_cast<int>(random() % ranks), wanted);
      ASSERT_EQ(tiles.size(), std::min(before, wanted));
      ASSERT_EQ(grants.remaining(), before - tiles.size());
      for (const std::uint32_t tile : tiles) EXPECT_TRUE(seen.insert(tile).second) << tile;
    }
    EXPECT_EQ(seen.size(), count);
  }
}

}  // namespace
}  // namespace cnci::engine
