// What the program says about itself: its commands, the keys of the job file, versions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "jobs/options.h"

namespace cnci::jobs {

/// Overview, a command, `job` for the keys of the job file, `completion` for a script of bash, or
/// `man` for the man page. Throws engine::Error on a topic that
/// there is not.
[[nodiscard]] std::string help_text(const HelpOptions& options);

/// `cnci --version`.
[[nodiscard]] std::string version_text();

[[nodiscard]] std::string program_version();
/// Name and version of every library that can change a result or a file.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();
/// Outputs of different bit classes do not mix: `fma`, `nofma` (a processor without FMA), or `nofma
/// kernels` (CNCI_SIMD forbids it on a processor that has it).
[[nodiscard]] std::string bit_class();

}  // namespace cnci::jobs
