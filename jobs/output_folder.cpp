#include "jobs/output_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/error.h"
#include "io/durable_file.h"
#include "io/report_page.h"
#include "jobs/run_files.h"

namespace cnci::jobs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUnfinished = ".unfinished";

bool is_absent(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::not_found;
}

void must(const std::error_code& error, const std::string& what) {
  if (error) throw engine::Error(what + ": " + error.message());
}

/// What lies in a folder; nothing where there is none. A folder that cannot be listed is not taken
/// for an empty one.
std::vector<fs::directory_entry> entries_of(const std::string& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(*at);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw engine::Error(folder + ": cannot be listed (" + error.message() +
                        "); check who may read it, or choose another output.path");
  }
  return entries;
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code error;
  return entry.symlink_status(error).type() == fs::file_type::directory;
}

/// Where a run keeps its own files: a folder that has the name of one of them, if there is one.
std::optional<std::string> folder_for_file(const std::string& folder,
                                           bool (*is_own)(const std::string&)) {
  for (const auto& entry : entries_of(folder)) {
    if (is_folder(entry) && is_own(entry.path().filename().string())) return entry.path().string();
  }
  return std::nullopt;
}

/// Removes the files that a run keeps in a folder of its own, and the folder where nothing else is
/// in it: other files are not ours.
void remove_own(const std::string& folder, bool (*is_own)(const std::string&)) {
  io::require_real_folder(folder);
  std::error_code error;
  for (const auto& entry : entries_of(folder)) {
    if (is_folder(entry) || !is_own(entry.path().filename().string())) continue;
    fs::remove(entry.path(), error);
    must(error, "cannot remove " + entry.path().string());
  }
  if (is_absent(folder)) return;
  fs::remove(folder, error);
  if (error != std::errc::directory_not_empty) must(error, "cannot remove " + folder);
}

/// A member that is text; empty where there is none.
std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_ours(const nlohmann::json& mark) {
  return mark.is_object() && text_of(mark, "program") == "cnci";
}

/// Whether a result has the size it was published with, as far as reading it leaves it alone: GIS
/// programs put statistics into the file beside a cube, and styles into a GeoPackage.
bool has_size_of(const io::FileFacts& file, std::uintmax_t bytes) {
  if (file.path.ends_with(".aux.xml")) return file.bytes > 0;
  if (file.path.ends_with(".gpkg")) return file.bytes >= bytes;
  return file.bytes == bytes;
}

/// A result that a run.json lists.
struct ListedResult {
  std::string name;
  std::uintmax_t bytes = 0;
};

std::vector<ListedResult> listed_results(const nlohmann::json& mark) {
  std::vector<ListedResult> results;
  if (!is_ours(mark) || !mark.contains("results")) return results;
  for (const auto& result : mark["results"]) {
    const std::string name = result.is_object() ? text_of(result, "name") : "";
    if (!is_result(name)) continue;
    const bool sized = result.contains("bytes") && result["bytes"].is_number_unsigned();
    results.push_back({name, sized ? result["bytes"].get<std::uintmax_t>() : 0});
  }
  return results;
}

/// A small file as a whole; throws AccessError, naming what is not known then.
std::string text_of_file(const std::string& path, const std::string& matter) {
  std::error_code error;
  std::ifstream in;
  std::ostringstream text;
  if (fs::is_regular_file(path, error)) in.open(path);  // to open a pipe would hang
  // A read that fails ends like a file: only the stream's state tells them apart.
  const bool is_empty = in.is_open() && in.peek() == std::ifstream::traits_type::eof();
  if (!in.is_open() || in.bad() || (!is_empty && !(text << in.rdbuf()))) {
    throw engine::AccessError(path + ": cannot be read, so that it is not known " + matter +
                              "; check who may read it, or choose another output.path");
  }
  return text.str();
}

/// What run.json holds, discarded JSON where it is damaged; nothing where there is none.
std::optional<nlohmann::json> read_mark(const std::string& path) {
  if (is_absent(path)) return std::nullopt;
  return nlohmann::json::parse(text_of_file(path, "whose results lie here"), nullptr, false);
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
  const auto json = read_mark(file(kRunMark));
  if (!json) return std::nullopt;
  if (!json->is_object() || !json->contains("identity") || !(*json)["identity"].is_object()) {
    return io::StoreIdentity{};
  }
  const auto& identity = (*json)["identity"];
  const auto description = identity.find("description");
  return io::StoreIdentity{
      text_of(identity, "result_hash"), text_of(identity, "layout_hash"),
      description != identity.end() && description->is_object() ? description->dump() : "{}"};
}

void OutputFolder::require_whole() const {
  const auto json = read_mark(file(kRunMark));
  if (!json) {
    throw engine::Error(path_ +
                        ": incomplete output (run.json is absent); run the job again to finish it");
  }
  if (!json->is_object() || !json->contains("results") || !(*json)["results"].is_array()) {
    throw engine::Error(file(kRunMark) +
                        ": lists no results, it is damaged or of another version; run the job "
                        "again, with another output.path");
  }
  for (const auto& result : (*json)["results"]) {
    const std::string name = result.is_object() ? text_of(result, "name") : "";
    std::error_code error;
    const bool sized = result.is_object() && result.contains("bytes") &&
                       fs::is_regular_file(file(name), error) &&
                       result["bytes"].is_number_unsigned() &&
                       has_size_of(io::file_facts(file(name)), result["bytes"]);
    if (!name.empty() && !is_absent(file(name)) && sized) continue;
    throw engine::Error(file(name) + (is_absent(file(name)) ? " is absent" : " has another size") +
                        " although " + file(kRunMark) +
                        " marks the output as complete; start over with --fresh");
  }
}

std::vector<std::string> OutputFolder::results_here() const {
  std::vector<std::string> names;
  if (const auto mark = read_mark(file(kRunMark))) {
    for (const ListedResult& result : listed_results(*mark)) names.push_back(result.name);
  }
  if (const auto mark = read_mark(unfinished(kRunMark))) {
    std::error_code error;
    for (const ListedResult& result : listed_results(*mark)) {
      // Nobody has had reason to change it yet: another one is not what was moved.
      const bool moved = is_absent(unfinished(result.name)) &&
                         fs::file_size(file(result.name), error) == result.bytes;
      if (moved) names.push_back(result.name);
    }
  }
  if (io::is_report_page(file(kReportName))) names.emplace_back(kReportName);
  return names;
}

std::optional<std::string> OutputFolder::why_journal() const {
  for (const char* journal : {"zones.gpkg-wal", "zones.gpkg-journal"}) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file(journal), error);
    // An empty one holds nothing yet; its program is at work where the index of it is there too.
    const bool is_idle = !error && bytes == 0 && is_absent(file("zones.gpkg-shm"));
    if (is_absent(file(journal)) || is_idle) continue;
    return file(journal) +
           " is another program's journal of a zones.gpkg, and readers would bring what is in it "
           "into "
           "the next one: close that program, or have sqlite3 do it (wal_checkpoint), or move the "
           "file away";
  }
  return std::nullopt;
}

std::optional<std::string> OutputFolder::why_not_ours(const std::vector<std::string>& names) const {
  const std::string advice = "; move it away, or choose another output.path";
  io::require_real_folder(store());
  io::require_real_folder(unfinished());
  auto in_the_way = folder_for_file(store(), is_of_store);
  if (!in_the_way) in_the_way = folder_for_file(unfinished(), is_unfinished);
  const auto lock = fs::symlink_status(file(".lock")).type();
  if (lock == fs::file_type::directory || lock == fs::file_type::symlink)
    in_the_way = file(".lock");
  std::error_code error;
  const std::vector<std::string> ours = results_here();
  for (const std::string& name : ours) {
    if (fs::is_directory(fs::symlink_status(file(name), error))) in_the_way = file(name);
  }
  if (in_the_way) return *in_the_way + " lies where a run puts a file of its own" + advice;
  const auto mark = read_mark(file(kRunMark));
  if (mark && !is_ours(*mark)) {
    return file(kRunMark) +
           " lies where a run puts its own mark, and is damaged or no run of cnci has left it" +
           advice;
  }
  if (auto why = why_journal()) return why;
  for (const std::string& name : names) {
    if (name == kRunMark || is_absent(file(name)) || std::ranges::count(ours, name) > 0) continue;
    return file(name) +
           " lies where a run puts its own files, and no run of cnci has left it there" + advice;
  }
  return std::nullopt;
}

bool OutputFolder::keeps_tiles() const {
  const auto json = read_mark(file(kRunMark));
  return json && json->is_object() && json->contains("keeps_tiles") &&
         (*json)["keeps_tiles"] == true;
}

void OutputFolder::withdraw() const {
  std::error_code error;
  for (const std::string& name : results_here()) {
    fs::remove(file(name), error);
    must(error, "cannot remove " + file(name));
  }
  // First the list of what is no longer there: other files may come to bear these names.
  io::require_real_folder(unfinished());
  fs::remove(unfinished(kRunMark), error);
  remove_own(unfinished(), is_unfinished);
}

void OutputFolder::sweep(bool keep_store) const {
  remove_own(unfinished(), is_unfinished);
  if (!keep_store) remove_store();
}

void OutputFolder::clear() const {
  // The mark goes last: what is left by a kill is still known as a run's. Where the store cannot be
  // removed, the results stay.
  remove_store();
  withdraw();
  std::error_code error;
  fs::remove(file(kRunMark), error);
  must(error, "cannot remove " + file(kRunMark));
}

void OutputFolder::note_started_over(const std::string& name) const {
  std::error_code error;
  fs::create_directory(store(), error);
  must(error, "cannot create " + store() + "; choose another output.path");
  io::write_text_durably(store() + "/" + kStartedOver, name);
}

std::string OutputFolder::started_over_as() const {
  if (const auto mark = read_mark(file(kRunMark))) {
    return mark->is_object() ? text_of(*mark, "started_over_as") : "";
  }
  std::error_code error;
  const std::string path = store() + "/" + kStartedOver;
  if (is_absent(path) || !fs::is_regular_file(fs::symlink_status(path, error))) return "";
  return text_of_file(path, "whether the run there was begun under this name");
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
  withdraw();
  std::error_code error;
  fs::create_directory(unfinished(), error);
  must(error, "cannot create " + unfinished() + "; choose another output.path");
}

void OutputFolder::publish(const std::vector<std::string>& names) const {
  if (const auto why = why_journal()) throw engine::Error(*why);
  for (const std::string& name : names) {
    if (is_absent(file(name))) continue;
    throw engine::Error(file(name) +
                        " has appeared since the run began, where a result goes; move it away and "
                        "run again");
  }
  std::error_code error;
  for (const std::string& name : names) {
    io::must_be_inside(path_, unfinished(name));
    io::sync_file(unfinished(name));
    fs::rename(unfinished(name), file(name), error);
    must(error, "cannot publish " + file(name));
  }
  io::sync_folder(path_);
  // What is left of it is swept by the next run.
  fs::remove(unfinished(), error);
}

void OutputFolder::remove_store() const { remove_own(store(), is_of_store); }

}  // namespace cnci::jobs
