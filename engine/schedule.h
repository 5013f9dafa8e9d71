// Tiles over ranks: rank 0 grants one tile at a time to whoever asks, each rank's along its own
// part of a path through the grid, the last and cheapest ones largest first; workers hold one
// ahead. A rank is a communicating thread (this one: it polls and sleeps, at most 3 % of a core)
// and computing threads. Rank 0's computing threads ask like any worker's. Only descriptors, sums
// and error records travel. Each computing thread has another beside it that ends its tiles.
#pragma once

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cnci::engine {

class RankBoard;

/// What is left to do of a tile when the next one can be computed. Gives the tile's record for rank
/// 0 (serialised sums and counters).
using TileRest = std::function<std::vector<std::byte>()>;

/// Computes tiles on one thread of one rank.
class TileWorker {
 public:
  virtual ~TileWorker() = default;
  /// What it returns is called once, on another thread, while this one computes the next tile; it
  /// may use what of the worker does not change. An exception of either fails this tile only; a
  /// HopelessError also ends the granting of further ones.
  [[nodiscard]] virtual TileRest compute(std::uint32_t tile) = 0;
  using NextTile = std::function<std::optional<std::uint32_t>()>;
  /// Called once, before the first tile. `next` says, while a tile is computed, which one this
  /// thread will most likely compute then; nothing where that is not known yet.
  virtual void set_outlook(const NextTile& /*next*/) {}
};

struct TileFailure {
  std::uint32_t tile = 0;
  int rank = 0;
  std::string message;
};

struct ScheduleOutcome {
  std::vector<TileFailure> failures;  ///< rank 0 only
  std::size_t finished = 0;           ///< rank 0 only
  bool stopped = false;               ///< on every rank: ended before all tiles were granted
  bool signalled = false;             ///< rank 0 only: a stop signal has come, on any rank
  std::size_t given_up = 0;           ///< tiles that still ran when patience was over
};

struct ScheduleOptions {
  int threads = 1;  ///< computing threads of this rank
  /// Rank 0: so many tiles at the order's begin lie along a path, on which neighbours share inputs;
  /// the rest is granted in its order.
  std::size_t tiles_on_path = 0;
  /// Set by a signal handler: no new grants; tiles that run finish.
  const std::atomic<bool>* stop = nullptr;
  /// How long tiles that run may take to finish after a stop; longer ones are given up.
  std::chrono::milliseconds patience{90'000};
  /// Called on rank 0 when tiles are given up, with what is finished by then; the process ends with
  /// the exit code that it returns, and all other ranks with it.
  std::function<int(const ScheduleOutcome&)> on_given_up = {};
  /// On rank 0, where one keeps it: who holds what. Told in the communicating thread only; a tile
  /// is finished there after on_result().
  RankBoard* board = nullptr;
};

/// Collective. `order` counts on rank 0 only; `make_worker` is called once in every computing
/// thread; `on_result` in rank 0's communicating thread, one call per finished tile, in order of
/// arrival; `on_idle` there between polls (progress). An exception from make_worker on any rank, or
/// from on_result, ends the schedule on all ranks: it is rethrown as Error everywhere, never a
/// hang.
[[nodiscard]] ScheduleOutcome run_schedule(
    MPI_Comm comm, std::span<const std::uint32_t> order, const ScheduleOptions& options,
    const std::function<std::unique_ptr<TileWorker>()>& make_worker,
    const std::function<void(std::uint32_t tile, std::span<const std::byte> record)>& on_result,
    const std::function<void()>& on_idle);

}  // namespace cnci::engine
