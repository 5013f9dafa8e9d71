// `cnci kernels [NAME]`: every kernel's declaration, for people.
#pragma once

#include "jobs/options.h"

namespace cnci::jobs {

/// Prints to stdout. Throws UsageError on a name that there is not.
[[nodiscard]] int kernels_command(const KernelsOptions& options);

}  // namespace cnci::jobs
