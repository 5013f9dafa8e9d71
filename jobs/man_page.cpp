#include "jobs/man_page.h"

#include <fmt/format.h>

#include <string_view>

#include "jobs/command_line_spec.h"
#include "jobs/help.h"
#include "jobs/keys.h"

namespace cnci::jobs {
namespace {

/// Text as roff prints it: nothing in it is a request or an escape, and every - is one to copy.
std::string roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    at_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

/// A term and what it means.
std::string item(const std::string& term, std::string_view meaning) {
  return ".TP\n" + term + "\n" + roff(meaning) + "\n";
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string command_section(const CommandSpec& spec) {
  std::string text = fmt::format(".SS cnci {}\n{}\n", roff(spec.usage), roff(spec.about));
  const auto flags = command_flags(spec.name);
  for (const auto& flag : flags.options()) {
    const std::string value = flag_value(*flag);
    std::string term = bold("--" + flag->long_name());
    if (!value.empty()) term += " " + italic(value);
    text += item(term, flag->description());
  }
  return text + fmt::format(".PP\nExample:\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n", roff(spec.example));
}

std::string key_items() {
  std::string text;
  for (const Key& key : key_registry().keys()) {
    const std::string about =
        key.default_text.empty() ? key.about : key.about + " (" + key.default_text + ")";
    text += item(bold(key.pattern) + " = " + italic(key.form), about);
  }
  return text;
}

}  // namespace

std::string man_page() {
  std::string text = fmt::format(
      ".TH CNCI 1 \"\" \"cnci {}\" \"User Commands\"\n"
      ".SH NAME\n"
      "cnci \\- carbon sinks, emissions and the carbon\\-neutrality\\-capacity index by zone\n"
      ".SH SYNOPSIS\n"
      ".nf\n",
      roff(program_version()));
  for (const CommandSpec& spec : command_specs()) {
    text += fmt::format("\\fBcnci\\fR {}\n", roff(spec.usage));
  }
  text +=
      "\\fBcnci\\fR \\-\\-version\n"
      ".fi\n"
      ".SH DESCRIPTION\n" +
      roff(
          "Computes carbonate and silicate rock weathering and net ecosystem production as sinks "
          "of CO2, sets them against emissions, and sums all by zones of several levels, on a "
          "grid of about 1 km. A run is one MPI program: alone or under mpirun it gives the same "
          "bits.") +
      "\n.SH COMMANDS\n";
  for (const CommandSpec& spec : command_specs()) text += command_section(spec);
  text += ".SH JOB FILE\n" +
          roff(
              "INI: [section] lines, key = value lines, comments after '#'. Every key is also "
              "--set section.key=value; default < job file < --set. Input paths are relative to "
              "the job file (with --set to the current folder), output.path to the current "
              "folder. A name stands for each *.") +
          "\n" + key_items();
  text += ".SH EXIT STATUS\n";
  text += item("0", "done");
  text += item("1", "failed");
  text += item("2", "bad job or usage");
  text += item("75", "stopped by a signal; the same command goes on");
  text += ".SH SIGNALS\n";
  text += item("SIGTERM, SIGINT, SIGUSR1",
               "end a run when the tiles that are being computed are finished");
  text += item("SIGUSR2", "prints what every rank does, to stderr");
  text += ".SH ENVIRONMENT\n";
  text += item("CNCI_SIMD", "avx512, avx2, sse4 or scalar forces an instruction set");
  text += item("NO_COLOR", "set to anything: no colours on a terminal");
  return text;
}

}  // namespace cnci::jobs
