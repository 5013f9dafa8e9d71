// `cnci export OUT`: one variable of one year of a finished run's cube as a GeoTIFF.
#pragma once

#include "jobs/options.h"

namespace cnci::jobs {

/// Writes the file and says so. Throws UsageError on a variable or year that there is not, Error
/// where the folder holds no complete output or the file is there already.
[[nodiscard]] int export_command(const ExportOptions& options);

}  // namespace cnci::jobs
