// `cnci compare OUT1 OUT2 [...]`: outputs and published figures side by side.
#pragma once

#include "jobs/options.h"

namespace cnci::jobs {

/// Prints to stdout; csv and json are data only, what is to be said of csv goes to stderr.
[[nodiscard]] int compare_command(const CompareOptions& options);

}  // namespace cnci::jobs
