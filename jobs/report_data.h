// What report.html shows, gathered from an output folder: tables, polygons, pictures of the cube,
// provenance. Whatever is absent or damaged is named and left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::jobs {

struct ReportData {
  std::string title;
  std::string json;                  ///< for the page's scripts
  std::vector<std::string> lacking;  ///< what could not be shown, and why
};

/// `threads` inflate the cube's chunks. `table` is that of the output's zones.csv where it is at
/// hand. Throws engine::Error where there is nothing of a run at all.
[[nodiscard]] ReportData gather_report(const std::string& folder, int threads,
                                       std::optional<io::ZoneTable> table = std::nullopt);

}  // namespace cnci::jobs
