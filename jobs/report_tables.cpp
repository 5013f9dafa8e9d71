#include "jobs/report_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "engine/error.h"
#include "io/csv.h"

namespace cnci::jobs {
namespace {

/// Appends items with commas between them, in brackets.
template <typename Items, typename Append>
void append_list(std::string& json, const Items& items, const Append& append) {
  json += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) json += ',';
    first = false;
    append(item);
  }
  json += ']';
}

/// Position of every node's parent, which is of the level above; -1 for a root.
std::vector<std::int64_t> parents_of(const io::ZoneTable& table) {
  const std::vector<std::string> levels = levels_of(table);
  std::unordered_map<std::string, std::size_t> by_code;  // "level\ncode"
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    by_code.emplace(table.nodes[i].level + "\n" + table.nodes[i].code, i);
  }
  std::vector<std::int64_t> parents;
  for (const auto& node : table.nodes) {
    const auto level = std::ranges::find(levels, node.level) - levels.begin();
    const auto parent =
        level == 0
            ? by_code.end()
            : by_code.find(levels[static_cast<std::size_t>(level - 1)] + "\n" + node.parent_code);
    parents.push_back(parent == by_code.end() ? -1 : static_cast<std::int64_t>(parent->second));
  }
  return parents;
}

/// The values of one column of a table, a list by year.
void append_values(std::string& json, const std::vector<double>& values, std::size_t years,
                   std::size_t rows) {
  json += '[';
  for (std::size_t year = 0; year < years; ++year) {
    if (year > 0) json += ',';
    append_list(json,
                std::vector(values.begin() + static_cast<std::ptrdiff_t>(year * rows),
                            values.begin() + static_cast<std::ptrdiff_t>((year + 1) * rows)),
                [&](double value) { append_number(json, value); });
  }
  json += ']';
}

double number_in(const io::CsvFile& file, std::size_t row, std::size_t column) {
  const std::string& text = file.rows[row][column];
  if (text.empty()) return std::nan("");
  if (const auto number = io::parse_number(text)) return *number;
  throw engine::Error(fmt::format("{}: line {}: '{}' is no number ({})", file.path, file.lines[row],
                                  text, file.header[column]));
}

}  // namespace

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_number(std::string& json, double value) {
  if (!std::isfinite(value)) {
    json += "null";
    return;
  }
  const std::string text = fmt::format("{:.6g}", value);
  // In full where that is short: 12345600 shrinks better than 1.23456e+07.
  const bool is_long = std::abs(value) >= 1e6 && std::abs(value) < 1e15;
  json += is_long ? fmt::format("{:.0f}", std::stod(text)) : text;
}

std::vector<std::string> levels_of(const io::ZoneTable& table) {
  std::vector<std::string> levels;
  for (const auto& node : table.nodes) {
    if (levels.empty() || levels.back() != node.level) levels.push_back(node.level);
  }
  return levels;
}

io::ZoneTable small_enough(io::ZoneTable table, std::size_t most_values,
                           std::vector<std::string>& lacking) {
  std::vector<std::string> levels = levels_of(table);
  const auto values = [&] {
    return table.years.size() * table.nodes.size() * table.columns.size();
  };
  while (levels.size() > 1 && values() > most_values) {
    const std::string level = levels.back();
    levels.pop_back();
    lacking.push_back(fmt::format(
        "level {} is left out: {:.1f} million numbers are too many for a page; zones.csv has them",
        level, static_cast<double>(values()) / 1e6));
    const auto kept = static_cast<std::size_t>(
        std::ranges::find(table.nodes, level, &io::ZoneTable::Node::level) - table.nodes.begin());
    for (auto& column : table.columns) {
      std::vector<double> rest;
      for (std::size_t year = 0; year < table.years.size(); ++year) {
        const auto from = column.values.begin() + static_cast<std::ptrdiff_t>(table.index(year, 0));
        rest.insert(rest.end(), from, from + static_cast<std::ptrdiff_t>(kept));
      }
      column.values = std::move(rest);
    }
    table.nodes.resize(kept);
  }
  return table;
}

std::string zones_json(const io::ZoneTable& table,
                       const std::map<std::string, std::string>& long_names) {
  const std::vector<std::string> levels = levels_of(table);
  std::string json = "\"years\":";
  append_list(json, table.years, [&](int year) { json += std::to_string(year); });
  json += ",\"levels\":";
  append_list(json, levels, [&](const std::string& level) { json += json_text(level); });
  json += ",\"zones\":{\"level\":";
  append_list(json, table.nodes, [&](const auto& node) {
    json += std::to_string(std::ranges::find(levels, node.level) - levels.begin());
  });
  json += ",\"code\":";
  append_list(json, table.nodes, [&](const auto& node) { json += json_text(node.code); });
  json += ",\"name\":";
  append_list(json, table.nodes, [&](const auto& node) { json += json_text(node.name); });
  json += ",\"parent\":";
  append_list(json, parents_of(table),
              [&](std::int64_t parent) { json += std::to_string(parent); });
  json += "},\"columns\":";
  append_list(json, table.columns, [&](const auto& column) {
    const auto named = long_names.find(column.name);
    json += fmt::format(R"({{"name":{},"units":{},"long_name":{}}})", json_text(column.name),
                        json_text(column.unit),
                        json_text(named == long_names.end() ? "" : named->second));
  });
  json += ",\"values\":{";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    json += (i > 0 ? "," : "") + json_text(table.columns[i].name) + ":";
    append_values(json, table.columns[i].values, table.years.size(), table.nodes.size());
  }
  return json + "}";
}

std::string profile_json(const std::string& path) {
  const io::CsvFile file = io::read_csv(path);
  constexpr std::size_t kKeys = 3;  // year, lat_south, lat_north
  if (file.header.size() < kKeys || file.header[0] != "year" || file.header[1] != "lat_south" ||
      file.rows.empty()) {
    throw engine::Error(path + ": is no profile.csv; it is damaged");
  }
  std::vector<std::string> years;
  for (const auto& row : file.rows) {
    if (years.empty() || years.back() != row[0]) years.push_back(row[0]);
  }
  const std::size_t bands = file.rows.size() / years.size();
  if (bands * years.size() != file.rows.size()) {
    throw engine::Error(path + ": not every year has the same bands; it is damaged");
  }
  std::string json = "{\"years\":";
  append_list(json, years, [&](const std::string& year) { json += json_text(year); });
  json += ",\"step\":";
  append_number(json, number_in(file, 0, 2) - number_in(file, 0, 1));
  json += ",\"lat_south\":[";
  for (std::size_t band = 0; band < bands; ++band) {
    if (band > 0) json += ',';
    append_number(json, number_in(file, band, 1));
  }
  json += "],\"columns\":{";
  for (std::size_t column = kKeys; column < file.header.size(); ++column) {
    std::vector<double> values;
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      values.push_back(number_in(file, row, column));
    }
    json += (column > kKeys ? "," : "") + json_text(file.header[column]) + ":";
    append_values(json, values, years.size(), bands);
  }
  return json + "}}";
}

}  // namespace cnci::jobs
