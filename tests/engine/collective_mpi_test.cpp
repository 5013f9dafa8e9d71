// Broadcast and agreement, on any number of ranks.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"
#include "engine/mpi.h"
#include "engine/stop_notice.h"

namespace cnci::engine {
namespace {

class Collective : public ::testing::Test {
 protected:
  Collective() {
    check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "rank");
    check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size_), "size");
  }
  int rank_ = 0;
  int size_ = 1;
};

TEST_F(Collective, BytesOfRankZeroReachEveryRank) {
  for (const std::size_t length : {0UL, 1UL, 1000UL, 5'000'000UL}) {
    std::vector<std::byte> expected(length);
    for (std::size_t i = 0; i < length; ++i) expected[i] = static_cast<std::byte>(i * 7 % 251);
    std::vector<std::byte> bytes = rank_ == 0 ? expected : std::vector<std::byte>(3);
    broadcast(MPI_COMM_WORLD, bytes);
    EXPECT_TRUE(std::ranges::equal(bytes, expected)) << length << " bytes on rank " << rank_;
  }
}

TEST_F(Collective, WithoutAnErrorThereIsNothingToAgreeOn) {
  EXPECT_EQ(agree_on_error(MPI_COMM_WORLD, std::nullopt), std::nullopt);
}

TEST_F(Collective, TheErrorOfOneRankIsKnownToAll) {
  const int last = size_ - 1;
  const auto mine = rank_ == last ? std::optional<std::string>("bad layer") : std::nullopt;
  EXPECT_EQ(agree_on_error(MPI_COMM_WORLD, mine), "bad layer");
}

TEST_F(Collective, TheLowestRankWithAnErrorIsHeard) {
  const int lowest = std::min(1, size_ - 1);
  const auto mine =
      rank_ >= lowest ? std::optional<std::string>(std::to_string(rank_)) : std::nullopt;
  EXPECT_EQ(agree_on_error(MPI_COMM_WORLD, mine), std::to_string(lowest));
}

TEST_F(Collective, AnErrorWithoutTextIsStillAnError) {
  const auto mine = rank_ == 0 ? std::optional<std::string>("") : std::nullopt;
  EXPECT_EQ(agree_on_error(MPI_COMM_WORLD, mine), "");
}

TEST_F(Collective, WithoutAStopTheNoticeSaysNothing) {
  const std::atomic<bool> stop{false};
  StopNotice notice(MPI_COMM_WORLD, stop);
  EXPECT_FALSE(notice.raised());
  EXPECT_FALSE(notice.settle());
}

TEST_F(Collective, AStopOfOneRankReachesARankAtWorkWhileOthersWait) {
  const std::atomic<bool> stop{rank_ == size_ - 1};
  StopNotice notice(MPI_COMM_WORLD, stop);
  if (rank_ == 0) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!notice.raised() && std::chrono::steady_clock::now() < latest) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(notice.raised());
  }
  EXPECT_TRUE(notice.settle());
}

TEST_F(Collective, AStopOfEveryRankLeavesNoMessageBehind) {
  const std::atomic<bool> stop{true};
  StopNotice notice(MPI_COMM_WORLD, stop);
  EXPECT_EQ(notice.raised(), true);
  EXPECT_TRUE(notice.settle());
  EXPECT_TRUE(notice.raised());
}

TEST_F(Collective, AFailedCallNamesTheOperation) {
  int size = 0;
  MPI_Comm none = MPI_COMM_NULL;
  try {
    check_mpi(MPI_Comm_size(none, &size), "size of nothing");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("size of nothing"), std::string::npos);
  }
}

}  // namespace
}  // namespace cnci::engine
