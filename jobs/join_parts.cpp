#include "jobs/join_parts.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "engine/error.h"
#include "io/csv.h"
#include "jobs/zones_command.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using engine::Error;
using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const JoinPart& part, const JoinPart& first, const std::string& what) {
  throw Error(part.folder + ": cannot be joined with " + first.folder + ": " + what);
}

void compare_json(const JoinPart& part, const JoinPart& first, const std::string& key) {
  const Json none;
  const auto get = [&](const JoinPart& p) { return p.run.contains(key) ? p.run[key] : none; };
  if (get(part) != get(first)) {
    refuse(part, first,
           key + " differs (" + get(part).dump() + " against " + get(first).dump() + ")");
  }
}

/// Kernels' parameters must be the same: a table of two settings would compare unlike things.
void compare_parameters(const JoinPart& part, const JoinPart& first) {
  for (const JoinPart* side : {&part, &first}) {
    if (!side->run.contains("parts")) continue;
    throw Error(side->folder + ": was joined itself; join the outputs that it was made from");
  }
  const auto get = [](const JoinPart& p, const std::string& key) {
    const auto job = p.run.find("job");
    return job == p.run.end() ? std::string{} : job->value(key, std::string{});
  };
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Parameter& parameter : kernel.parameters) {
      const std::string key(parameter.key);
      if (get(part, key) != get(first, key)) {
        refuse(part, first,
               key + " differs ('" + get(part, key) + "' against '" + get(first, key) + "')");
      }
    }
  }
}

void compare_zones(const JoinPart& part, const JoinPart& first) {
  const io::ZoneTable& a = first.zones;
  const io::ZoneTable& b = part.zones;
  if (a.nodes.size() != b.nodes.size()) {
    refuse(part, first,
           std::to_string(b.nodes.size()) + " zones against " + std::to_string(a.nodes.size()));
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    if (a.nodes[i].level != b.nodes[i].level || a.nodes[i].code != b.nodes[i].code ||
        a.nodes[i].parent_code != b.nodes[i].parent_code) {
      refuse(part, first,
             "other zones (" + b.nodes[i].level + " " + b.nodes[i].code + " against " +
                 a.nodes[i].level + " " + a.nodes[i].code + ")");
    }
  }
  for (std::size_t i = 0; i < std::max(a.columns.size(), b.columns.size()); ++i) {
    const std::string left = i < a.columns.size() ? a.columns[i].name : "none";
    const std::string right = i < b.columns.size() ? b.columns[i].name : "none";
    if (left != right) {
      refuse(part, first, "other columns of zones.csv ('" + right + "' against '" + left + "')");
    }
  }
}

/// Units and long names of the columns, which zones.csv does not carry.
void describe_columns(JoinPart& part) {
  if (!part.run.contains("columns")) return;
  for (const Json& known : part.run["columns"]) {
    for (auto& column : part.zones.columns) {
      if (column.name != known.value("name", std::string{})) continue;
      column.unit = known.value("units", std::string{});
      column.long_name = known.value("long_name", std::string{});
      column.cell_methods = known.value("cell_methods", std::string{});
    }
  }
}

/// Other cubes may lie beside them.
std::set<std::string> listed_results(const Json& run) {
  std::set<std::string> names;
  for (const Json& result : run.at("results")) names.insert(result.at("name").get<std::string>());
  return names;
}

}  // namespace

JoinPart read_join_part(const std::string& folder) {
  JoinPart part;
  part.folder = folder;
  part.zones = read_output_zones(folder);
  std::ifstream in(folder + "/run.json");
  part.run = Json::parse(in, nullptr, false);
  if (part.run.is_discarded() || !part.run.is_object()) {
    throw Error(folder + "/run.json: is no JSON object; run the job again");
  }
  describe_columns(part);
  const std::set<std::string> results = listed_results(part.run);
  if (results.contains("cube.nc")) {
    part.cubes = {folder + "/cube.nc"};
    return part;
  }
  part.yearly = true;
  for (const int year : part.zones.years) {
    const std::string name = "cube_" + std::to_string(year) + ".nc";
    if (!results.contains(name)) {
      throw Error(folder + "/run.json: lists neither cube.nc nor " + name + "; run the job again");
    }
    part.cubes.push_back(folder + "/" + name);
  }
  return part;
}

void check_join_parts(const std::vector<JoinPart>& parts) {
  std::map<int, const JoinPart*> year_of;
  for (const JoinPart& part : parts) {
    for (const int year : part.zones.years) {
      const auto [it, is_new] = year_of.emplace(year, &part);
      if (!is_new) {
        throw Error(part.folder + ": the year " + std::to_string(year) + " is also in " +
                    it->second->folder + "; leave one of them out");
      }
    }
    const JoinPart& first = parts.front();
    for (const char* key : {"result_version", "bit_class", "grid"}) compare_json(part, first, key);
    compare_parameters(part, first);
    compare_zones(part, first);
  }
}

io::ZoneTable merged_zones(const std::vector<JoinPart>& parts) {
  std::map<int, std::pair<const JoinPart*, std::size_t>> source;
  for (const JoinPart& part : parts) {
    for (std::size_t y = 0; y < part.zones.years.size(); ++y) {
      source[part.zones.years[y]] = {&part, y};
    }
  }
  io::ZoneTable merged;
  merged.nodes = parts.front().zones.nodes;
  for (const auto& column : parts.front().zones.columns) {
    merged.columns.push_back({column.name, column.unit, column.long_name, {}, column.cell_methods});
  }
  for (const auto& [year, from] : source) {
    merged.years.push_back(year);
    const io::ZoneTable& table = from.first->zones;
    for (std::size_t c = 0; c < merged.columns.size(); ++c) {
      const auto& values = table.columns[c].values;
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(table.index(from.second, 0));
      merged.columns[c].values.insert(merged.columns[c].values.end(), begin,
                                      begin + static_cast<std::ptrdiff_t>(table.nodes.size()));
    }
  }
  return merged;
}

std::string merged_profile(const std::vector<JoinPart>& parts) {
  std::string text;
  std::multimap<int, std::string> rows;  // keeps the order of rows within a year
  std::vector<std::string> header;
  for (const JoinPart& part : parts) {
    const io::CsvFile csv = io::read_csv(part.folder + "/profile.csv");
    if (header.empty()) header = csv.header;
    if (csv.header != header) refuse(part, parts.front(), "other columns of profile.csv");
    const std::size_t year_column = csv.need_column("year", "profile.csv");
    for (std::size_t r = 0; r < csv.rows.size(); ++r) {
      const auto year = io::parse_number(csv.rows[r][year_column]);
      if (!year) {
        throw Error(csv.path + ": line " + std::to_string(csv.lines[r]) + ": '" +
                    csv.rows[r][year_column] + "' is no year");
      }
      std::string row;
      for (std::size_t f = 0; f < csv.rows[r].size(); ++f) {
        row += (f == 0 ? "" : ",") + io::csv_field(csv.rows[r][f]);
      }
      rows.emplace(static_cast<int>(*year), std::move(row));
    }
  }
  for (std::size_t f = 0; f < header.size(); ++f) {
    text += (f == 0 ? "" : ",") + io::csv_field(header[f]);
  }
  text += '\n';
  for (const auto& [year, row] : rows) text += row + '\n';
  return text;
}

}  // namespace cnci::jobs
