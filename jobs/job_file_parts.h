// The parts of a job beside its layers: grid, zones, tables and output.
#pragma once

#include <vector>

#include "jobs/job.h"
#include "jobs/job_file_settings.h"

namespace cnci::jobs {

[[nodiscard]] GridSpec build_grid(Settings& settings);
[[nodiscard]] io::ZoneSpec build_zones(Settings& settings);
/// Tables by name; `zones` says which levels there are.
[[nodiscard]] std::vector<io::JoinTableSpec> build_tables(const io::ZoneSpec& zones,
                                                          Settings& settings);
/// Everything of the output but its variables.
[[nodiscard]] OutputSpec build_output(Settings& settings);

}  // namespace cnci::jobs
