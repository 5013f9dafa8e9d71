// `cnci report OUT`: one page to look at, beside the results of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/message.h"
#include "jobs/options.h"
#include "jobs/output_folder.h"

namespace cnci::jobs {

/// Writes FOLDER/report.html (or `path`) and returns what it could not show; `table` as for
/// gather_report(). Replaces a page that
/// cnci has made, nothing else: throws engine::Error where another file has the name, where it
/// cannot be written, and where the folder holds nothing of a run.
[[nodiscard]] std::vector<std::string> write_report(const std::string& folder,
                                                    const std::string& path, int threads,
                                                    std::optional<io::ZoneTable> table);

/// The same at the end of a run, whose results have their names already: says what it does, and
/// returns whether there is a page.
[[nodiscard]] bool report_after_run(const OutputFolder& folder, int threads,
                                    std::optional<io::ZoneTable> table, Messages& messages);

/// Prints what the page lacks, and where it lies.
[[nodiscard]] int report_command(const ReportOptions& options);

}  // namespace cnci::jobs
