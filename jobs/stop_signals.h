// SIGTERM, SIGINT and SIGUSR1 ask a run to end soon: running tiles finish, no new ones start.
#pragma once

#include <atomic>

#include "engine/error.h"

namespace cnci::jobs {

inline constexpr int kExitStopped = 75;

/// Ends a step that a stop need not wait for.
class Stopped : public engine::Error {
 public:
  Stopped() : Error("stopped by a signal") {}
};

/// Installs the handlers and returns the flag they set. A second signal ends the process at once,
/// if it comes at least a second after the first (launchers often pass on what a rank gets anyway).
[[nodiscard]] const std::atomic<bool>& watch_stop_signals();

}  // namespace cnci::jobs
