// What every rank does, as rank 0 knows it from its own grants: the tiles that a rank holds and
// since when, and what has come back. No messages of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cnci::engine {

class RankBoard {
 public:
  using Clock = std::chrono::steady_clock;

  /// `hosts` by rank; a rank without one is shown by its number only.
  explicit RankBoard(std::vector<std::string> hosts,
                     std::function<Clock::time_point()> now = Clock::now);

  void granted(int rank, std::span<const std::uint32_t> tiles);
  /// Credits the rank that holds a tile with the cells of it; before it is finished().
  void computed(std::uint32_t tile, std::uint64_t cells);
  void finished(std::uint32_t tile);
  void failed(std::uint32_t tile);
  /// The tiles that were granted last go back uncomputed.
  void returned(int rank, std::size_t count);

  struct Rank {
    std::string host;
    std::size_t finished = 0;
    std::size_t failed = 0;
    std::uint64_t cells = 0;
    std::size_t held = 0;                 ///< tiles computed or waiting there
    std::optional<std::uint32_t> oldest;  ///< the one it has held longest ...
    double held_s = 0;                    ///< ... and for how long
  };
  [[nodiscard]] std::vector<Rank> ranks() const;
  /// A line per rank, the host among them where it is known.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  struct Held {
    int rank = 0;
    std::uint64_t order = 0;  ///< of the grants
    Clock::time_point since;
  };
  Rank& rank_of(int rank) { return ranks_.at(static_cast<std::size_t>(rank)); }
  /// Takes the tile off the rank that holds it.
  Rank* take(std::uint32_t tile);

  std::function<Clock::time_point()> now_;
  Clock::time_point start_;
  std::vector<Rank> ranks_;
  std::map<std::uint32_t, Held> held_;  ///< by tile
  std::uint64_t grants_ = 0;
};

}  // namespace cnci::engine
