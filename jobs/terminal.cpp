#include "jobs/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace cnci::jobs {

namespace {

std::string_view from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(int file_descriptor) {
  return isatty(file_descriptor) == 1 && from_environment("TERM") != "dumb";
}

bool shows_colours(int file_descriptor) {
  return is_terminal(file_descriptor) && !from_environment("TERM").empty() &&
         from_environment("NO_COLOR").empty();
}

std::string toned(Tone tone, std::string_view text) {
  if (tone == Tone::kPlain || text.empty()) return std::string(text);
  const char* code = tone == Tone::kHeading ? "1"
                     : tone == Tone::kGood  ? "32"
                     : tone == Tone::kBad   ? "31"
                                            : "33";
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace cnci::jobs
