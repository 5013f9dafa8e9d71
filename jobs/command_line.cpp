#include "jobs/command_line.h"

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <limits>

#include "engine/text.h"
#include "jobs/command_line_spec.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

using engine::trimmed;

namespace po = boost::program_options;

constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostPatience = 86'400;
constexpr std::int64_t kMostMegabytes = 1'000'000'000;

std::string see_help(const CommandSpec& spec) {
  return "\nusage: cnci " + std::string(spec.usage) + "\nsee: cnci help " + std::string(spec.name);
}

std::vector<std::string> flag_names(const CommandSpec& spec) {
  const po::options_description flags = command_flags(spec.name);
  std::vector<std::string> names;
  for (const auto& flag : flags.options()) {
    names.push_back("--" + flag->long_name());
  }
  return names;
}

/// The options of one command, taken apart by Boost.
class Options {
 public:
  Options(const CommandSpec& spec, const std::vector<std::string>& arguments) : spec_(spec) {
    po::options_description all = command_flags(spec.name);
    po::positional_options_description positional;
    if (!spec.positional.empty()) {
      const std::string name(spec.positional);
      all.add_options()(name.c_str(), po::value<std::vector<std::string>>());
      positional.add(name.c_str(), -1);
    }
    // Guessing flags from their first letters would change meaning when a flag is added.
    using Style = po::command_line_style::style_t;
    const int style = Style::unix_style & ~Style::allow_guessing;
    try {
      po::store(
          po::command_line_parser(arguments).options(all).positional(positional).style(style).run(),
          map_);
    } catch (const po::unknown_option& error) {
      fail("unknown flag '" + error.get_option_name() + "'" +
           did_you_mean(error.get_option_name(), flag_names(spec)));
    } catch (const po::error& error) {
      fail(error.what());
    }
  }

  [[nodiscard]] bool has(const std::string& flag) const { return map_.count(flag) > 0; }
  [[nodiscard]] std::string text(const std::string& flag) const {
    return has(flag) ? map_[flag].as<std::string>() : std::string{};
  }
  [[nodiscard]] std::vector<std::string> texts(const std::string& flag) const {
    return has(flag) ? map_[flag].as<std::vector<std::string>>() : std::vector<std::string>{};
  }
  [[nodiscard]] std::int64_t integer(const std::string& flag, std::int64_t fallback,
                                     std::int64_t min, std::int64_t max) const {
    if (!has(flag)) return fallback;
    try {
      return parse_integer_in(text(flag), min, max);
    } catch (const engine::Error& error) {
      fail("--" + flag + ": " + error.what());
    }
  }
  /// Which of the words that the flag is declared with; the first without the flag.
  [[nodiscard]] std::size_t choice(const std::string& flag) const {
    if (!has(flag)) return 0;
    const std::vector<std::string> names =
        flag_choices(command_flags(spec_.name).find(flag, false));
    try {
      return parse_choice(text(flag), names);
    } catch (const engine::Error& error) {
      fail("--" + flag + ": " + error.what() + did_you_mean(text(flag), names));
    }
  }
  [[nodiscard]] std::string word(const std::string& flag) const {
    return flag_choices(command_flags(spec_.name).find(flag, false))[choice(flag)];
  }
  /// The command's own arguments, as many as it takes.
  [[nodiscard]] std::vector<std::string> arguments() const {
    const auto given = texts(std::string(spec_.positional));
    const auto n = static_cast<int>(given.size());
    if (n < spec_.least) fail("cnci " + std::string(spec_.name) + ": an argument is absent");
    if (spec_.most >= 0 && n > spec_.most) {
      fail("cnci " + std::string(spec_.name) + ": '" + given[static_cast<std::size_t>(spec_.most)] +
           "' is one argument too many");
    }
    return given;
  }
  [[noreturn]] void fail(const std::string& text) const {
    throw UsageError(text + see_help(spec_));
  }

 private:
  const CommandSpec& spec_;
  po::variables_map map_;
};

JobArguments job_arguments(const Options& options) {
  JobArguments job;
  job.job_file = options.arguments().front();
  for (const std::string& text : options.texts("set")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || trimmed(text.substr(0, equals)).empty()) {
      options.fail("--set " + text + ": give section.key=value");
    }
    job.overrides.push_back({trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1))});
  }
  return job;
}

RunOptions run_options(const Options& options) {
  RunOptions run;
  run.job = job_arguments(options);
  run.fresh = options.has("fresh");
  run.fresh_once = engine::printable(options.text("fresh-once"));  // as run.json keeps it
  if (options.has("fresh-once") && run.fresh_once.empty()) {
    options.fail("--fresh-once: give it a name");
  }
  if (run.fresh && !run.fresh_once.empty()) {
    options.fail("--fresh starts over each time, --fresh-once one time: give one of them");
  }
  run.hash_inputs = options.has("hash-inputs");
  run.patience_seconds =
      static_cast<int>(options.integer("patience", run.patience_seconds, 0, kMostPatience));
  run.keep_tiles = options.has("keep-tiles");
  run.quiet = options.has("quiet");
  run.shows_ranks = options.word("progress") == "ranks";
  run.no_report = options.has("no-report");
  run.threads = static_cast<int>(options.integer("threads", 1, 1, kMostThreads));
  run.memory_mb = static_cast<std::size_t>(options.integer("memory", 0, 1, kMostMegabytes));
  run.log_json = options.text("log-json");
  return run;
}

std::string quoted(const std::string& argument) {
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// A command line that does the same again, or goes on where --fresh would start over.
std::string repeated(const std::vector<std::string>& arguments, bool with_fresh) {
  std::string text = "cnci";
  for (const std::string& argument : arguments) {
    if (argument == "--fresh" && !with_fresh) continue;
    const bool plain = argument.find_first_of(" \t\n'\"\\$`&;()<>|*?[]{}!#~") == std::string::npos;
    text += ' ' + (plain && !argument.empty() ? argument : quoted(argument));
  }
  return text;
}

CheckOptions check_options(const Options& options) {
  CheckOptions check;
  check.job = job_arguments(options);
  check.hash_inputs = options.has("hash-inputs");
  check.threads = static_cast<int>(options.integer("threads", 1, 1, kMostThreads));
  check.memory_mb = static_cast<std::size_t>(options.integer("memory", 0, 1, kMostMegabytes));
  return check;
}

ZonesOptions zones_options(const Options& options) {
  constexpr std::int64_t kMany = std::numeric_limits<std::int32_t>::max();
  ZonesOptions zones;
  zones.output = options.arguments().front();
  zones.level = options.text("level");
  zones.mass = static_cast<MassUnit>(options.choice("unit"));
  zones.sort = options.text("sort");
  zones.format = static_cast<TableFormat>(options.choice("format"));
  if (options.has("top")) {
    zones.top = static_cast<std::size_t>(options.integer("top", 0, 1, kMany));
  }
  if (options.has("bottom")) {
    zones.bottom = static_cast<std::size_t>(options.integer("bottom", 0, 1, kMany));
  }
  if (options.has("year")) zones.year = static_cast<int>(options.integer("year", 0, 1, 9999));
  return zones;
}

ReportOptions report_options(const Options& options) {
  ReportOptions report;
  report.output = options.arguments().front();
  report.into = options.text("into");
  report.threads = static_cast<int>(options.integer("threads", 1, 1, kMostThreads));
  return report;
}

/// Parts of a list that a flag gives; none where it is absent.
std::vector<std::string> list_of(const Options& options, const std::string& flag) {
  if (!options.has(flag)) return {};
  std::vector<std::string> parts = split(options.text(flag), ',');
  for (const std::string& part : parts) {
    if (part.empty()) options.fail("--" + flag + " " + options.text(flag) + ": a part is empty");
  }
  return parts;
}

CompareOptions compare_options(const Options& options) {
  CompareOptions compare;
  compare.sides = options.arguments();
  compare.level = options.text("level");
  for (const std::string& year : list_of(options, "year")) {
    try {
      compare.years.push_back(static_cast<int>(parse_integer_in(year, 1, 9999)));
    } catch (const engine::Error& error) {
      options.fail(std::string("--year: ") + error.what());
    }
  }
  if (compare.years.size() > 1 && compare.years.size() != compare.sides.size()) {
    options.fail("--year: " + std::to_string(compare.years.size()) + " years for " +
                 std::to_string(compare.sides.size()) + " outputs; give one for all, or one each");
  }
  compare.columns = list_of(options, "columns");
  compare.sort = options.word("sort");
  if (options.has("top")) {
    compare.top = static_cast<std::size_t>(
        options.integer("top", 0, 1, std::numeric_limits<std::int32_t>::max()));
  }
  compare.format = static_cast<TableFormat>(options.choice("format"));
  compare.mass = static_cast<MassUnit>(options.choice("unit"));
  compare.page = options.text("page");
  return compare;
}

JoinOptions join_options(const Options& options) {
  JoinOptions join;
  join.parts = options.arguments();
  join.into = options.text("into");
  if (join.into.empty()) options.fail("cnci join: --into is absent; the folder of the result");
  return join;
}

ExportOptions export_options(const Options& options) {
  ExportOptions chosen;
  chosen.output = options.arguments().front();
  chosen.variable = options.text("variable");
  if (chosen.variable.empty()) {
    options.fail("cnci export: --variable is absent; a variable of the cube, such as sink");
  }
  if (options.has("year")) chosen.year = static_cast<int>(options.integer("year", 0, 1, 9999));
  chosen.format = static_cast<RasterFormat>(options.choice("format"));
  chosen.into = options.text("into");
  if (options.has("into") && chosen.into.empty()) options.fail("--into: give it a file");
  chosen.force = options.has("force");
  return chosen;
}

SampleOptions sample_options(const Options& options) {
  SampleOptions sample;
  sample.folder = options.arguments().front();
  sample.size = options.word("size");
  return sample;
}

std::string first_or_empty(const std::vector<std::string>& texts) {
  return texts.empty() ? std::string{} : texts.front();
}

}  // namespace

Command parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("what shall be done? See: cnci help");
  const std::string& name = arguments.front();
  if (name == "--version" || name == "version") return VersionOptions{};
  if (name == "--help" || name == "-h") return HelpOptions{};
  const CommandSpec* spec = find_command(name);
  if (spec == nullptr) {
    std::vector<std::string> names = {"--version", "--help"};
    for (const CommandSpec& known : command_specs()) names.emplace_back(known.name);
    const bool is_flag = name.front() == '-';
    throw UsageError(std::string("unknown ") + (is_flag ? "flag" : "command") + " '" + name + "'" +
                     did_you_mean(name, names) + "\nsee: cnci help");
  }
  const Options options(*spec, {arguments.begin() + 1, arguments.end()});
  if (options.has("help")) return HelpOptions{name};
  if (name == "run") {
    RunOptions run = run_options(options);
    run.command = repeated(arguments, false);
    run.command_from_start = repeated(arguments, true);
    return run;
  }
  if (name == "check") return check_options(options);
  if (name == "zones") return zones_options(options);
  if (name == "report") return report_options(options);
  if (name == "compare") return compare_options(options);
  if (name == "join") return join_options(options);
  if (name == "export") return export_options(options);
  if (name == "sample") return sample_options(options);
  if (name == "kernels") return KernelsOptions{first_or_empty(options.arguments())};
  return HelpOptions{first_or_empty(options.arguments())};
}

}  // namespace cnci::jobs
