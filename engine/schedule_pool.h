// The computing threads of one rank, with the tiles they hold and the news for rank 0. Threads take
// tiles from a queue that the communicating thread keeps filled, so that computing seldom waits for
// a grant, and hand what is computed to a finisher; all waiting is on condition variables.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "engine/schedule.h"
#include "engine/schedule_message.h"

namespace cnci::engine {

class TileFinisher;

class TilePool {
 public:
  using MakeWorker = std::function<std::unique_ptr<TileWorker>()>;

  /// Starts the threads; what goes wrong with that is in the next report, not thrown.
  TilePool(int threads, const MakeWorker& make_worker);
  ~TilePool();
  TilePool(const TilePool&) = delete;
  TilePool& operator=(const TilePool&) = delete;

  void add(std::span<const std::uint32_t> tiles);
  /// News since the last call. Never asks; see idle() and wanted().
  [[nodiscard]] RankReport collect();

  struct Appetite {
    std::uint32_t idle = 0;    ///< threads without a tile
    std::uint32_t wanted = 0;  ///< tiles for them and to hold ahead
  };
  [[nodiscard]] Appetite appetite() const;
  /// Recent mean time of a tile; 0 before the first.
  [[nodiscard]] std::chrono::microseconds tile_time() const;
  /// Nothing runs or waits to run.
  [[nodiscard]] bool empty() const;

  /// From now on tiles in the queue, and all that are added, are returned.
  void drain();
  /// Drains, and waits for the threads to end. Their last news can then be collected.
  void close();
  /// Returns early where there is news.
  void wait_for_news(std::chrono::microseconds at_most);

 private:
  using Clock = std::chrono::steady_clock;
  void run(const MakeWorker& make_worker);
  void compute_tiles(TileWorker& worker, TileFinisher& finisher);
  void tell(FinishedTile tile);
  [[nodiscard]] std::optional<std::uint32_t> next_tile() const;
  void start_failed_locked(const std::string& message);
  void drain_locked();
  [[nodiscard]] std::size_t ahead_locked() const;

  mutable std::mutex mutex_;
  std::condition_variable work_;  ///< tiles in the queue, or the end
  std::condition_variable news_;  ///< something to report
  std::deque<std::uint32_t> queue_;
  RankReport pending_;
  bool has_news_ = false;
  bool draining_ = false;
  bool closing_ = false;
  std::size_t threads_wanted_ = 0;
  std::size_t threads_started_ = 0;  ///< worker made, or failed to be made
  std::size_t threads_able_ = 0;     ///< not failed
  std::size_t computing_ = 0;
  std::size_t at_work_ = 0;  ///< computing, or not ended yet
  double mean_tile_s_ = -1;  ///< running mean; < 0 before the first tile
  std::vector<std::jthread> threads_;
};

}  // namespace cnci::engine
