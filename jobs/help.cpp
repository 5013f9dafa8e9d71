#include "jobs/help.h"

#include <fmt/format.h>

#include <sstream>

#include "jobs/command_line.h"
#include "jobs/command_line_spec.h"
#include "jobs/completion.h"
#include "jobs/keys.h"
#include "jobs/keys_nearest.h"
#include "jobs/man_page.h"

namespace cnci::jobs {
namespace {

std::string overview() {
  std::string text =
      "cnci: carbon sinks, emissions and the carbon-neutrality-capacity index by zone\n\n";
  for (const CommandSpec& spec : command_specs()) {
    text += fmt::format("  cnci {}\n", spec.usage);
  }
  text +=
      "  cnci --version\n\n"
      "cnci help COMMAND explains a command, cnci help job the keys of a job file.\n"
      "Exit: 0 done; 1 failed; 2 bad job or usage; 75 stopped by a signal, run again to go on.\n"
      "NO_COLOR in the environment: no colours on a terminal.\n"
      "CNCI_SIMD=avx512, avx2, sse4 or scalar in the environment forces an instruction set.\n";
  return text;
}

std::string about_command(const CommandSpec& spec) {
  std::ostringstream flags;
  flags << command_flags(spec.name);
  return fmt::format("cnci {}\n\n{}\n\n{}\nExample:\n  {}\n", spec.usage, spec.about, flags.str(),
                     spec.example);
}

std::string about_job() {
  std::string text =
      "The job file is INI: [section] lines, key = value lines, comments after '#'. Every key is\n"
      "also --set section.key=value; default < job file < --set. Input paths are relative to the\n"
      "job file (with --set to the current folder), output.path to the current folder.\n\n";
  for (const Key& key : key_registry().keys()) {
    text +=
        fmt::format("{:<26} {}{}\n{:<26}   {}\n", key.pattern, key.form,
                    key.default_text.empty() ? "" : " (" + key.default_text + ")", "", key.about);
  }
  return text;
}

}  // namespace

std::string help_text(const HelpOptions& options) {
  if (options.topic.empty()) return overview();
  if (options.topic == "job") return about_job();
  if (options.topic == "completion") return bash_completion();
  if (options.topic == "man") return man_page();
  if (const CommandSpec* spec = find_command(options.topic)) return about_command(*spec);
  std::vector<std::string> topics = help_topics();
  for (const CommandSpec& spec : command_specs()) topics.emplace_back(spec.name);
  throw UsageError("no help on '" + options.topic + "'" + did_you_mean(options.topic, topics) +
                   " (topics: " + joined(topics) + ")");
}

}  // namespace cnci::jobs
