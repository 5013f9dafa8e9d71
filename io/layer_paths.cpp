// Paths of a layer: the small parts of layer_source.h.
#include <fmt/format.h>

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

}  // namespace cnci::io
