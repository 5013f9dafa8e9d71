// `cnci join OUT... --into OUT`: outputs of one job that differ in their years become one output.
#pragma once

#include "jobs/options.h"

namespace cnci::jobs {

/// Writes the joined output beside its final place and renames it; nothing is left where it fails.
/// Throws engine::Error naming the first thing that does not fit.
[[nodiscard]] int join_command(const JoinOptions& options);

}  // namespace cnci::jobs
