#include "jobs/compare_command.h"

#include <unistd.h>

#include <iostream>
#include <vector>

#include "jobs/comparison.h"
#include "jobs/comparison_text.h"
#include "jobs/terminal.h"

namespace cnci::jobs {

int compare_command(const CompareOptions& options) {
  std::vector<ComparisonSource> sources;
  for (const std::string& side : options.sides) sources.push_back(read_comparison_source(side));
  const Comparison comparison = compare(sources, options);
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
