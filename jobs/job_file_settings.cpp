#include "jobs/job_file_settings.h"

#include <algorithm>
#include <filesystem>

#include "engine/error.h"
#include "io/input_path.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

const std::vector<std::string>& date_placeholders() {
  static const std::vector<std::string> names = {"year", "month", "month:02"};
  return names;
}

constexpr std::size_t kLongestPath = 4096;

bool is_date(const std::string& name) {
  const auto& names = date_placeholders();
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A path as it is opened. The address of an input stays as it was written: its reader refuses it.
std::string absolute(const std::string& folder, const std::string& path, bool is_input) {
  const bool address = path.find("://") != std::string::npos;
  if (is_input && address && !io::why_no_local_file(path).empty()) return path;
  // `//` in the name of a file in an archive says that the archive's own path is absolute.
  if (path.starts_with("/vsi")) return path;
  std::string text = (std::filesystem::path(folder) / path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

}  // namespace

Settings::Settings(const JobFileText& text, const std::vector<KeyOverride>& overrides,
                   std::string file_folder, std::string current_folder)
    : file_folder_(std::move(file_folder)),
      current_folder_(std::move(current_folder)),
      findings_(text.findings) {
  for (const JobFileEntry& entry : text.entries) {
    add(entry.key, {entry.value, entry.value, entry.line, false, true});
  }
  for (const KeyOverride& override_ : overrides) {
    add(override_.key, {override_.value, override_.value, 0, true, true});
  }
  for (auto& [key, entry] : entries_) {
    const auto match = key_registry().find(key);
    try {
      entry.normal = match->key->normal(entry.value);
    } catch (const engine::Error& error) {
      entry.good = false;
      fail(key, error.what());
    }
  }
}

void Settings::add(const std::string& key, Entry entry) {
  const auto match = key_registry().find(key);
  if (!match) {
    const auto best = key_registry().suggest(key);
    std::string text = "unknown key";
    if (best) {
      text += "; did you mean '" + *best + "'?";
      const bool top_level = best->find('.') == std::string::npos;
      if (top_level && key.find('.') != std::string::npos) {
        text += " (it stands above the first [section])";
      }
    }
    if (entry.from_set) text += " (from --set)";
    findings_.push_back({entry.line, key, text});
    return;
  }
  const auto [it, is_new] = entries_.try_emplace(key, entry);
  if (is_new) return;
  if (entry.from_set) {
    it->second = entry;
  } else {
    findings_.push_back(
        {entry.line, key,
         "given twice, first on line " + std::to_string(it->second.line) + "; keep one of them"});
  }
}

std::optional<std::string> Settings::given(const std::string& key) const {
  const auto it = entries_.find(key);
  if (it == entries_.end() || !it->second.good) return std::nullopt;
  return it->second.value;
}

std::string Settings::text(const std::string& key) const {
  if (auto value = given(key)) return *value;
  const auto match = key_registry().find(key);
  if (!match) throw engine::Error("internal: '" + key + "' is no key of the registry");
  return match->key->default_text;
}

std::map<std::string, std::string> Settings::open_names(const std::string& head) const {
  std::map<std::string, std::string> names;
  std::map<std::string, int> lines;
  for (const auto& [key, entry] : entries_) {
    const auto match = key_registry().find(key);
    if (match->open_name.empty() || match->key->pattern.rfind(head + ".*", 0) != 0) continue;
    const auto [it, is_new] = names.try_emplace(match->open_name, key);
    if (!is_new && entry.line >= lines[match->open_name]) continue;
    it->second = key;
    lines[match->open_name] = entry.line;
  }
  return names;
}

std::string Settings::path(const std::string& key, bool with_dates) {
  const auto value = given(key);
  return value ? path_from(key, *value, with_dates) : std::string{};
}

std::string Settings::path_from(const std::string& key, const std::string& text, bool with_dates) {
  std::set<std::string> open;
  try {
    std::string result = substitute(key, text, with_dates, open);
    set_effective(key, result);
    return result;
  } catch (const engine::Error& error) {
    fail(key, error.what());
    return {};
  }
}

std::string Settings::substitute(const std::string& key, const std::string& text, bool with_dates,
                                 std::set<std::string>& open) {
  const Entry& entry = entries_.at(key);
  const bool is_output = key == "output.path";
  const bool from_current = entry.from_set || is_output;
  return absolute(from_current ? current_folder_ : file_folder_,
                  expand(text, with_dates, true, open), !is_output);
}

std::string Settings::expand(const std::string& text, bool with_dates, bool in_front,
                             std::set<std::string>& open) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t brace = text.find('{', at);
    result += text.substr(at, brace == std::string::npos ? brace : brace - at);
    if (brace == std::string::npos) break;
    const std::size_t end = text.find('}', brace);
    if (end == std::string::npos) throw engine::Error("'" + text + "' has a '{' without its '}'");
    const std::string name = text.substr(brace + 1, end - brace - 1);
    const std::string path_key = "paths." + name;
    if (const auto value = given(path_key)) {
      if (!open.insert(name).second) {
        throw engine::Error("{" + name + "} stands for itself; [paths] runs in a circle");
      }
      // In front it is a folder, found from where it was written; further on a piece of text.
      result += in_front && brace == 0 ? substitute(path_key, *value, with_dates, open)
                                       : expand(*value, with_dates, false, open);
      open.erase(name);
    } else if (is_date(name)) {
      if (!with_dates) {
        throw engine::Error("{" + name + "} is for the paths of layers only");
      }
      result += "{" + name + "}";
    } else if (!mentioned(path_key)) {
      std::vector<std::string> known;
      for (const auto& [known_name, first_key] : open_names("paths")) known.push_back(known_name);
      if (with_dates)
        known.insert(known.end(), date_placeholders().begin(), date_placeholders().end());
      throw engine::Error(
          "{" + name + "} is unknown" + did_you_mean(name, known) +
          (known.empty() ? "; there is no [paths] section" : " (known: " + joined(known) + ")"));
    } else {
      result += text.substr(brace, end - brace + 1);  // its bad value is a finding already
    }
    // Names that stand for several others each would grow without bound.
    if (result.size() > kLongestPath) {
      throw engine::Error("'" + text + "' becomes longer than " + std::to_string(kLongestPath) +
                          " characters");
    }
    at = end + 1;
  }
  return result;
}

void Settings::fail(const std::string& key, const std::string& text) {
  failed_.insert(key);
  const auto it = entries_.find(key);
  const bool from_set = it != entries_.end() && it->second.from_set;
  findings_.push_back(
      {it == entries_.end() ? 0 : it->second.line, key, from_set ? text + " (from --set)" : text});
}

std::vector<JobFinding> Settings::findings() const {
  std::vector<JobFinding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const JobFinding& a, const JobFinding& b) {
    return a.line != 0 && (b.line == 0 || a.line < b.line);
  });
  return sorted;
}

void Settings::set_effective(const std::string& key, std::string text) {
  effective_[key] = std::move(text);
}

std::string Settings::normal_text(const std::string& key) const {
  const auto it = entries_.find(key);
  return it != entries_.end() && it->second.good ? it->second.normal : text(key);
}

std::map<std::string, std::string> Settings::effective() const {
  std::map<std::string, std::string> all = effective_;
  for (const auto& [key, entry] : entries_) all.try_emplace(key, entry.normal);
  for (const Key& key : key_registry().keys()) {
    const bool open = key.pattern.find('*') != std::string::npos;
    if (!open && !key.default_text.empty()) all.try_emplace(key.pattern, key.default_text);
  }
  return all;
}

}  // namespace cnci::jobs
