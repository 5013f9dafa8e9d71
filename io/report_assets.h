// The files of io/report/ and the charts' libraries, as they are built into the program.
#pragma once

#include <string_view>
#include <vector>

namespace cnci::io {

struct ReportScript {
  std::string_view text;
  std::string_view licence;  ///< of a library, to be passed on with it
  bool in_report = true;
  bool in_comparison = true;
};

[[nodiscard]] std::string_view report_template();
[[nodiscard]] std::string_view report_style();
/// In the order in which they run.
[[nodiscard]] std::vector<ReportScript> report_scripts();

}  // namespace cnci::io
