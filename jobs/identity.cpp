#include "jobs/identity.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/text.h"
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

}  // namespace

std::string hash_text(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

io::StoreIdentity identity_of(const Setup& setup) {
  nlohmann::ordered_json result;
  nlohmann::ordered_json layout;
  result["result version"] = std::to_string(kResultVersion);
  result["bit class"] = bit_class();
  for (const auto& [key, value] : setup.job.effective) {
    if (is_neutral(key)) continue;
    (layout_keys().contains(key) ? layout : result)[key] = engine::printable(value);
  }
  for (const io::FileFacts& file : setup.inputs.files) {
    result["file " + engine::printable(file.path)] = text_of(file);
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

std::string difference_text(const io::StoreIdentity& before, const io::StoreIdentity& now) {
  constexpr std::size_t kShown = 8;
  const std::vector<std::string> lines = differences(before, now);
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) {
    text += (i == 0 ? "" : "; ") + lines[i];
  }
  if (lines.size() > kShown) text += "; and " + std::to_string(lines.size() - kShown) + " more";
  return text;
}

}  // namespace cnci::jobs
