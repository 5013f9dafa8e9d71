// `cnci check`: opens everything a job names and says what a run would find, need and take.
#pragma once

#include "jobs/options.h"

namespace cnci::jobs {

/// Returns 0 where the job can run, 1 where not, 2 where the job file is wrong.
[[nodiscard]] int check_command(const CheckOptions& options);

}  // namespace cnci::jobs
