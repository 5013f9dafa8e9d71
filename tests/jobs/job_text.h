// Job texts for tests: one that names every kernel's layers, and what reading it gives.
#pragma once

#include <string>
#include <vector>

#include "jobs/job.h"

namespace cnci::tests {

/// Every kernel's layers; line 1 is `years`.
inline const std::string kFullJob = R"(years = 2019
[zones]
path = z.gpkg
levels = province, county
province.code = P
county.code = C
[layer.precipitation]
path = p.tif
[layer.evapotranspiration]
path = et.tif
[layer.temperature]
path = t.tif
[layer.npp]
path = npp.tif
[layer.soc]
path = soc.tif
[layer.lithology]
path = glim.tif
legend = glim
[layer.emissions]
path = e.tif
[output]
path = out
)";

using Overrides = std::vector<jobs::KeyOverride>;

/// The job file is /jobs/area.ini, the current folder /here.
inline jobs::Job job_of(const std::string& text, const Overrides& overrides = {}) {
  return jobs::read_job("/jobs/area.ini", text, overrides, "/here");
}

/// All findings as text; empty where there are none.
inline std::string errors_of(const std::string& text, const Overrides& overrides = {}) {
  try {
    (void)job_of(text, overrides);
  } catch (const jobs::JobError& error) {
    return error.what();
  }
  return {};
}

inline const io::LayerSpec& layer_of(const jobs::Job& job, const std::string& name) {
  for (const auto& layer : job.layers) {
    if (layer.name == name) return layer;
  }
  throw std::runtime_error("the job has no layer " + name);
}

/// The job without the lines from `[section]` up to the next section.
inline std::string without_section(std::string text, const std::string& section) {
  const auto start = text.find("[" + section + "]\n");
  if (start == std::string::npos) throw std::runtime_error("the job has no section " + section);
  const auto end = text.find("\n[", start);
  text.erase(start, end == std::string::npos ? end : end + 1 - start);
  return text;
}

}  // namespace cnci::tests
