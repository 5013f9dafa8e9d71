// What report.html shows, gathered from an output folder: tables, polygons, pictures of the cube,
// provenance. Whatever is absent or damaged is named and left out.
#pragma once

#include <string>
#include <vector>

namespace cnci::jobs {

struct ReportData {
  std::string title;
  std::string json;                  ///< for the page's scripts
  std::vector<std::string> lacking;  ///< what could not be shown, and why
};

/// `threads` inflate the cube's chunks. Throws engine::Error where there is nothing of a run at
/// all.
[[nodiscard]] ReportData gather_report(const std::string& folder, int threads);

}  // namespace cnci::jobs
