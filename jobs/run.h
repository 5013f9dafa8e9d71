// `cnci run`: from a job file to finished outputs, alone or on all ranks of an MPI job.
#pragma once

#include "engine/mpi.h"
#include "jobs/options.h"

namespace cnci::jobs {

/// Collective. Returns the exit code: 0 done (or already complete), 1 failed, 2 bad job, 75 stopped
/// by a signal.
[[nodiscard]] int run_command(const RunOptions& options, engine::Mpi& mpi);

}  // namespace cnci::jobs
