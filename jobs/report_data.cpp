#include "jobs/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "engine/error.h"
#include "engine/text.h"
#include "io/crs.h"
#include "io/map_plane.h"
#include "io/quicklook.h"
#include "io/report_page.h"
#include "io/stored_cube.h"
#include "io/tables.h"
#include "io/zone_polygons.h"
#include "io/zone_topology.h"
#include "jobs/help.h"
#include "jobs/output_folder.h"
#include "jobs/report_tables.h"
#include "jobs/run_files.h"
#include "jobs/zones_command.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;
using engine::Error;
using Json = nlohmann::ordered_json;

/// A page with more numbers than this takes long to open: 3,000 zones over 30 years.
constexpr std::size_t kMostValues = 4'000'000;
/// Points of all borders; a page of 3,000 counties then stays below 5 MB.
constexpr std::size_t kMostPoints = 80'000;
constexpr int kPictureSide = 640;

/// run.json, with what a joined output keeps of its parts brought together.
Json read_run(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  Json run = Json::parse(text.str(), nullptr, false);
  if (!file || !run.is_object()) throw Error(path + ": is damaged, it holds no JSON object");
  if (!run.contains("parts") || !run["parts"].is_array()) return run;
  const Json parts = std::move(run["parts"]);  // what is added to `run` moves what is in it
  run["parts"] = Json::array();
  for (const Json& part : parts) {
    if (!part.is_object() || !part.contains("run") || !part["run"].is_object()) continue;
    run["parts"].push_back({{"folder", part.value("folder", Json())},
                            {"years", part["run"].value("years", Json::array())}});
    for (const char* list : {"notes", "mass", "closure", "inputs"}) {
      if (!part["run"].contains(list) || !part["run"][list].is_array()) continue;
      for (const Json& entry : part["run"][list]) {
        // The same file serves several parts.
        if (!run.contains(list) || std::ranges::count(run[list], entry) == 0) {
          run[list].push_back(entry);
        }
      }
    }
    for (const char* key : {"job", "simd", "libraries"}) {
      if (!run.contains(key) && part["run"].contains(key)) run[key] = part["run"][key];
    }
  }
  return run;
}

/// What a page shows of run.json.
Json shown_of(const Json& run) {
  Json shown = Json::object();
  for (const char* key :
       {"grid", "inputs", "libraries", "simd", "bit_class", "ranks", "threads_per_rank",
        "wall_seconds", "mass", "closure", "notes", "job", "parts"}) {
    if (run.contains(key)) shown[key] = run[key];
  }
  if (run.contains("identity") && run["identity"].is_object() &&
      run["identity"].contains("result_hash")) {
    shown["identity"]["result_hash"] = run["identity"]["result_hash"];
  }
  return shown;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json citation(const io::ZoneTable& table) {
  Json methods = Json::array();
  for (const kernels::Kernel& kernel : kernels::registry()) {
    const bool computed = std::ranges::any_of(kernel.outputs, [&](const kernels::Output& output) {
      return !output.total_name.empty() &&
             table.find(std::string(output.total_name) + "_t") != nullptr;
    });
    if (computed) {
      methods.push_back(std::string(kernel.title) + ": " + std::string(kernel.sources));
    }
  }
  return {{"program",
           fmt::format("cnci {}: a distributed engine for carbon sinks, emissions and the "
                       "carbon-neutrality-capacity index by zone\nBai et al. (2023): A "
                       "carbon-neutrality-capacity index for evaluating carbon sink contributions. "
                       "Environmental Science and Ecotechnology, doi:10.1016/j.ese.2023.100237",
                       program_version())},
          {"methods", methods}};
}

/// The cubes of an output by year, ascending: one for all years, or one a year.
std::vector<std::string> cubes_in(const std::string& folder) {
  std::vector<std::string> cubes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".nc") && is_result(name)) cubes.push_back(entry.path().string());
  }
  std::ranges::sort(cubes);
  return cubes;
}

/// The extent of a map: where the zones lie in the grid. Empty where neither is known.
io::MapBox map_extent(const std::vector<io::ZonePolygons>& polygons, const engine::Grid* grid) {
  const io::MapBox zones = io::extent_of(polygons);
  if (grid == nullptr) return zones;
  io::MapBox extent{grid->x_edge(0), grid->y_edge(grid->rows), grid->x_edge(grid->cols),
                    grid->y_edge(0)};
  if (zones.empty()) return extent;
  // Where zones lie beyond the grid they may be a turn away, and may fill it.
  if (zones.xmin >= extent.xmin && zones.xmax <= extent.xmax) {
    extent.xmin = zones.xmin;
    extent.xmax = zones.xmax;
  }
  if (zones.ymin >= extent.ymin && zones.ymax <= extent.ymax) {
    extent.ymin = zones.ymin;
    extent.ymax = zones.ymax;
  }
  return extent;
}

class Gathering {
 public:
  Gathering(std::string folder, int threads, std::optional<io::ZoneTable> table)
      : folder_(std::move(folder)), threads_(threads), given_(std::move(table)) {}

  ReportData operator()() {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) {
      throw Error(folder_ + ": there is no such folder; give the output.path of a run");
    }
    read_run_mark();
    read_zones();
    cubes_ = cubes_in(folder_);
    if (run_.empty() && table_.nodes.empty() && cubes_.empty()) {
      throw Error(folder_ + ": holds nothing that a run has left; give the output.path of a run");
    }
    const std::string title = name();
    std::string json = "{\"version\":" + json_text(program_version()) +
                       ",\"name\":" + json_text(title) + "," + zones_json(table_, long_names());
    json += ",\"profile\":" + profile() + map_and_pictures();
    json += ",\"run\":" + dumped(shown_of(run_)) + ",\"cite\":" + dumped(citation(table_));
    json += ",\"lacking\":" + dumped(lacking_) + "}";
    return {title, std::move(json), lacking_};
  }

 private:
  [[nodiscard]] std::string file(const std::string& name) const {
    return (fs::path(folder_) / name).string();
  }

  /// Does a part of the work; where it fails, says so and goes on without.
  template <typename Part>
  void attempt(const std::string& name, const Part& part) {
    try {
      std::error_code error;
      if (!name.empty() && !fs::exists(file(name), error)) {
        lacking_.push_back(name + " is absent");
        return;
      }
      part();
    } catch (const std::exception& e) {
      lacking_.push_back(engine::printable(e.what()));
    }
  }

  void read_run_mark() {
    std::error_code error;
    if (!fs::exists(file(kRunMark), error)) {
      lacking_.emplace_back(
          "run.json is absent: the run is not complete, run the job again to finish it; provenance "
          "and closure are not shown");
      return;
    }
    attempt(kRunMark, [&] {
      run_ = read_run(file(kRunMark));
      OutputFolder(folder_).require_whole();
    });
  }

  void read_zones() {
    attempt("zones.csv", [&] {
      io::ZoneTable table = given_ ? std::move(*given_) : io::read_zones_csv(file("zones.csv"));
      table_ = small_enough(std::move(table), kMostValues, lacking_);
      for (auto& column : table_.columns) column.unit = zone_column_unit(column.name);
    });
  }

  [[nodiscard]] std::string name() const {
    const auto found = run_.find("name");
    if (found != run_.end() && found->is_string() && !found->get<std::string>().empty()) {
      return found->get<std::string>();
    }
    return fs::absolute(folder_).lexically_normal().filename().string();
  }

  [[nodiscard]] std::map<std::string, std::string> long_names() const {
    std::map<std::string, std::string> names;
    if (!run_.contains("columns") || !run_["columns"].is_array()) return names;
    for (const Json& column : run_["columns"]) {
      if (column.is_object() && column.contains("name") && column.contains("long_name") &&
          column["name"].is_string() && column["long_name"].is_string()) {
        names[column["name"]] = column["long_name"];
      }
    }
    return names;
  }

  std::string profile() {
    std::string json = "null";
    attempt("profile.csv", [&] { json = profile_json(file("profile.csv")); });
    return json;
  }

  /// Polygons and pictures, in one plane.
  std::string map_and_pictures() {
    std::optional<io::StoredCube> cube;
    if (cubes_.empty()) lacking_.emplace_back("cube.nc is absent: there are no quick looks");
    if (!cubes_.empty()) attempt("", [&] { cube.emplace(cubes_.back()); });
    std::vector<io::ZonePolygons> polygons;
    std::string crs = cube ? cube->spec().grid.crs_wkt : std::string{};
    attempt("zones.gpkg", [&] {
      polygons = io::read_zone_polygons(file("zones.gpkg"), crs);
      keep_shown_levels(polygons);
      if (!polygons.empty()) crs = polygons.front().crs_wkt;
    });
    std::optional<io::MapPlane> plane;
    std::string map = "null";
    attempt("", [&] {
      const io::MapBox box = map_extent(polygons, cube ? &cube->spec().grid : nullptr);
      if (box.empty()) return;
      plane.emplace(box.xmin, box.ymin, box.xmax, box.ymax, io::crs_is_geographic(crs));
      if (polygons.empty()) return;
      map = fmt::format(R"({{"width":{},"height":{},"topology":{}}})", plane->width, plane->height,
                        io::topology_json(polygons, *plane, kMostPoints));
    });
    return ",\"map\":" + map + ",\"pictures\":[" +
           (cube && plane ? pictures(*cube, *plane) : std::string{}) + "]";
  }

  std::string pictures(const io::StoredCube& cube, const io::MapPlane& plane) {
    std::string json;
    for (const char* name : {"sink", "ccsf", "scsf", "nep", "ce", "balance"}) {
      const auto& variables = cube.spec().variables;
      if (std::ranges::find(variables, name, &io::CubeVariable::name) == variables.end()) continue;
      attempt("", [&] {
        const std::string text = picture(cube, plane, name);
        json += (json.empty() ? "" : ",") + text;
      });
    }
    return json;
  }

  void keep_shown_levels(std::vector<io::ZonePolygons>& polygons) const {
    const std::vector<std::string> levels = levels_of(table_);
    std::erase_if(polygons, [&](const io::ZonePolygons& level) {
      return std::ranges::count(levels, level.level) == 0;
    });
  }

  [[nodiscard]] std::string picture(const io::StoredCube& cube, const io::MapPlane& plane,
                                    const std::string& variable) const {
    const io::Quicklook look = io::make_quicklook(
        cubes_.back(), variable, cube.spec().years.size() - 1, kPictureSide, threads_);
    const engine::Grid& grid = cube.spec().grid;
    const auto [x0, y0] = plane.to_plane(grid.x_edge(0), grid.y_edge(0));
    // The last pixels of a picture may reach beyond the grid.
    const auto [x1, y1] = plane.to_plane(grid.x_at(static_cast<double>(look.width) * look.cells),
                                         grid.y_at(static_cast<double>(look.height) * look.cells));
    Json json = {{"variable", look.variable},   {"unit", look.unit},
                 {"long_name", look.long_name}, {"year", cube.spec().years.back()},
                 {"box", {x0, y0, x1, y1}},     {"low", look.low},
                 {"high", look.high},           {"scale", look.scale},
                 {"colours", look.colours}};
    json["png"] = look.png.empty() ? "" : "data:image/png;base64," + io::base64(look.png);
    return dumped(json);
  }

  std::string folder_;
  int threads_;
  std::optional<io::ZoneTable> given_;
  Json run_ = Json::object();
  io::ZoneTable table_;
  std::vector<std::string> cubes_;
  std::vector<std::string> lacking_;
};

}  // namespace

ReportData gather_report(const std::string& folder, int threads,
                         std::optional<io::ZoneTable> table) {
  return Gathering(folder, threads, std::move(table))();
}

}  // namespace cnci::jobs
