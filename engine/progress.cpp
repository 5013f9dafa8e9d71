#include "engine/progress.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "engine/text.h"

namespace cnci::engine {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval{200};
constexpr std::chrono::seconds kLogInterval{10};

double seconds_between(Progress::Clock::time_point from, Progress::Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Progress::Progress(std::uint64_t tiles, std::uint64_t cells, bool terminal,
                   std::function<void(const std::string& line, bool transient)> emit,
                   std::function<Clock::time_point()> now)
    : tiles_(tiles),
      cells_(cells),
      terminal_(terminal),
      emit_(std::move(emit)),
      now_(std::move(now)),
      start_(now_()),
      last_(start_) {}

void Progress::tile_done(std::uint64_t cells, std::uint64_t bytes_read) {
  ++tiles_done_;
  cells_done_ += cells;
  bytes_ += bytes_read;
}

void Progress::tick() {
  const Clock::time_point now = now_();
  const Clock::duration interval =
      terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kLogInterval);
  if (now - last_ < interval) return;
  last_ = now;
  emit_(line(), terminal_);
}

void Progress::finish() { emit_(line(), false); }

std::string Progress::line() const {
  const double elapsed = seconds_between(start_, now_());
  const double per_second = elapsed > 0 ? 1e-6 / elapsed : 0;
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "tiles %" PRIu64 "/%" PRIu64 "  %.1f Mcell/s  %.0f MB/s read", tiles_done_, tiles_,
                static_cast<double>(cells_done_) * per_second,
                static_cast<double>(bytes_) * per_second);
  std::string result = text.data();
  if (tiles_done_ >= tiles_) return result + "  in " + clock_text(elapsed);
  // Cells say more about the work left than tiles: the largest tiles come first.
  const bool by_cells = cells_ > 0 && cells_done_ > 0 && cells_done_ <= cells_;
  const double done = static_cast<double>(by_cells ? cells_done_ : tiles_done_);
  const double all = static_cast<double>(by_cells ? cells_ : tiles_);
  if (done <= 0 || elapsed <= 0) return result + "  ETA -";
  return result + "  ETA " + clock_text(elapsed * (all - done) / done);
}

}  // namespace cnci::engine
