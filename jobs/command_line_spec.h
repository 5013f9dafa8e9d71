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
  std::string_view positional;  ///< name of its arguments in the option map; empty: takes none
  int least = 0;                ///< how many arguments it needs
  int most = 0;                 ///< and takes; -1: any number
};

[[nodiscard]] const std::vector<CommandSpec>& command_specs();
/// nullptr where there is no such command.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
/// Flags of a command, without its positional arguments.
[[nodiscard]] boost::program_options::options_description command_flags(std::string_view name);

}  // namespace cnci::jobs
