#include "jobs/zones_command.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/zone_tree.h"
#include "io/csv.h"
#include "io/tables.h"
#include "jobs/command_line.h"
#include "jobs/keys_nearest.h"
#include "jobs/output_folder.h"
#include "jobs/terminal.h"
#include "jobs/zones_command_table.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using io::ZoneTable;

std::vector<std::string> level_names(const ZoneTable& table) {
  std::vector<std::string> levels;
  for (const ZoneTable::Node& node : table.nodes) {
    if (levels.empty() || levels.back() != node.level) levels.push_back(node.level);
  }
  return levels;
}

std::vector<std::string> column_names(const ZoneTable& table) {
  std::vector<std::string> names = {"code", "name"};
  for (const auto& column : table.columns) names.push_back(column.name);
  return names;
}

std::size_t year_index(const ZoneTable& table, const ZonesOptions& options) {
  if (!options.year) return table.years.size() - 1;
  const auto it = std::find(table.years.begin(), table.years.end(), *options.year);
  if (it != table.years.end()) return static_cast<std::size_t>(it - table.years.begin());
  std::vector<std::string> years;
  for (const int year : table.years) years.push_back(std::to_string(year));
  throw UsageError("--year: there is no year " + std::to_string(*options.year) +
                   " (years: " + joined(years) + ")");
}

/// A column by its name, or by its stem: `cnci` is cnci_pct, `sink` is sink_t.
const ZoneTable::Column& sort_column(const ZoneTable& table, const std::string& name) {
  for (const char* suffix : {"", "_pct", "_t", "_km2"}) {
    if (const auto* column = table.find(name + suffix)) return *column;
  }
  throw UsageError("--sort: there is no column '" + name + "'" +
                   did_you_mean(name, column_names(table)) +
                   " (columns: " + joined(column_names(table)) + ")");
}

std::string unit_of_output(std::string_view name) {
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (output.name == name) return std::string(output.unit);
    }
  }
  return {};
}

std::string csv_text(const ZoneTable& table, std::size_t year,
                     const std::vector<std::size_t>& nodes) {
  std::string text = "year,level,code,name,parent_code";
  for (const auto& column : table.columns) text += ',' + io::csv_field(column.name);
  text += '\n';
  for (const std::size_t node : nodes) {
    const ZoneTable::Node& zone = table.nodes[node];
    text += std::to_string(table.years[year]);
    for (const std::string* field : {&zone.level, &zone.code, &zone.name, &zone.parent_code}) {
      text += ',' + io::csv_field(*field);
    }
    for (const auto& column : table.columns) {
      text += ',' + io::number_text(column.values[table.index(year, node)]);
    }
    text += '\n';
  }
  return text;
}

std::string json_text(const ZoneTable& table, std::size_t year,
                      const std::vector<std::size_t>& nodes) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const std::size_t node : nodes) {
    const ZoneTable::Node& zone = table.nodes[node];
    nlohmann::ordered_json object = {{"year", table.years[year]},
                                     {"level", zone.level},
                                     {"code", zone.code},
                                     {"name", zone.name},
                                     {"parent_code", zone.parent_code}};
    for (const auto& column : table.columns) {
      const double value = column.values[table.index(year, node)];
      object[column.name] =
          std::isnan(value) ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
    }
    array.push_back(std::move(object));
  }
  return array.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

ZoneTable read_output_zones(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw engine::Error(folder + ": there is no such folder; give the output.path of a run");
  }
  OutputFolder(folder).require_whole();
  ZoneTable table = io::read_zones_csv((fs::path(folder) / "zones.csv").string());
  if (table.nodes.empty()) throw engine::Error(folder + "/zones.csv: holds no zones");
  for (auto& column : table.columns) column.unit = zone_column_unit(column.name);
  return table;
}

std::string zone_column_unit(const std::string& name) {
  if (name.empty()) return {};
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (name == output.flux_name) return std::string(output.unit);
      if (name == output.support_flux_name) return unit_of_output(output.support_of);
    }
  }
  const auto ends_with = [&](std::string_view suffix) {
    return name.size() > suffix.size() && name.ends_with(suffix);
  };
  if (ends_with("_km2")) return "km2";
  if (ends_with("_pct")) return "percent";
  if (ends_with("_usd")) return "USD";
  if (name == "temperature_degc") return "degC";
  if (name == "precipitation_mm") return "mm";
  if (ends_with("_t") || ends_with("_t_per_1e4usd")) return "t year-1";
  return name == "population" ? "persons" : "";
}

std::vector<std::size_t> select_zones(const ZoneTable& table, const ZonesOptions& options) {
  const std::vector<std::string> levels = level_names(table);
  const std::string level = options.level.empty() ? levels.back() : options.level;
  if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
    throw UsageError("--level: there is no level '" + level + "'" + did_you_mean(level, levels) +
                     " (levels: " + joined(levels) + ")");
  }
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    if (table.nodes[i].level == level) nodes.push_back(i);
  }
  std::stable_sort(nodes.begin(), nodes.end(), [&](std::size_t a, std::size_t b) {
    return engine::code_less(table.nodes[a].code, table.nodes[b].code);
  });
  std::size_t with_value = nodes.size();
  if (options.sort == "name") {
    std::stable_sort(nodes.begin(), nodes.end(), [&](std::size_t a, std::size_t b) {
      return table.nodes[a].name < table.nodes[b].name;
    });
  } else if (!options.sort.empty() && options.sort != "code") {
    const ZoneTable::Column& column = sort_column(table, options.sort);
    const std::size_t year = year_index(table, options);
    const auto value = [&](std::size_t node) { return column.values[table.index(year, node)]; };
    const auto first_missing = std::stable_partition(
        nodes.begin(), nodes.end(), [&](std::size_t node) { return !std::isnan(value(node)); });
    with_value = static_cast<std::size_t>(first_missing - nodes.begin());
    std::stable_sort(nodes.begin(), first_missing,
                     [&](std::size_t a, std::size_t b) { return value(a) > value(b); });
  }
  if (!options.top && !options.bottom) return nodes;
  const std::size_t head = std::min(options.top.value_or(0), nodes.size());
  // A zone shown at the top is not shown again at the bottom.
  const std::size_t tail_start =
      with_value - std::min(options.bottom.value_or(0), with_value - std::min(head, with_value));
  std::vector<std::size_t> chosen(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(head));
  chosen.insert(chosen.end(), nodes.begin() + static_cast<std::ptrdiff_t>(tail_start),
                nodes.begin() + static_cast<std::ptrdiff_t>(with_value));
  return chosen;
}

std::string zones_text(const ZoneTable& table, const ZonesOptions& options, bool colours) {
  const std::size_t year = year_index(table, options);
  const std::vector<std::size_t> nodes = select_zones(table, options);
  switch (options.format) {
    case TableFormat::kCsv:
      return csv_text(table, year, nodes);
    case TableFormat::kJson:
      return json_text(table, year, nodes);
    case TableFormat::kTable:
      break;
  }
  return aligned_table(table, year, nodes, {options.mass, colours});
}

int zones_command(const ZonesOptions& options) {
  std::cout << zones_text(read_output_zones(options.output), options, shows_colours(STDOUT_FILENO));
  return 0;
}

}  // namespace cnci::jobs
