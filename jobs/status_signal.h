// SIGUSR2 asks a run what its ranks do. Launchers pass it on: `kill -USR2` to mpirun, `scancel
// --signal=USR2` under SLURM.
#pragma once

#include <atomic>

namespace cnci::jobs {

/// Installs the handler, on every rank, since the signal would end a process without one, and
/// returns the flag that it sets. Whoever answers clears it.
[[nodiscard]] std::atomic<bool>& watch_status_signal();

}  // namespace cnci::jobs
