#include "jobs/provenance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/text.h"
#include "io/crs.h"
#include "jobs/help.h"
#include "jobs/output_folder.h"
#include "kernels/simd.h"

namespace cnci::jobs {
namespace {

using Json = nlohmann::ordered_json;

Json inputs_json(const std::vector<io::FileFacts>& files) {
  Json inputs = Json::array();
  for (const io::FileFacts& file : files) {
    inputs.push_back({{"path", engine::printable(file.path)},
                      {"bytes", file.bytes},
                      {"modified", file.modified},
                      {"hash", file.content}});
  }
  return inputs;
}

Json grid_json(const engine::Grid& grid) {
  return {
      {"crs", io::crs_name(grid.crs_wkt)},
      {"resolution", fmt::format("{}/{}", grid.resolution.num, grid.resolution.den)},
      {"columns", grid.cols},
      {"rows", grid.rows},
      {"bounds", {grid.x_edge(0), grid.y_edge(grid.rows), grid.x_edge(grid.cols), grid.y_edge(0)}}};
}

}  // namespace

std::string provenance_json(const Setup& setup, const RunFacts& facts, const io::ZoneTable& table,
                            const std::vector<io::FileFacts>& inputs,
                            const std::vector<io::FileFacts>& results) {
  Json json;
  json["program"] = "cnci";
  json["version"] = program_version();
  json["result_version"] = kResultVersion;
  json["name"] = engine::printable(setup.job.name);
  json["years"] = setup.job.years;
  json["identity"] = {{"result_hash", setup.identity.result_hash},
                      {"layout_hash", setup.identity.layout_hash},
                      {"description", Json::parse(setup.identity.description_json)}};
  for (const auto& [key, value] : setup.job.effective) json["job"][key] = engine::printable(value);
  json["grid"] = grid_json(setup.grid);
  json["inputs"] = inputs_json(inputs);
  for (const auto& [library, version] : library_versions()) json["libraries"][library] = version;
  json["simd"] = kernels::simd_target();
  json["bit_class"] = bit_class();
  json["ranks"] = facts.ranks;
  json["threads_per_rank"] = facts.threads;
  json["tiles"] = facts.tiles;
  json["tiles_resumed"] = facts.tiles_resumed;
  json["tiles_of_kept_coverage"] = facts.tiles_of_kept_coverage;
  json["keeps_tiles"] = facts.keeps_tiles;
  if (!facts.started_over_as.empty()) {
    json["started_over_as"] = engine::printable(facts.started_over_as);
  }
  json["cells"] = facts.touched_cells;
  for (const auto& [phase, seconds] : facts.wall_seconds) json["wall_seconds"][phase] = seconds;
  for (std::size_t i = 0; i < PhaseSeconds::kNames.size(); ++i) {
    json["phase_seconds"][PhaseSeconds::kNames.at(i)] = facts.phases.seconds.at(i);
  }
  json["bytes_read"] = facts.counters.bytes_read;
  json["bytes_decoded"] = facts.decoded_bytes;
  json["bytes_needed"] = facts.counters.bytes_needed;
  json["values_outside_range"] = facts.counters.outside_range;
  json["mass"] = Json::array();
  for (const MassLine& line : facts.mass) {
    json["mass"].push_back({{"layer", line.layer},
                            {"year", line.year},
                            {"unit", line.unit},
                            {"inventory", line.mass.inventory},
                            {"in_domain", line.mass.in_domain},
                            {"out_of_domain", line.mass.out_of_domain},
                            {"zoned", line.zoned},
                            {"unzoned", line.unzoned()}});
  }
  json["closure"] = Json::array();
  for (const auto& line : facts.closure) {
    json["closure"].push_back({{"year", setup.job.years.at(line.year)},
                               {"variable", line.variable},
                               {"zoned", line.zoned},
                               {"unzoned", line.unzoned},
                               {"total", line.total},
                               {"exact", line.exact}});
  }
  json["diagnostics_km2"] = Json::object();
  for (const auto& [year, areas] : facts.diagnostics) {
    json["diagnostics_km2"][std::to_string(year)] = areas;
  }
  json["columns"] = Json::array();
  for (const auto& column : table.columns) {
    json["columns"].push_back({{"name", column.name},
                               {"units", column.unit},
                               {"long_name", column.long_name},
                               {"cell_methods", column.cell_methods}});
  }
  json["notes"] = Json::array();
  for (const std::string& note : facts.notes) json["notes"].push_back(engine::printable(note));
  json["results"] = results_json(results);
  return json.dump(1) + "\n";
}

}  // namespace cnci::jobs
