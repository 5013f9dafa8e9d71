// Paths and codes of a layer: the small parts of layer_source.h.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "io/layer_source.h"

namespace cnci::io {
namespace {

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

bool has_year(const std::string& path) { return path.find("{year}") != std::string::npos; }

bool has_month(const std::string& path) {
  return path.find("{month}") != std::string::npos || path.find("{month:02}") != std::string::npos;
}

std::string expand_path(const std::string& path, int year, int month) {
  std::string text = path;
  replace_all(text, "{year}", std::to_string(year));
  replace_all(text, "{month}", std::to_string(month));
  replace_all(text, "{month:02}", fmt::format("{:02}", month));
  return text;
}

std::vector<std::string> files_of_year(const LayerSpec& spec, int year) {
  if (!has_month(spec.path)) return {expand_path(spec.path, year, 0)};
  std::vector<int> months = spec.months;
  if (months.empty()) months = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<std::string> files;
  files.reserve(months.size());
  for (const int month : months) files.push_back(expand_path(spec.path, year, month));
  return files;
}

CodeTable::CodeTable(const LayerSpec& spec) {
  if (spec.quantity.kind == Kind::kClass) {
    for (const auto& [code, id] : spec.legend) {
      const bool missing = std::find(spec.missing_classes.begin(), spec.missing_classes.end(),
                                     id) != spec.missing_classes.end();
      entries_.push_back({static_cast<double>(code), {static_cast<double>(id), missing}});
    }
  } else {
    for (const auto& [code, value] : spec.classes)
      entries_.push_back({static_cast<double>(code), {value, false}});
  }
  for (const auto& [code, entry] : entries_) {
    if (!(code >= 0 && code < static_cast<double>(small_.size()))) continue;
    small_.at(static_cast<std::size_t>(code)) = entry;
    known_.at(static_cast<std::size_t>(code)) = true;
  }
}

const CodeTable::Entry* CodeTable::find(double code) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), code,
                       [](const auto& entry, double wanted) { return entry.first < wanted; });
  return at != entries_.end() && at->first == code ? &at->second : nullptr;
}

void CodeTable::apply(engine::Field& field, std::set<double>& unknown) const {
  for (std::size_t i = 0; i < field.value.size(); ++i) {
    if (field.valid[i] == 0) continue;
    const double code = field.value[i];
    const bool is_small = code >= 0 && code < static_cast<double>(small_.size());
    const std::size_t place = is_small ? static_cast<std::size_t>(code) : 0;
    const Entry* entry = is_small && known_[place] && static_cast<double>(place) == code
                             ? &small_[place]
                             : find(code);
    if (entry == nullptr) unknown.insert(code);
    const bool valid = entry != nullptr && !entry->missing;
    field.valid[i] = valid ? 1 : 0;
    field.value[i] = valid ? entry->value : engine::kMissing;
  }
}

}  // namespace cnci::io
