#include "jobs/output_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::jobs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMark = "run.json";
constexpr const char* kUnfinished = ".unfinished";

bool is_absent(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::not_found;
}

/// cube.nc, cube_2019.nc and the files beside them.
bool is_cube(const std::string& name) {
  static const std::regex pattern(R"(cube(_[0-9]{4,})?\.nc(\.aux\.xml)?)");
  return std::regex_match(name, pattern);
}

void must(const std::error_code& error, const std::string& what) {
  if (error) throw engine::Error(what + ": " + error.message());
}

/// What run.json holds, discarded JSON where it is damaged; nothing where there is none.
std::optional<nlohmann::json> read_mark(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (is_absent(path)) return std::nullopt;
  std::ifstream in;
  if (fs::is_regular_file(status)) in.open(path);  // to open a pipe would hang
  if (!in.is_open()) {
    throw engine::Error(path +
                        ": cannot be read, so that it is not known whose results lie here; check "
                        "who may read it, or choose another output.path");
  }
  return nlohmann::json::parse(in, nullptr, false);
}

}  // namespace

nlohmann::ordered_json results_json(const std::vector<io::FileFacts>& results) {
  auto json = nlohmann::ordered_json::array();
  for (const io::FileFacts& file : results) {
    json.push_back({{"name", fs::path(file.path).filename().string()}, {"bytes", file.bytes}});
  }
  return json;
}

std::string OutputFolder::unfinished() const { return path_ + "/" + kUnfinished; }

std::string OutputFolder::unfinished(const std::string& name) const {
  return unfinished() + "/" + name;
}

std::optional<io::StoreIdentity> OutputFolder::complete_identity() const {
  const auto json = read_mark(file(kMark));
  if (!json) return std::nullopt;
  if (!json->is_object() || !json->contains("identity")) return io::StoreIdentity{};
  const auto& identity = (*json)["identity"];
  return io::StoreIdentity{identity.value("result_hash", ""), identity.value("layout_hash", ""),
                           identity.value("description", nlohmann::json::object()).dump()};
}

void OutputFolder::require_whole() const {
  const auto json = read_mark(file(kMark));
  if (!json) {
    throw engine::Error(path_ +
                        ": incomplete output (run.json is absent); run the job again to finish it");
  }
  if (!json->is_object() || !json->contains("results") || !(*json)["results"].is_array()) {
    throw engine::Error(file(kMark) +
                        ": lists no results, it is damaged or of another version; run the job "
                        "again with --fresh");
  }
  for (const auto& result : (*json)["results"]) {
    const std::string name = result.value("name", "");
    const io::FileFacts facts = io::file_facts(file(name));
    if (!is_absent(file(name)) && facts.bytes == result.value("bytes", std::uintmax_t{0})) continue;
    throw engine::Error(file(name) + (is_absent(file(name)) ? " is absent" : " has another size") +
                        " although " + file(kMark) +
                        " marks the output as complete; start over with --fresh");
  }
}

std::optional<std::string> OutputFolder::why_not_ours(const std::vector<std::string>& names) const {
  if (!is_absent(store()) || !is_absent(unfinished())) return std::nullopt;
  if (const auto json = read_mark(file(kMark))) {
    // A damaged one is taken for ours: --fresh must be able to do away with it.
    if (!json->is_object() || json->value("program", "") == "cnci") return std::nullopt;
  }
  for (const std::string& name : names) {
    if (is_absent(file(name))) continue;
    return file(name) +
           " lies where a result goes, and no run of cnci has left it there; move it "
           "away, or choose another output.path";
  }
  return std::nullopt;
}

bool OutputFolder::keeps_tiles() const {
  const auto json = read_mark(file(kMark));
  return json && json->is_object() && json->value("keeps_tiles", false);
}

void OutputFolder::sweep(bool keep_store) const {
  std::error_code error;
  io::require_real_folder(unfinished());
  fs::remove_all(unfinished(), error);
  must(error, "cannot remove unfinished results in " + path_);
  if (!keep_store) remove_store();
}

void OutputFolder::clear() const {
  begin_results();  // what lies here stays known as left by a run
  std::error_code error;
  fs::remove(file(kMark), error);
  must(error, "cannot remove " + file(kMark));
  remove_store();
}

void OutputFolder::create() const {
  std::error_code error;
  fs::create_directories(path_, error);
  must(error, "cannot create " + path_ + "; choose another output.path");
  // A link would lead what is created and removed there out of the output folder.
  io::require_real_folder(unfinished());
  io::require_real_folder(store());
}

void OutputFolder::begin_results() const {
  std::error_code error;
  io::require_real_folder(unfinished());
  fs::remove_all(unfinished(), error);
  must(error, "cannot remove unfinished results in " + path_);
  fs::create_directory(unfinished(), error);
  must(error, "cannot create " + unfinished() + "; choose another output.path");
}

void OutputFolder::publish(const std::vector<std::string>& names) const {
  std::error_code error;
  fs::remove(file(kMark), error);
  must(error, "cannot replace " + file(kMark));
  remove_stale_cubes(names);
  for (const std::string& name : names) {
    io::must_be_inside(path_, unfinished(name));
    io::sync_file(unfinished(name));
    fs::rename(unfinished(name), file(name), error);
    must(error, "cannot publish " + file(name));
  }
  io::sync_folder(path_);
  // What is left of it is swept by the next run.
  fs::remove_all(unfinished(), error);
}

void OutputFolder::remove_stale_cubes(const std::vector<std::string>& names) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().string();
    if (is_cube(name) && std::find(names.begin(), names.end(), name) == names.end()) {
      fs::remove(entry.path(), error);
    }
    must(error, "cannot remove the cube of an earlier run, " + file(name));
  }
  must(error, "cannot list " + path_);
}

void OutputFolder::remove_store() const {
  std::error_code error;
  io::require_real_folder(store());
  fs::remove_all(store(), error);
  must(error, "cannot remove the tile store " + store());
}

}  // namespace cnci::jobs
