// A job as text, every field that a run reads: two jobs are the same where their descriptions are.
#pragma once

#include <string>

#include "jobs/job.h"

namespace cnci::fuzz {

/// One line per field. What the effective keys spell out by default (kind, substance) counts as
/// what it amounts to, given or not.
[[nodiscard]] std::string describe(const jobs::Job& job);

}  // namespace cnci::fuzz
