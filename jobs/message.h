// What a run says while it works: lines on stderr from rank 0, one progress line that renews itself
// on a terminal, and with --log-json the same as one JSON object a line.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cnci::jobs {

class Messages {
 public:
  struct Options {
    bool speaks = true;    ///< rank 0 only; a silent one ignores everything
    bool quiet = false;    ///< warnings and errors only
    std::string log_json;  ///< file to append to; empty: none
  };
  /// Throws engine::Error where the log cannot be written.
  explicit Messages(const Options& options);
  ~Messages();
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  void note(const std::string& text);
  void warning(const std::string& text);
  void error(const std::string& text);
  /// A line of engine::Progress; a transient one replaces the transient one before it.
  void progress(const std::string& line, bool transient);
  /// Something for the JSON log only: `{"time": ..., "event": name, fields...}`.
  void event(std::string_view name, const std::vector<std::pair<std::string, std::string>>& fields);

  /// stderr is a terminal.
  [[nodiscard]] static bool on_terminal();

 private:
  void line(std::string_view severity, const std::string& text);
  void end_transient();
  void log(std::string_view event, const std::vector<std::pair<std::string, std::string>>& fields);

  bool speaks_;
  bool quiet_;
  std::string log_path_;
  std::ofstream log_;
  bool transient_ = false;  ///< the cursor stands behind a line that may be overwritten
};

}  // namespace cnci::jobs
