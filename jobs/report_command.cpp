#include "jobs/report_command.h"

#include <filesystem>
#include <iostream>

#include "io/report_page.h"
#include "jobs/page_file.h"
#include "jobs/report_data.h"
#include "jobs/run_files.h"

namespace cnci::jobs {

std::vector<std::string> write_report(const std::string& folder, const std::string& path,
                                      int threads, std::optional<io::ZoneTable> table) {
  require_page_name(path);
  const ReportData data = gather_report(folder, threads, std::move(table));
  write_page(path, io::report_page(io::Page::kReport, data.title, data.json));
  return data.lacking;
}

bool report_after_run(const OutputFolder& folder, int threads, std::optional<io::ZoneTable> table,
                      Messages& messages) {
  const std::string path = folder.file(kReportName);
  messages.event("phase", {{"name", "report"}});
  try {
    for (const std::string& lack : write_report(folder.path(), path, threads, std::move(table))) {
      messages.warning("report.html: not shown: " + lack);
    }
  } catch (const std::exception& error) {
    messages.error(std::string("the results are complete, but their page is not written: ") +
                   error.what() + "; when that is mended: cnci report " + folder.path());
    return false;
  }
  messages.note("look at it: " + path);
  return true;
}

int report_command(const ReportOptions& options) {
  const std::string path = options.into.empty()
                               ? (std::filesystem::path(options.output) / kReportName).string()
                               : options.into;
  for (const std::string& lack : write_report(options.output, path, options.threads, {})) {
    std::cerr << "cnci: warning: not shown: " << lack << '\n';
  }
  std::cout << path << '\n';
  return 0;
}

}  // namespace cnci::jobs
