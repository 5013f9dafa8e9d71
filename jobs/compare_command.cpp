#include "jobs/compare_command.h"

#include <unistd.h>

#include <iostream>
#include <vector>

#include "io/report_page.h"
#include "jobs/comparison.h"
#include "jobs/comparison_text.h"
#include "jobs/help.h"
#include "jobs/page_file.h"
#include "jobs/report_tables.h"
#include "jobs/terminal.h"

namespace cnci::jobs {

namespace {

std::string comparison_page(const Comparison& comparison) {
  const std::string json = comparison_json(comparison);
  const std::string version = "{\"version\":" + json_text(program_version()) + ",";
  return io::report_page(io::Page::kComparison, "Comparison", version + json.substr(1));
}

}  // namespace

int compare_command(const CompareOptions& options) {
  if (!options.page.empty()) require_page_name(options.page);
  std::vector<ComparisonSource> sources;
  for (const std::string& side : options.sides) sources.push_back(read_comparison_source(side));
  const Comparison comparison = compare(sources, options);
  if (!options.page.empty()) write_page(options.page, comparison_page(comparison));
  switch (options.format) {
    case TableFormat::kTable:
      std::cout << comparison_table(comparison, options.mass, shows_colours(STDOUT_FILENO))
                << comparison_remarks(comparison);
      break;
    case TableFormat::kCsv:
      std::cout << comparison_csv(comparison);
      std::cerr << comparison_remarks(comparison);
      break;
    case TableFormat::kJson:
      std::cout << comparison_json(comparison);
      break;
  }
  return 0;
}

}  // namespace cnci::jobs
