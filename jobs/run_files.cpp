#include "jobs/run_files.h"

#include <algorithm>

#include "io/durable_file.h"

namespace cnci::jobs {
namespace {

/// Whether a name is `before`, digits, `after`.
bool is_numbered(std::string_view name, std::string_view before, std::string_view after) {
  if (name.size() <= before.size() + after.size()) return false;
  if (!name.starts_with(before) || !name.ends_with(after)) return false;
  name.remove_prefix(before.size());
  name.remove_suffix(after.size());
  return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

/// Files that are being written, the journals that databases keep beside them meanwhile, and what
/// file systems keep of removed ones.
bool is_transient(std::string_view name) {
  for (const std::string_view journal : {"-journal", "-wal", "-shm"}) {
    if (name.ends_with(journal)) name.remove_suffix(journal.size());
  }
  return io::is_temporary_name(name) || name.starts_with(".nfs");
}

}  // namespace

bool is_result(std::string_view name) {
  constexpr std::string_view kBeside = ".aux.xml";
  if (name == "zones.csv" || name == "zones.gpkg" || name == "profile.csv") return true;
  if (name.ends_with(kBeside)) name.remove_suffix(kBeside.size());
  return name == "cube.nc" || is_numbered(name, "cube_", ".nc");
}

bool is_of_store(const std::string& name) {
  return name == "identity.json" || is_numbered(name, "tile_", ".h5") || name == kStartedOver ||
         is_transient(name);
}

bool is_unfinished(const std::string& name) {
  return name == kRunMark || is_result(name) || is_transient(name) ||
         name.starts_with("zones.gpkg-");
}

}  // namespace cnci::jobs
