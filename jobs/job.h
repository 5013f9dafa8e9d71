// A job, typed and checked: what a job file with its --set overrides asks for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/grid.h"
#include "io/layer.h"
#include "io/tables.h"
#include "io/zones.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

struct GridSpec {
  std::string crs = "EPSG:4326";
  engine::Rational resolution{1, 120};
  enum class Extent { kZones, kGlobal, kBox } extent = Extent::kZones;
  double xmin = 0, ymin = 0, xmax = 0, ymax = 0;  ///< for kBox
  double origin_x = 0;
  double origin_y = 0;
  std::int64_t tile = 512;
};

enum class CubeFiles { kSingle, kYearly };

struct OutputSpec {
  std::string path;                    ///< absolute
  std::vector<std::string> variables;  ///< of the cube
  CubeFiles files = CubeFiles::kSingle;
  std::int64_t chunk = 512;
  int compression = 1;
  int significant_bits = 16;
};

struct Job {
  std::string name;
  std::vector<int> years;  ///< ascending, no duplicates
  GridSpec grid;
  io::ZoneSpec zones;
  std::vector<io::LayerSpec> layers;  ///< by name
  kernels::Parameters parameters;     ///< complete
  std::vector<io::JoinTableSpec> tables;
  OutputSpec output;
  bool report = true;
  double profile_step_deg = 0.1;
  /// Every effective key as text, defaults included, `section.key` -> value; for run.json and
  /// hashes.
  std::map<std::string, std::string> effective;
};

/// A finding of the job file: where it stands and what to do.
struct JobFinding {
  int line = 0;  ///< 0: from --set, or a key that is absent
  std::string key;
  std::string text;
};

/// The job file has errors: all of them.
class JobError : public std::runtime_error {
 public:
  JobError(const std::string& file, std::vector<JobFinding> findings);
  [[nodiscard]] const std::vector<JobFinding>& findings() const { return findings_; }

 private:
  std::vector<JobFinding> findings_;
};

struct KeyOverride {
  std::string key;
  std::string value;
};

/// Reads a job from the text of `file`. Input paths are relative to the file's folder (from
/// `--set`: to `current_folder`), output.path to `current_folder`. Throws JobError with all
/// findings at once.
[[nodiscard]] Job read_job(const std::string& file, const std::string& text,
                           const std::vector<KeyOverride>& overrides,
                           const std::string& current_folder);
/// Throws Error where it cannot be read, is a pipe or a device, or longer than a megabyte.
[[nodiscard]] std::string read_job_text(const std::string& file);
/// The same as read_job(), from disk; throws engine::Error where the file cannot be read.
[[nodiscard]] Job load_job(const std::string& file, const std::vector<KeyOverride>& overrides);

}  // namespace cnci::jobs
