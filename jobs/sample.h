// `cnci sample`: a complete synthetic input set with its job file, in the formats and mixed
// resolutions of real ones. Seeded, the same on every machine, and labelled synthetic everywhere.
#pragma once

#include <string>

namespace cnci::jobs {

struct SampleOptions {
  std::string folder;
  std::string size = "small";  ///< small, province, national or global
};

/// Writes the sample and prints what it wrote; returns 0. Throws engine::Error where the size is
/// unknown, the folder holds something else, or a file cannot be written.
int sample_command(const SampleOptions& options);

}  // namespace cnci::jobs
