// Progress of a run: one line that renews itself on a terminal, else a line every 10 s, on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace cnci::engine {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  /// `emit` receives finished lines (without newline) and whether they replace the last one.
  Progress(std::uint64_t tiles, std::uint64_t cells, bool terminal,
           std::function<void(const std::string& line, bool transient)> emit,
           std::function<Clock::time_point()> now = Clock::now);
  void tile_done(std::uint64_t cells, std::uint64_t bytes_read);
  /// Emits a line when one is due.
  void tick();
  void finish();
  [[nodiscard]] std::string line() const;  ///< tiles, Mcell/s, MB/s read, ETA

 private:
  std::uint64_t tiles_;
  std::uint64_t cells_;
  bool terminal_;
  std::function<void(const std::string&, bool)> emit_;
  std::function<Clock::time_point()> now_;
  Clock::time_point start_;
  Clock::time_point last_;
  std::uint64_t tiles_done_ = 0;
  std::uint64_t cells_done_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace cnci::engine
