// The text of a job file as keys and values with the lines they stand on. Boost.Program_options
// splits the INI lines; comments, byte order mark, line ends and positions are ours, since Boost
// cuts at every '#' and does not say where a key stands.
#pragma once

#include <string>
#include <vector>

#include "jobs/job.h"

namespace cnci::jobs {

struct JobFileEntry {
  std::string key;  ///< with its section: `layer.soc.unit`
  std::string value;
  int line = 0;
};

struct JobFileText {
  std::vector<JobFileEntry> entries;  ///< in the order of the file, duplicates included
  std::vector<JobFinding> findings;   ///< lines that are neither a section nor `key = value`
};

[[nodiscard]] JobFileText split_job_file(const std::string& text);

}  // namespace cnci::jobs
