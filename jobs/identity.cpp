#include "jobs/identity.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/error.h"
#include "jobs/help.h"

namespace cnci::jobs {
namespace {

/// Keys that change how tiles and chunks are laid out, never a number.
const std::set<std::string>& layout_keys() {
  static const std::set<std::string> keys{"grid.tile", "output.chunk", "output.compression"};
  return keys;
}

/// Keys that change neither.
bool is_neutral(const std::string& key) {
  static const std::set<std::string> keys{"name", "output.path", "report.enabled"};
  return keys.contains(key) || key.rfind("paths.", 0) == 0;
}

void add_file(const std::string& path, std::vector<io::FileFacts>& files) {
  if (path.empty()) return;
  for (const std::string& file : io::with_companions(path)) {
    const bool known = std::any_of(files.begin(), files.end(),
                                   [&](const io::FileFacts& f) { return f.path == file; });
    if (!known) files.push_back(io::file_facts(file));
  }
}

std::string text_of(const io::FileFacts& file) {
  std::string text = fmt::format("{} bytes, modified {}.{:09}", file.bytes, file.modified,
                                 file.modified_ns - file.modified * 1'000'000'000);
  if (!file.content.empty()) text += ", content " + file.content;
  return text;
}

}  // namespace

std::string hash_text(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::vector<io::FileFacts> input_files(const Job& job, const LayerSet& layers, bool with_hashes) {
  std::vector<io::FileFacts> files;
  add_file(job.zones.path, files);
  for (const auto& layer : layers.all()) {
    for (const std::string& path : layer->files(job.years)) add_file(path, files);
    add_file(layer->spec().legend_path, files);
  }
  for (const io::JoinTableSpec& table : job.tables) {
    add_file(table.path, files);
    add_file(table.crosswalk_path, files);
  }
  for (io::FileFacts& file : files) {
    if (with_hashes && file.bytes > 0) file.content = io::content_hash(file.path);
  }
  return files;
}

void require_unchanged_inputs(const Setup& setup) {
  for (const io::FileFacts& before : setup.inputs) {
    const io::FileFacts now = io::file_facts(before.path);
    if (now.bytes == before.bytes && now.modified_ns == before.modified_ns) continue;
    throw engine::HopelessError(
        before.path +
        (now.bytes == 0 ? ": has gone since the run began"
                        : ": has changed since the run began (was " + text_of(before) + ", is " +
                              text_of(now) + ")") +
        "; put back the file as it was (`cp -p`, `mv`) and run again, or start over with --fresh");
  }
}

io::StoreIdentity identity_of(const Setup& setup) {
  nlohmann::ordered_json result;
  nlohmann::ordered_json layout;
  result["result version"] = std::to_string(kResultVersion);
  result["bit class"] = bit_class();
  for (const auto& [key, value] : setup.job.effective) {
    if (is_neutral(key)) continue;
    (layout_keys().contains(key) ? layout : result)[key] = value;
  }
  for (const io::FileFacts& file : setup.inputs) {
    result["file " + file.path] = text_of(file);
  }
  const nlohmann::ordered_json both{{"result", result}, {"layout", layout}};
  return {hash_text(result.dump()), hash_text(layout.dump()), both.dump()};
}

std::vector<std::string> differences(const io::StoreIdentity& before,
                                     const io::StoreIdentity& now) {
  const auto flatten = [](const std::string& text) {
    std::map<std::string, std::string> flat;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return flat;
    for (const auto& part : json) {
      for (const auto& [key, value] : part.items()) flat[key] = value.get<std::string>();
    }
    return flat;
  };
  const auto a = flatten(before.description_json);
  const auto b = flatten(now.description_json);
  std::vector<std::string> out;
  for (const auto& [key, value] : b) {
    const auto it = a.find(key);
    if (it == a.end())
      out.push_back(key + " is new: " + value);
    else if (it->second != value)
      out.push_back(key + " was " + it->second + ", is " + value);
  }
  for (const auto& [key, value] : a) {
    if (!b.contains(key)) out.push_back(key + " was " + value + ", is gone");
  }
  return out;
}

std::uintmax_t forecast_disk_bytes(const Setup& setup, const std::vector<engine::Tile>& plan) {
  double cells = 0;
  for (const engine::Tile& tile : plan) {
    cells += std::min(static_cast<double>(tile.window.cells()), 1.1 * tile.cost + 1000);
  }
  // Measured on the samples: about 2 bytes a value at 16 significant bits; store and cube hold
  // both.
  const double bytes_per_value = std::max(1.0, setup.job.output.significant_bits / 8.0);
  return static_cast<std::uintmax_t>(cells * bytes_per_value * 2.0 *
                                     static_cast<double>(setup.selection.cube.size()) *
                                     static_cast<double>(setup.job.years.size()));
}

}  // namespace cnci::jobs
