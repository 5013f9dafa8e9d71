#include "engine/rank_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace cnci::engine {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

/// A board whose clock stands still until told otherwise.
struct WatchedBoard {
  RankBoard::Clock::time_point now{seconds{1000}};
  RankBoard board;

  explicit WatchedBoard(std::vector<std::string> hosts)
      : board(std::move(hosts), [this] { return now; }) {}
  void grant(int rank, std::vector<std::uint32_t> tiles) { board.granted(rank, tiles); }
};

TEST(RankBoard, SaysWhatEveryRankHoldsAndSinceWhen) {
  WatchedBoard watched({"n1", "n2", ""});
  watched.grant(0, {7, 8});
  watched.now += seconds(5);
  watched.grant(1, {3});
  watched.now += seconds(5);
  watched.board.computed(7, 20'000'000);
  watched.board.finished(7);
  EXPECT_THAT(watched.board.lines(),
              ElementsAre("rank 0 on n1: 1 tiles, 2.0 Mcell/s, holds tile 8 for 0:10",
                          "rank 1 on n2: 0 tiles, 0.0 Mcell/s, holds tile 3 for 0:05",
                          "rank 2: 0 tiles, 0.0 Mcell/s, idle"));
}

TEST(RankBoard, TheOldestIsTheOneGrantedFirst) {
  WatchedBoard watched({"n"});
  watched.grant(0, {9, 4});
  watched.grant(0, {1});
  ASSERT_EQ(watched.board.ranks()[0].oldest, 9U);
  EXPECT_EQ(watched.board.ranks()[0].held, 3U);
  watched.board.failed(9);
  EXPECT_EQ(watched.board.ranks()[0].oldest, 4U);
  EXPECT_EQ(watched.board.ranks()[0].failed, 1U);
}

TEST(RankBoard, WhatWasGrantedLastGoesBackFirst) {
  WatchedBoard watched({"a", "b"});
  watched.grant(0, {5, 2});
  watched.grant(1, {1});
  watched.board.returned(0, 1);
  EXPECT_EQ(watched.board.ranks()[0].held, 1U);
  EXPECT_EQ(watched.board.ranks()[0].oldest, 5U);
  EXPECT_EQ(watched.board.ranks()[1].held, 1U);
  watched.board.returned(0, 9);
  EXPECT_EQ(watched.board.ranks()[0].held, 0U);
}

}  // namespace
}  // namespace cnci::engine
