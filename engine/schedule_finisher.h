// The thread that ends one computing thread's tiles: while a tile is computed, the one before it is
// compressed and written.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/schedule.h"
#include "engine/schedule_message.h"

namespace cnci::engine {

/// To be called in a handler; empty where the exception has no message.
[[nodiscard]] std::string message_of_current_exception();

/// What an action gives, or how it failed, as the news of a tile.
[[nodiscard]] FinishedTile finish_tile(std::uint32_t tile,
                                       const std::function<std::vector<std::byte>()>& action);

class TileFinisher {
 public:
  using Done = std::function<void(FinishedTile)>;

  /// `done` is called on this object's thread, once for each tile.
  explicit TileFinisher(Done done);
  /// Waits for the tile at work.
  ~TileFinisher();
  TileFinisher(const TileFinisher&) = delete;
  TileFinisher& operator=(const TileFinisher&) = delete;

  /// Waits until the tile before this one is done: no more than two are in memory.
  void take(std::uint32_t tile, TileRest rest);

 private:
  void run();

  Done done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::pair<std::uint32_t, TileRest>> at_work_;  ///< until it is done
  bool closing_ = false;
  std::jthread thread_;
};

}  // namespace cnci::engine
