// The names of the files that a run puts into its output folder: only what bears one of them is
// ever replaced or removed there.
#pragma once

#include <string>
#include <string_view>

namespace cnci::jobs {

/// Of the mark of a complete output, which lists its results.
inline constexpr const char* kRunMark = "run.json";
/// The page beside the results. run.json does not list it: it is made from them, and made again.
inline constexpr const char* kReportName = "report.html";
/// Of the file in the store that holds the name under which --fresh-once was last carried out.
inline constexpr const char* kStartedOver = ".started_over";

/// A table or a cube, and the files beside one: zones.csv, cube.nc, cube_2019.nc.aux.xml.
[[nodiscard]] bool is_result(std::string_view name);
/// A file in the folder of the tile store.
[[nodiscard]] bool is_of_store(const std::string& name);
/// A file in the folder where results are written before they are published.
[[nodiscard]] bool is_unfinished(const std::string& name);

}  // namespace cnci::jobs
