// The command line as one of the commands with its options. Boost.Program_options takes it apart;
// unknown commands and flags are answered with the nearest known one.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "jobs/options.h"

namespace cnci::jobs {

/// Wrong usage: exit code 2.
class UsageError : public engine::Error {
 public:
  using engine::Error::Error;
};

using Command =
    std::variant<HelpOptions, VersionOptions, RunOptions, CheckOptions, ZonesOptions, ReportOptions,
                 CompareOptions, JoinOptions, ExportOptions, SampleOptions, KernelsOptions>;

/// Arguments without the program's name. Throws UsageError.
[[nodiscard]] Command parse_command_line(const std::vector<std::string>& arguments);

}  // namespace cnci::jobs
