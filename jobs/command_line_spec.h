// What each command takes, once for parsing and for help.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::jobs {

struct CommandSpec {
  std::string_view name;
  std::string_view usage;  ///< after `cnci`
  std::string_view about;
  std::string_view example;
  /// Name of its arguments in the option map, and what they are: `job` a file, `out` an output
  /// folder, `side` either, `dir` a folder, `name` a kernel, `topic` of help; empty: takes none.
  std::string_view positional;
  int least = 0;  ///< how many arguments it needs
  int most = 0;   ///< and takes; -1: any number
};

[[nodiscard]] const std::vector<CommandSpec>& command_specs();
/// nullptr where there is no such command.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
/// Flags of a command, without its positional arguments.
[[nodiscard]] boost::program_options::options_description command_flags(std::string_view name);

/// What a flag takes: FILE, OUT (a folder), KEY=VALUE, a number, ...; empty where it takes nothing.
[[nodiscard]] std::string flag_value(const boost::program_options::option_description& flag);
/// The words that a flag chooses from, where its value is declared as `a|b|c`; the first is what
/// holds without it.
[[nodiscard]] std::vector<std::string> flag_choices(
    const boost::program_options::option_description& flag);

/// Topics of `cnci help` beside the commands.
[[nodiscard]] const std::vector<std::string>& help_topics();

}  // namespace cnci::jobs
