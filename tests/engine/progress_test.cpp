#include "engine/progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace cnci::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A Progress whose clock stands still until told otherwise, and what it has emitted.
struct Watched {
  Progress::Clock::time_point now{seconds{1000}};
  std::vector<std::pair<std::string, bool>> lines;
  Progress progress;

  Watched(std::uint64_t tiles, std::uint64_t cells, bool terminal)
      : progress(
            tiles, cells, terminal,
            [this](const std::string& line, bool transient) {
              lines.emplace_back(line, transient);
            },
            [this] { return now; }) {}
};

TEST(Progress, LineSaysTilesRatesAndTheTimeThatIsLeft) {
  Watched watched(4, 40'000'000, true);
  watched.now += seconds{2};
  watched.progress.tile_done(30'000'000, 50'000'000);
  EXPECT_EQ(watched.progress.line(), "tiles 1/4  15.0 Mcell/s  25 MB/s read  ETA 0:01");
}

TEST(Progress, WithoutAFinishedTileNothingIsPromised) {
  Watched watched(4, 40'000'000, true);
  EXPECT_EQ(watched.progress.line(), "tiles 0/4  0.0 Mcell/s  0 MB/s read  ETA -");
  watched.now += seconds{5};
  EXPECT_EQ(watched.progress.line(), "tiles 0/4  0.0 Mcell/s  0 MB/s read  ETA -");
}

TEST(Progress, TilesStandInForCellsWhereTheseAreUnknown) {
  Watched watched(3601, 0, true);
  watched.now += seconds{1};
  watched.progress.tile_done(0, 0);
  EXPECT_EQ(watched.progress.line(), "tiles 1/3601  0.0 Mcell/s  0 MB/s read  ETA 1:00:00");
}

TEST(Progress, ATerminalIsRenewedFiveTimesASecond) {
  Watched watched(4, 4, true);
  watched.progress.tick();
  watched.now += milliseconds{199};
  watched.progress.tick();
  EXPECT_TRUE(watched.lines.empty());
  watched.now += milliseconds{1};
  watched.progress.tick();
  watched.progress.tick();
  ASSERT_EQ(watched.lines.size(), 1U);
  EXPECT_TRUE(watched.lines[0].second);
}

TEST(Progress, ALogGetsALineEveryTenSeconds) {
  Watched watched(4, 4, false);
  for (int second = 1; second <= 25; ++second) {
    watched.now += seconds{1};
    watched.progress.tick();
  }
  ASSERT_EQ(watched.lines.size(), 2U);
  EXPECT_FALSE(watched.lines[0].second);
}

TEST(Progress, TheLastLineStaysAndSaysHowLongItTook) {
  Watched watched(1, 10'000'000, true);
  watched.now += seconds{83};
  watched.progress.tile_done(10'000'000, 0);
  watched.progress.finish();
  ASSERT_EQ(watched.lines.size(), 1U);
  EXPECT_EQ(watched.lines[0].first, "tiles 1/1  0.1 Mcell/s  0 MB/s read  in 1:23");
  EXPECT_FALSE(watched.lines[0].second);
}

}  // namespace
}  // namespace cnci::engine
