// `cnci run`: from a job file to finished outputs, alone or on all ranks of an MPI job.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "engine/mpi.h"
#include "jobs/options.h"

namespace cnci::jobs {

/// What rank 0 knows of the tiles, for another thread.
struct TilesDone {
  std::atomic<std::size_t> finished{0};
  std::atomic<std::size_t> all{0};

  [[nodiscard]] std::string text() const;
};

/// Collective. Keeps `done` up to date. Returns the exit code: 0 done (or already complete), 1
/// failed, 2 bad job, 75 stopped by a signal.
[[nodiscard]] int run_command(const RunOptions& options, engine::Mpi& mpi, TilesDone& done);

}  // namespace cnci::jobs
