// Rank 0's side of the schedule: the list of tiles, who holds how many, and what comes back.
//
// Grants follow guided self-scheduling: a rank gets a tile for each idle thread, and beyond them at
// most remaining / (2 x all threads), so that near the end nobody holds what another could compute.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/schedule.h"
#include "engine/schedule_grants.h"
#include "engine/schedule_mailbox.h"
#include "engine/schedule_message.h"
#include "engine/schedule_pool.h"

namespace cnci::engine {

class ScheduleMaster {
 public:
  using OnResult = std::function<void(std::uint32_t tile, std::span<const std::byte> record)>;
  using OnIdle = std::function<void()>;

  ScheduleMaster(MPI_Comm comm, int ranks, std::size_t all_threads,
                 std::span<const std::uint32_t> order, const ScheduleOptions& options,
                 const OnResult& on_result, const OnIdle& on_idle);

  /// Serves until every tile is back and every rank has said goodbye.
  [[nodiscard]] ScheduleOutcome run(TilePool& pool);
  /// What every rank has to throw; empty where all went well.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void handle(int rank, RankReport report);
  void keep_result(int rank, FinishedTile tile);
  void fail(const std::string& message);
  void serve_pool(TilePool& pool);
  [[nodiscard]] bool receive_some();
  void drain_ranks(TilePool& pool);
  void end_ranks();
  void see_signal();
  /// Gives up the tiles that still run: ends all processes.
  [[noreturn]] void lose_patience();
  [[nodiscard]] std::vector<std::uint32_t> grant(int rank, std::uint32_t idle,
                                                 std::uint32_t wanted);
  [[nodiscard]] Orders::Supply supply() const;
  [[nodiscard]] std::size_t remaining() const { return grants_.remaining(); }
  [[nodiscard]] bool draining() const { return stopping_ || !error_.empty(); }
  [[nodiscard]] bool complete() const;
  [[nodiscard]] bool stopped() const;

  MPI_Comm comm_;
  Mailbox mailbox_;
  int ranks_;
  std::size_t all_threads_;
  Grants grants_;
  const ScheduleOptions& options_;
  const OnResult& on_result_;
  const OnIdle& on_idle_;

  ScheduleOutcome outcome_;
  std::string error_;
  std::size_t outstanding_ = 0;  ///< granted, not yet back
  std::size_t returned_ = 0;     ///< came back without having been computed
  std::vector<bool> started_;    ///< by rank
  int goodbyes_ = 0;
  bool stopping_ = false;  ///< a signal, or a tile that fails as all others would
  /// When a signal was first seen.
  std::optional<std::chrono::steady_clock::time_point> signalled_;
  bool drain_sent_ = false;
};

}  // namespace cnci::engine
