#include "jobs/output_check.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include "io/coverage_cache.h"
#include "io/durable_file.h"
#include "jobs/assemble.h"
#include "jobs/forecast.h"
#include "jobs/identity.h"
#include "jobs/output_folder.h"
#include "jobs/run_files.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;
using engine::Finding;

/// The nearest folder above a path that exists.
fs::path existing_parent(fs::path path) {
  // What cannot be looked at counts as there: it cannot be written either.
  const auto is_absent = [](const fs::path& at) {
    std::error_code error;
    return fs::symlink_status(at, error).type() == fs::file_type::not_found;
  };
  while (!path.empty() && is_absent(path) && path != path.root_path()) path = path.parent_path();
  return path.empty() ? fs::path(".") : path;
}

std::optional<std::string> why_not_writable(const std::string& path, const fs::path& parent) {
  std::error_code error;
  errno = 0;
  // A folder of a run's own is listed too, and synced, for which it is opened.
  const int access = W_OK | X_OK | (parent == path ? R_OK : 0);
  if (fs::is_directory(parent, error) && ::access(parent.c_str(), access) == 0) return std::nullopt;
  const bool read_only = errno == EROFS;
  std::string why = " is no folder that you may read and write";
  if (read_only) why = " lies on a read-only file system";
  if (error) why = ": " + error.message();
  return path + " cannot be written: " + parent.string() + why + "; choose another output.path";
}

/// One that a killed run has left is opened again.
std::optional<std::string> why_not_locked(const std::string& lock) {
  std::error_code error;
  const bool is_file = fs::symlink_status(lock, error).type() == fs::file_type::regular;
  if (!is_file || ::access(lock.c_str(), R_OK) == 0) return std::nullopt;
  return lock + " cannot be opened; check who may read it, or remove it";
}

std::uintmax_t bytes_of(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

struct StoredTiles {
  std::uintmax_t bytes = 0;
  std::uintmax_t tiles = 0;
};

StoredTiles stored_tiles(const OutputFolder& folder) {
  StoredTiles stored;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.store(), error)) {
    if (entry.path().extension() != ".h5") continue;
    stored.bytes += bytes_of(entry.path().string());
    ++stored.tiles;
  }
  return stored;
}

/// What is still to be written, by the forecast or by the tiles that are there, whichever is less.
std::uintmax_t bytes_to_come(std::uintmax_t forecast, std::uintmax_t tables,
                             const StoredTiles& there, std::uintmax_t tiles) {
  if (there.tiles == 0) return forecast;
  const std::uintmax_t store = there.bytes / there.tiles * std::max(tiles, there.tiles);
  const std::uintmax_t cube = store;
  return std::min(forecast, (store > there.bytes ? store - there.bytes : 0) + cube + tables);
}

std::uintmax_t bytes_in(const std::string& folder, const std::function<bool(std::string)>& counts) {
  std::uintmax_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (counts(entry.path().filename().string())) bytes += bytes_of(entry.path().string());
  }
  return bytes;
}

/// Files that a run removes before it writes what takes their room: results that one before it was
/// writing or has put in place, tiles that were being written, and with `fresh` the store.
std::uintmax_t bytes_that_go(const OutputFolder& folder, bool fresh) {
  std::uintmax_t bytes = bytes_in(folder.unfinished(), is_unfinished);
  for (const std::string& name : folder.results_here()) bytes += bytes_of(folder.file(name));
  return bytes + bytes_in(folder.store(), [fresh](const std::string& name) {
           return fresh ? is_of_store(name) : io::is_temporary_name(name);
         });
}

std::optional<std::string> why_no_room(const Setup& setup, const OutputFolder& folder,
                                       const fs::path& parent,
                                       const std::vector<engine::Tile>& plan, bool fresh) {
  std::error_code error;
  const auto space = fs::space(parent, error);
  const StoredTiles there = stored_tiles(folder);
  const std::uintmax_t forecast = forecast_disk_bytes(setup, plan);
  std::uintmax_t need = forecast;
  const std::uintmax_t available = space.available + bytes_that_go(folder, fresh);
  if (!fresh) need = bytes_to_come(forecast, forecast_table_bytes(setup), there, plan.size());
  if (error || available >= need) return std::nullopt;
  return folder.path() + ": about " + std::to_string((need >> 20) + 1) + " MB are needed, " +
         std::to_string(available >> 20) + " MB are free" +
         (fresh ? " without what is there now" : "") +
         "; free some space, or choose another output.path";
}

/// Of a path inside the output folder; other files in the folder of the cache are left alone.
bool is_kept_coverage(const fs::path& inside) {
  const auto of_key = std::next(inside.begin());
  return *inside.begin() == fs::path(OutputFolder({}).cache()).filename() &&
         of_key != inside.end() && io::is_coverage_folder(of_key->string());
}

/// An input that has the place of a result, or of what a run keeps beside them.
std::optional<std::string> why_not_over_inputs(const Setup& setup, const OutputFolder& folder) {
  std::error_code error;
  const fs::path out = fs::weakly_canonical(folder.path(), error);
  std::vector<std::string> taken = result_names(setup.job);
  const std::vector<std::string> replaced = folder.results_here();
  taken.insert(taken.end(), replaced.begin(), replaced.end());
  taken.insert(taken.end(), {".tiles", ".unfinished", ".lock"});
  for (const io::FileFacts& file : setup.inputs.files) {
    // As it is named, for a link that lies there, and where that leads.
    const fs::path named = fs::weakly_canonical(fs::path(file.path).parent_path(), error) /
                           fs::path(file.path).filename();
    const bool is_taken = std::ranges::any_of(
        std::array{named, fs::weakly_canonical(file.path, error)}, [&](const fs::path& input) {
          const fs::path inside = input.lexically_relative(out);
          return !inside.empty() && (std::ranges::count(taken, inside.begin()->string()) > 0 ||
                                     is_kept_coverage(inside));
        });
    if (!is_taken) continue;
    return file.path +
           " is an input of the job and would be replaced by a result, or removed with those of an "
           "earlier run; choose another output.path";
  }
  return std::nullopt;
}

bool is_complete(const Setup& setup, const OutputFolder& folder) {
  const auto identity = folder.complete_identity();
  return identity && !identity->result_hash.empty() &&
         identity->result_hash == setup.identity.result_hash;
}

}  // namespace

std::optional<std::string> why_of_another_job(const OutputFolder& folder,
                                              const io::StoreIdentity& identity) {
  const auto complete = folder.complete_identity();
  if (complete && complete->result_hash.empty()) {
    return folder.path() +
           " holds results that were not made by `cnci run` alone (a joined output, or one of "
           "another version); choose another output.path, or start over with --fresh";
  }
  if (complete && complete->result_hash != identity.result_hash) {
    return folder.path() + " holds the results of another job (" +
           difference_text(*complete, identity) +
           "); choose another output.path, or start over with --fresh";
  }
  const auto stored = io::TileStore::identity_of(folder.store());
  if (!complete && stored &&
      (stored->result_hash != identity.result_hash ||
       stored->layout_hash != identity.layout_hash)) {
    return folder.path() + " holds tiles of another job (" + difference_text(*stored, identity) +
           "); undo the change, choose another output.path, or start over with --fresh";
  }
  return std::nullopt;
}

bool starts_over(const StartOver& asked, const OutputFolder& folder,
                 const io::StoreIdentity& identity) {
  if (asked.always) return true;
  if (asked.once.empty()) return false;
  if (folder.started_over_as() != asked.once) return true;
  try {
    return why_of_another_job(folder, identity).has_value();
  } catch (const engine::AccessError&) {
    throw;
  } catch (const engine::Error&) {  // damaged: it is not known whose it is
    return true;
  }
}

std::vector<Finding> check_output(const Job& job, const Setup* setup,
                                  const std::vector<engine::Tile>& plan,
                                  const StartOver& start_over) {
  const OutputFolder folder(job.output.path);
  const fs::path parent = existing_parent(folder.path());
  std::vector<Finding> findings;
  const auto add = [&](std::optional<std::string> text) {
    if (text) findings.push_back({Finding::Severity::kError, "output.path", std::move(*text)});
    return text.has_value();
  };
  try {
    const bool fresh = setup != nullptr && starts_over(start_over, folder, setup->identity);
    if (setup != nullptr && !fresh && is_complete(*setup, folder)) {
      folder.require_whole();
      return {};
    }
    if (add(why_not_writable(folder.path(), parent)) || setup == nullptr) return findings;
    for (const std::string& own : {folder.store(), folder.unfinished()}) {
      if (existing_parent(own) == own && add(why_not_writable(own, own))) return findings;
    }
    if (add(why_not_locked(folder.file(".lock")))) return findings;
    add(why_not_over_inputs(*setup, folder));
    std::vector<std::string> names = result_names(job);
    if (job.report) names.emplace_back(kReportName);
    if (add(folder.why_not_ours(names))) return findings;
    if (!fresh && !setup->identity.result_hash.empty()) {
      add(why_of_another_job(folder, setup->identity));
    }
    add(why_no_room(*setup, folder, parent, plan, fresh));
  } catch (const engine::Error& error) {
    add(error.what());
  }
  return findings;
}

}  // namespace cnci::jobs
