// The schedule on any number of ranks: every rank runs these tests alike.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/mpi.h"
#include "engine/rank_board.h"
#include "engine/schedule.h"

namespace cnci::engine {
namespace {

using Clock = std::chrono::steady_clock;
using Record = std::vector<std::byte>;
using std::chrono::milliseconds;

/// A worker that is one function.
class FunctionWorker final : public TileWorker {
 public:
  explicit FunctionWorker(std::function<Record(std::uint32_t)> compute)
      : compute_(std::move(compute)) {}
  TileRest compute(std::uint32_t tile) override {
    Record record = compute_(tile);
    return [record = std::move(record)] { return record; };
  }

 private:
  std::function<Record(std::uint32_t)> compute_;
};

/// Of a length and content that follow from the tile; every 50th is 3 MB long.
Record record_of(std::uint32_t tile) {
  Record record(tile % 50 == 3 ? 3'000'000 : tile * 37 % 1000);
  for (std::size_t i = 0; i < record.size(); ++i) {
    record[i] = static_cast<std::byte>((i + tile) % 253);
  }
  return record;
}

template <typename T>
Record to_record(const T& value) {
  Record record(sizeof value);
  std::memcpy(record.data(), &value, sizeof value);
  return record;
}

template <typename T>
T from_record(std::span<const std::byte> record) {
  T value{};
  EXPECT_EQ(record.size(), sizeof value);
  std::memcpy(&value, record.data(), std::min(sizeof value, record.size()));
  return value;
}

std::vector<std::uint32_t> tiles_up_to(std::uint32_t count) {
  std::vector<std::uint32_t> tiles(count);
  std::iota(tiles.begin(), tiles.end(), 0U);
  return tiles;
}

double processor_seconds() {
  rusage usage{};
  EXPECT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Schedule : public ::testing::Test {
 protected:
  struct Run {
    ScheduleOutcome outcome;
    std::map<std::uint32_t, std::vector<Record>> results;  ///< rank 0 only
  };

  Schedule() {
    check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "rank");
    check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size_), "size");
  }

  /// A schedule whose workers call `compute`.
  [[nodiscard]] Run run(const std::vector<std::uint32_t>& order, const ScheduleOptions& options,
                        const std::function<Record(std::uint32_t)>& compute) const {
    Run run;
    run.outcome = run_schedule(
        MPI_COMM_WORLD, rank_ == 0 ? order : std::vector<std::uint32_t>(), options,
        [&] { return std::make_unique<FunctionWorker>(compute); },
        [&](std::uint32_t tile, std::span<const std::byte> record) {
          run.results[tile].emplace_back(record.begin(), record.end());
        },
        [] {});
    return run;
  }

  /// The communicator and its ranks are as good as new.
  void expect_next_schedule_works() const {
    const Run again = run(tiles_up_to(20), {}, record_of);
    EXPECT_EQ(again.results.size(), rank_ == 0 ? 20U : 0U);
  }

  int rank_ = 0;
  int size_ = 1;
};

/// Notes, at the end of every tile, which one is said to come next.
class CuriousWorker final : public TileWorker {
 public:
  struct Said {
    std::uint32_t tile = 0;
    std::optional<std::uint32_t> next;
  };
  explicit CuriousWorker(std::vector<Said>& said) : said_(said) {}
  void set_outlook(const NextTile& next) override { next_ = next; }
  TileRest compute(std::uint32_t tile) override {
    std::this_thread::sleep_for(milliseconds(20));
    said_.push_back({tile, next_()});
    return [] { return Record{}; };
  }

 private:
  std::vector<Said>& said_;
  NextTile next_;
};

TEST_F(Schedule, AWorkerKnowsWhatItComputesNext) {
  std::vector<CuriousWorker::Said> said;  // of this rank's only thread
  const auto outcome = run_schedule(
      MPI_COMM_WORLD, tiles_up_to(static_cast<std::uint32_t>(12 * size_)), {},
      [&] { return std::make_unique<CuriousWorker>(said); },
      [](std::uint32_t, std::span<const std::byte>) {}, [] {});
  EXPECT_FALSE(outcome.stopped);
  ASSERT_FALSE(said.empty());
  std::size_t known = 0;
  for (std::size_t i = 0; i + 1 < said.size(); ++i) {
    if (!said[i].next) continue;
    ++known;
    EXPECT_EQ(*said[i].next, said[i + 1].tile);
  }
  EXPECT_FALSE(said.back().next.has_value());
  if (size_ <= 2) {
    EXPECT_GT(known, said.size() / 2);
  }
}

/// The message of the Error that `action` throws; empty where it throws none.
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_F(Schedule, EveryTileComesBackOnceWithItsRecord) {
  for (const int threads : {1, 3}) {
    for (const std::uint32_t count : {0U, 1U, 2U, 37U, 300U}) {
      const Run run = this->run(tiles_up_to(count), {.threads = threads}, record_of);
      EXPECT_FALSE(run.outcome.stopped);
      if (rank_ != 0) continue;
      EXPECT_EQ(run.outcome.finished, count);
      EXPECT_TRUE(run.outcome.failures.empty());
      ASSERT_EQ(run.results.size(), count) << threads << " threads";
      for (const auto& [tile, records] : run.results) {
        ASSERT_EQ(records.size(), 1U) << "tile " << tile;
        EXPECT_TRUE(records[0] == record_of(tile)) << "tile " << tile;
      }
    }
  }
}

TEST_F(Schedule, RanksMayHaveDifferentNumbersOfThreads) {
  const Run run = this->run(tiles_up_to(200), {.threads = 1 + rank_ % 3}, record_of);
  EXPECT_EQ(run.results.size(), rank_ == 0 ? 200U : 0U);
}

TEST_F(Schedule, AFailingTileIsReportedAndTheOthersGoOn) {
  const Run run = this->run(tiles_up_to(40), {.threads = 2}, [](std::uint32_t tile) {
    if (tile % 10 == 4) throw std::runtime_error("tile " + std::to_string(tile) + " is damaged");
    if (tile == 39) throw 39;  // not even a std::exception
    return record_of(tile);
  });
  if (rank_ != 0) return;
  std::map<std::uint32_t, std::string> failures;
  for (const TileFailure& failure : run.outcome.failures) {
    failures[failure.tile] = failure.message;
    EXPECT_GE(failure.rank, 0);
    EXPECT_LT(failure.rank, size_);
  }
  const std::map<std::uint32_t, std::string> expected = {{4, "tile 4 is damaged"},
                                                         {14, "tile 14 is damaged"},
                                                         {24, "tile 24 is damaged"},
                                                         {34, "tile 34 is damaged"},
                                                         {39, "an exception of unknown type"}};
  EXPECT_EQ(failures, expected);
  EXPECT_EQ(run.outcome.failures.size(), 5U);
  EXPECT_EQ(run.outcome.finished, 35U);
  EXPECT_EQ(run.results.size(), 35U);
}

TEST_F(Schedule, AHopelessTileEndsTheGrantingAndWhatRunsIsKept) {
  constexpr std::uint32_t kTiles = 2000;
  const Run run = this->run(tiles_up_to(kTiles), {}, [](std::uint32_t tile) {
    if (tile == 3) throw HopelessError("tile 3: the disk is full");
    std::this_thread::sleep_for(milliseconds{2});
    return record_of(tile);
  });
  EXPECT_TRUE(run.outcome.stopped);
  if (rank_ != 0) return;
  ASSERT_EQ(run.outcome.failures.size(), 1U);
  EXPECT_EQ(run.outcome.failures[0].message, "tile 3: the disk is full");
  EXPECT_LT(run.outcome.finished, kTiles / 2);
  EXPECT_EQ(run.results.size(), run.outcome.finished);
}

TEST_F(Schedule, AWorkerThatCannotBeMadeEndsTheScheduleEverywhere) {
  // Also where that is noticed late, when all tiles are long done by others.
  for (const milliseconds delay : {milliseconds{0}, milliseconds{100}}) {
    const std::string message = error_of([&] {
      static_cast<void>(run_schedule(
          MPI_COMM_WORLD, tiles_up_to(30), {},
          [&]() -> std::unique_ptr<TileWorker> {
            if (rank_ != size_ - 1) return std::make_unique<FunctionWorker>(record_of);
            std::this_thread::sleep_for(delay);
            throw Error("no soil layer on the last rank");
          },
          [](std::uint32_t, std::span<const std::byte>) {}, [] {}));
    });
    EXPECT_EQ(message, "no soil layer on the last rank");
  }
  expect_next_schedule_works();
}

TEST_F(Schedule, OneThreadThatCannotMakeItsWorkerEndsTheScheduleEverywhere) {
  std::atomic<int> made{0};
  const std::string message = error_of([&] {
    static_cast<void>(run_schedule(
        MPI_COMM_WORLD, tiles_up_to(30), {.threads = 3},
        [&]() -> std::unique_ptr<TileWorker> {
          if (rank_ == 0 && ++made == 2) return nullptr;
          return std::make_unique<FunctionWorker>(record_of);
        },
        [](std::uint32_t, std::span<const std::byte>) {}, [] {}));
  });
  EXPECT_EQ(message, "schedule: no worker was made");
  expect_next_schedule_works();
}

TEST_F(Schedule, AResultThatCannotBeKeptEndsTheScheduleEverywhere) {
  int calls = 0;
  const std::string message = error_of([&] {
    static_cast<void>(run_schedule(
        MPI_COMM_WORLD, tiles_up_to(200), {.threads = 2},
        [] { return std::make_unique<FunctionWorker>(record_of); },
        [&](std::uint32_t, std::span<const std::byte>) {
          if (++calls == 5) throw std::runtime_error("disk full");
        },
        [] {}));
  });
  EXPECT_EQ(message, "disk full");
  EXPECT_EQ(calls, rank_ == 0 ? 5 : 0);
  expect_next_schedule_works();
}

TEST_F(Schedule, AFailureBetweenPollsEndsTheScheduleEverywhere) {
  const std::string message = error_of([&] {
    static_cast<void>(run_schedule(
        MPI_COMM_WORLD, tiles_up_to(200), {},
        [] { return std::make_unique<FunctionWorker>(record_of); },
        [](std::uint32_t, std::span<const std::byte>) {},
        [] { throw std::runtime_error("terminal lost"); }));
  });
  EXPECT_EQ(message, "terminal lost");
  expect_next_schedule_works();
}

TEST_F(Schedule, NoThreadsOnOneRankIsAnErrorOnAll) {
  const std::string message = error_of([&] {
    static_cast<void>(run(tiles_up_to(5), {.threads = rank_ == size_ - 1 ? 0 : 1}, record_of));
  });
  EXPECT_NE(message.find("0 computing threads"), std::string::npos) << message;
  expect_next_schedule_works();
}

TEST_F(Schedule, AStopOnAnyRankLetsRunningTilesFinishAndGrantsNoMore) {
  for (const int stopping_rank : {0, size_ - 1}) {
    std::atomic<bool> stop{false};
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    const Run run =
        this->run(tiles_up_to(5000), {.threads = 2, .stop = &stop}, [&](std::uint32_t tile) {
          if (++begun == 3 && rank_ == stopping_rank) stop = true;
          std::this_thread::sleep_for(milliseconds{3});
          ++ended;
          return to_record(tile);
        });
    EXPECT_TRUE(run.outcome.stopped) << "rank " << rank_;
    EXPECT_EQ(begun, ended);
    int all_ended = 0;
    const int mine = ended;
    check_mpi(MPI_Allreduce(&mine, &all_ended, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD), "sum");
    if (rank_ != 0) continue;
    EXPECT_EQ(run.outcome.finished, static_cast<std::size_t>(all_ended));
    EXPECT_EQ(run.results.size(), static_cast<std::size_t>(all_ended));
    EXPECT_LT(all_ended, 5000);
  }
  expect_next_schedule_works();
}

TEST_F(Schedule, TheBoardKnowsWhoComputedWhat) {
  for (const bool stops : {false, true}) {
    RankBoard board(processor_names(MPI_COMM_WORLD));
    std::atomic<bool> stop{false};
    const Run run = this->run(tiles_up_to(60), {.threads = 2, .stop = &stop, .board = &board},
                              [&](std::uint32_t tile) {
                                std::this_thread::sleep_for(milliseconds{2});
                                if (stops && tile == 20) stop = true;
                                if (tile == 7) throw Error("tile 7");
                                return to_record(rank_);
                              });
    if (rank_ != 0) continue;
    std::map<int, std::size_t> finished;
    for (const auto& [tile, records] : run.results) ++finished[from_record<int>(records.front())];
    const std::vector<RankBoard::Rank> ranks = board.ranks();
    ASSERT_EQ(ranks.size(), static_cast<std::size_t>(size_));
    std::size_t failed = 0;
    for (int rank = 0; rank < size_; ++rank) {
      const RankBoard::Rank& known = ranks[static_cast<std::size_t>(rank)];
      EXPECT_EQ(known.finished, finished[rank]) << "rank " << rank;
      EXPECT_EQ(known.held, 0U) << "rank " << rank;
      EXPECT_FALSE(known.host.empty());
      failed += known.failed;
    }
    EXPECT_EQ(failed, 1U);
  }
}

TEST_F(Schedule, StoppedBeforeItBeginsNothingIsComputed) {
  const std::atomic<bool> stop{true};
  const ScheduleOptions on_rank_0{.threads = 1, .stop = rank_ == 0 ? &stop : nullptr};
  const Run run = this->run(tiles_up_to(50), on_rank_0, record_of);
  EXPECT_TRUE(run.outcome.stopped);
  EXPECT_TRUE(run.results.empty());
  EXPECT_EQ(run.outcome.finished, 0U);
}

TEST_F(Schedule, AStopThatComesWhenAllIsDoneIsNoStop) {
  const std::atomic<bool> stop{true};
  const Run run = this->run({}, {.threads = 1, .stop = &stop}, record_of);
  EXPECT_FALSE(run.outcome.stopped);
}

TEST_F(Schedule, TilesAreGrantedInTheOrderGiven) {
  constexpr std::uint32_t kTiles = 200;
  constexpr unsigned kSeed = 20240517;
  std::vector<std::uint32_t> order = tiles_up_to(kTiles);
  std::shuffle(order.begin(), order.end(), std::mt19937(kSeed));
  const Run run = this->run(order, {}, [](std::uint32_t) {
    const auto start = Clock::now().time_since_epoch().count();
    std::this_thread::sleep_for(milliseconds{3});
    return to_record(start);
  });
  if (rank_ != 0) return;
  std::vector<std::int64_t> starts;
  for (const std::uint32_t tile : order) {
    starts.push_back(from_record<std::int64_t>(run.results.at(tile).at(0)));
  }
  // When a tile starts, all before it are granted: a rank may hold two that have not started.
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto later =
        std::count_if(starts.begin(), starts.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](std::int64_t start) { return start > starts[i]; });
    EXPECT_LE(later, 2 * size_) << "place " << i << ", seed " << kSeed;
  }
}

TEST_F(Schedule, EqualTilesAreSharedAmongAllRanks) {
  const auto count = static_cast<std::uint32_t>(size_ * 12);
  const Run run = this->run(tiles_up_to(count), {}, [this](std::uint32_t) {
    std::this_thread::sleep_for(milliseconds{10});
    return to_record(rank_);
  });
  if (rank_ != 0) return;
  std::vector<int> per_rank(static_cast<std::size_t>(size_), 0);
  for (const auto& [tile, records] : run.results) {
    ++per_rank.at(static_cast<std::size_t>(from_record<int>(records.at(0))));
  }
  for (int rank = 0; rank < size_; ++rank) {
    EXPECT_GE(per_rank[static_cast<std::size_t>(rank)], 4) << "rank " << rank << " of " << size_;
  }
}

TEST_F(Schedule, WaitingLeavesTheProcessorToOthers) {
  const double processor_before = processor_seconds();
  const Clock::time_point start = Clock::now();
  const auto count = static_cast<std::uint32_t>(size_ * 12);
  static_cast<void>(this->run(tiles_up_to(count), {}, [](std::uint32_t) {
    std::this_thread::sleep_for(milliseconds{50});
    return Record{};
  }));
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  EXPECT_LT(processor_seconds() - processor_before, 0.2 * wall) << "of " << wall << " s";
}

TEST_F(Schedule, MessagesOfOthersArePassedBy) {
  if (size_ == 1) GTEST_SKIP() << "nobody to talk to";
  int sent = 42;
  int received = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  if (rank_ == size_ - 1) {
    check_mpi(MPI_Isend(&sent, 1, MPI_INT, 0, 1, MPI_COMM_WORLD, &request), "send");
  }
  expect_next_schedule_works();
  if (rank_ == 0) {
    check_mpi(MPI_Recv(&received, 1, MPI_INT, size_ - 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
              "receive");
    EXPECT_EQ(received, 42);
  }
  wait_politely(request, "send");
}

}  // namespace
}  // namespace cnci::engine
