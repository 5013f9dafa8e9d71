#include "jobs/message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "jobs/terminal.h"

namespace cnci::jobs {
namespace {

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), milliseconds);
}

}  // namespace

Messages::Messages(const Options& options)
    : speaks_(options.speaks), quiet_(options.quiet), log_path_(options.log_json) {
  if (!speaks_ || log_path_.empty()) return;
  log_.open(log_path_, std::ios::app);
  if (!log_) throw engine::Error("--log-json: '" + log_path_ + "' cannot be written");
}

Messages::~Messages() { end_transient(); }

bool Messages::on_terminal() { return is_terminal(STDERR_FILENO); }

void Messages::note(const std::string& text) { line("note", text); }
void Messages::warning(const std::string& text) { line("warning", text); }
void Messages::error(const std::string& text) { line("error", text); }

void Messages::line(std::string_view severity, const std::string& text) {
  if (!speaks_) return;
  log(severity, {{"text", text}});
  const bool is_note = severity == "note";
  if (quiet_ && is_note) return;
  end_transient();
  std::cerr << "cnci: ";
  if (!is_note) {
    const std::string word = std::string(severity) + ":";
    const Tone tone = severity == "error" ? Tone::kBad : Tone::kDoubtful;
    std::cerr << (shows_colours(STDERR_FILENO) ? toned(tone, word) : word) << ' ';
  }
  std::cerr << text << '\n';
}

void Messages::progress(const std::string& text, bool transient) {
  if (!speaks_) return;
  if (!transient) log("progress", {{"text", text}});
  if (quiet_) return;
  // Back to the start of the line and clear to its end, so that a shorter line leaves no rest.
  if (transient_) std::cerr << "\r\033[K";
  std::cerr << "cnci: " << text;
  if (!transient) std::cerr << '\n';
  std::cerr << std::flush;
  transient_ = transient;
}

void Messages::event(std::string_view name,
                     const std::vector<std::pair<std::string, std::string>>& fields) {
  if (speaks_) log(name, fields);
}

void Messages::end_transient() {
  if (!transient_) return;
  std::cerr << '\n';
  transient_ = false;
}

void Messages::log(std::string_view event,
                   const std::vector<std::pair<std::string, std::string>>& fields) {
  if (!log_.is_open()) return;
  nlohmann::ordered_json object;
  object["time"] = utc_now();
  object["event"] = std::string(event);
  for (const auto& [key, value] : fields) object[key] = value;
  log_ << object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n'
       << std::flush;
  if (!log_) {
    log_.close();
    std::cerr << "cnci: warning: --log-json: writing to '" << log_path_
              << "' failed (disk full?); the run goes on without this log\n";
  }
}

}  // namespace cnci::jobs
