#include "jobs/join_command.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "engine/error.h"
#include "io/cube.h"
#include "io/cube_sidecar.h"
#include "io/durable_file.h"
#include "io/file_facts.h"
#include "io/folder_lock.h"
#include "io/tables.h"
#include "jobs/command_line.h"
#include "jobs/help.h"
#include "jobs/join_parts.h"
#include "jobs/output_folder.h"
#include "jobs/run_files.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;
using engine::Error;
using Json = nlohmann::ordered_json;

/// A folder that vanishes with what is in it unless it is published under its final name. Sweeps
/// away those of joins that were killed.
class Staging {
 public:
  explicit Staging(fs::path target) : target_(std::move(target)) {
    const std::string prefix = "." + target_.filename().string() + ".joining-";
    std::error_code error;
    fs::create_directories(target_.parent_path(), error);
    for (const auto& entry : fs::directory_iterator(target_.parent_path(), error)) {
      if (entry.path().filename().string().starts_with(prefix) && entry.is_directory(error)) {
        remove_if_left(entry.path());
      }
    }
    path_ = target_.parent_path() / (prefix + std::to_string(::getpid()));
    fs::create_directory(path_, error);
    if (error) throw Error(path_.string() + ": cannot be created (" + error.message() + ")");
    lock_.emplace(path_.string());
  }
  ~Staging() {
    std::error_code ignored;
    if (!published_) fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  /// All that is in it but the lock.
  [[nodiscard]] std::vector<io::FileFacts> files() const {
    std::vector<io::FileFacts> files;
    for (const auto& entry : fs::directory_iterator(path_)) {
      const bool hidden = entry.path().filename().string().starts_with('.');
      if (!hidden) files.push_back(io::file_facts(entry.path().string()));
    }
    std::ranges::sort(files, {}, &io::FileFacts::path);
    return files;
  }

  void publish() {
    lock_.reset();  // its file is none of the results
    io::sync_folder(path_.string());
    std::error_code error;
    // An empty folder is replaced in the same step.
    fs::rename(path_, target_, error);
    if (error) throw Error(target_.string() + ": cannot be made (" + error.message() + ")");
    published_ = true;
    io::sync_folder(target_.parent_path().string());
  }

 private:
  static void remove_if_left(const fs::path& folder) {
    try {
      const io::FolderLock lock(folder.string());
    } catch (const Error&) {
      return;  // another join is at work in it
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  fs::path target_;
  fs::path path_;
  std::optional<io::FolderLock> lock_;
  bool published_ = false;
};

fs::path absolute_target(const std::string& into) {
  fs::path target = fs::absolute(into).lexically_normal();
  return target.filename().empty() ? target.parent_path() : target;
}

/// Whether there is nothing in the way: no such file or folder, or an empty folder.
bool is_free(const fs::path& target, const std::string& into) {
  std::error_code error;
  const bool exists = fs::exists(target, error);
  const bool free = !exists || (fs::is_directory(target, error) && fs::is_empty(target, error));
  if (error) throw Error(into + ": cannot be looked at (" + error.message() + ")");
  return free;
}

Error not_empty(const std::string& into) {
  return Error(into + ": is not empty; choose another --into");
}

void copy_file(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::copy_file(from, to, error)) {
    throw Error(from + ": cannot be copied to " + to + " (" + error.message() + ")");
  }
  io::sync_file(to);
}

void join_cube_files(const std::vector<JoinPart>& parts, const io::ZoneTable& table,
                     const Staging& staging) {
  std::vector<std::string> cubes;
  for (const JoinPart& part : parts)
    cubes.insert(cubes.end(), part.cubes.begin(), part.cubes.end());
  if (!std::all_of(parts.begin(), parts.end(), [](const JoinPart& p) { return p.yearly; })) {
    io::join_cubes(cubes, staging.file("cube.nc"), table,
                   "cnci " + program_version() + ": join of " + std::to_string(cubes.size()) +
                       " cubes by year");
    // One grid, one set of variables: where one cube lies, the joined one does.
    copy_file(io::cube_sidecar_name(cubes.front()), io::cube_sidecar_name(staging.file("cube.nc")));
    return;
  }
  for (const std::string& cube : cubes) {
    const std::string copy = staging.file(fs::path(cube).filename().string());
    copy_file(cube, copy);
    copy_file(io::cube_sidecar_name(cube), io::cube_sidecar_name(copy));
  }
}

/// Empty where it cannot be read.
std::string read_text(const fs::path& path) {
  std::error_code error;
  std::ifstream file;
  if (fs::is_regular_file(path, error)) file.open(path);  // to open a pipe would hang
  std::ostringstream text;
  if (file.is_open()) text << file.rdbuf();
  return text.str();
}

Json joined_run_json(const std::vector<JoinPart>& parts, const std::vector<int>& years) {
  const Json& first = parts.front().run;
  Json json;
  json["program"] = "cnci";
  json["version"] = program_version();
  json["command"] = "join";
  for (const char* key : {"result_version", "name", "bit_class", "grid", "columns"}) {
    if (first.contains(key)) json[key] = first[key];
  }
  json["years"] = years;
  json["parts"] = Json::array();
  for (const JoinPart& part : parts) {
    json["parts"].push_back(
        {{"folder", fs::absolute(part.folder).lexically_normal().string()}, {"run", part.run}});
  }
  return json;
}

/// Throws Error where a part was computed again since it was read.
void require_same_run(const JoinPart& part) {
  if (Json::parse(read_text(fs::path(part.folder) / kRunMark), nullptr, false) == part.run) return;
  throw Error(part.folder + ": was computed again while it was joined; join again when it is done");
}

}  // namespace

int join_command(const JoinOptions& options) {
  if (options.parts.size() < 2) {
    throw UsageError("cnci join: give at least two outputs to join");
  }
  const fs::path target = absolute_target(options.into);
  const bool taken = !is_free(target, options.into);
  const std::string there = taken ? read_text(target / kRunMark) : std::string{};
  if (taken && there.empty()) throw not_empty(options.into);
  std::vector<JoinPart> parts;
  for (const std::string& folder : options.parts) parts.push_back(read_join_part(folder));
  std::stable_sort(parts.begin(), parts.end(), [](const JoinPart& a, const JoinPart& b) {
    return a.zones.years.front() < b.zones.years.front();
  });
  check_join_parts(parts);

  const io::ZoneTable table = merged_zones(parts);
  Json run = joined_run_json(parts, table.years);
  if (taken) {
    Json joined = Json::parse(there, nullptr, false);
    if (joined.is_object()) joined.erase("results");
    if (joined != run) throw not_empty(options.into);
    OutputFolder(target.string()).require_whole();
    std::cout << "complete: " << options.into << " is the join of these outputs already\n";
    return 0;
  }
  Staging staging(target);
  join_cube_files(parts, table, staging);
  io::write_zones_csv(staging.file("zones.csv"), table);
  const LeafPolygons leaves = read_leaf_polygons(parts.front());
  io::write_zones_gpkg(staging.file("zones.gpkg"), table, leaves.wkb, leaves.crs_wkt);
  io::write_text_durably(staging.file("profile.csv"), merged_profile(parts));
  for (const JoinPart& part : parts) require_same_run(part);
  run["results"] = results_json(staging.files());
  io::write_text_durably(staging.file(kRunMark), run.dump(1) + "\n");
  staging.publish();
  std::cout << options.into << ": " << table.years.size() << " years, " << table.years.front()
            << " to " << table.years.back() << ", from " << parts.size()
            << " outputs; for a page of it: cnci report " << options.into << '\n';
  return 0;
}

}  // namespace cnci::jobs
