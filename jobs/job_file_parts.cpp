#include "jobs/job_file_parts.h"

#include <algorithm>

#include "engine/error.h"
#include "io/crs.h"
#include "io/units.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

/// A finding where a key that must be there is not.
void require(const std::string& key, const std::string& what, Settings& settings) {
  if (!settings.mentioned(key)) settings.fail(key, "is absent; " + what);
}

/// The value of a key whose default the registry has, or the default where the value is bad.
int whole_number(const std::string& key, Settings& settings) {
  return static_cast<int>(parse_integer_in(settings.text(key), 0, 1'000'000));
}

io::ZoneField zone_field(const std::string& key, Settings& settings) {
  const auto text = settings.given(key);
  return text ? parse_zone_field(*text) : io::ZoneField{};
}

void check_table_unit(const io::JoinTableSpec& table, Settings& settings) {
  const bool people = table.name == "population";
  if (table.unit.empty() || (!people && table.name != "gdp")) return;
  const std::string expected = people ? "persons" : "USD";
  if (!io::convertible(io::parse_unit(table.unit).base, expected)) {
    settings.fail("table." + table.name + ".unit",
                  "'" + table.unit + "' does not convert to " + expected);
  }
}

}  // namespace

GridSpec build_grid(Settings& settings) {
  GridSpec grid;
  grid.crs = settings.text("grid.crs");
  grid.resolution = engine::parse_rational(settings.text("grid.resolution"));
  grid.tile = whole_number("grid.tile", settings);
  const std::vector<double> origin = parse_numbers(settings.text("grid.origin"), 2);
  grid.origin_x = origin[0];
  grid.origin_y = origin[1];
  const std::string extent = settings.text("grid.extent");
  if (extent == "zones") {
    grid.extent = GridSpec::Extent::kZones;
  } else if (extent == "global") {
    grid.extent = GridSpec::Extent::kGlobal;
    if (!io::crs_is_geographic(io::crs_wkt(grid.crs))) {
      settings.fail("grid.extent", "global needs a grid.crs in degrees; '" + grid.crs +
                                       "' is projected, give xmin,ymin,xmax,ymax instead");
    }
  } else {
    grid.extent = GridSpec::Extent::kBox;
    const std::vector<double> box = parse_numbers(extent, 4);
    grid.xmin = box[0];
    grid.ymin = box[1];
    grid.xmax = box[2];
    grid.ymax = box[3];
  }
  return grid;
}

io::ZoneSpec build_zones(Settings& settings) {
  require("zones.path", "the polygons to sum over", settings);
  require("zones.levels", "the levels of the zones, coarse to fine, as in province, county",
          settings);
  io::ZoneSpec zones;
  zones.path = settings.path("zones.path");
  zones.layer = settings.text("zones.layer");
  zones.where = settings.text("zones.where");
  zones.crs = settings.text("zones.crs");
  zones.duplicates = settings.text("zones.duplicates") == "merge" ? io::Duplicates::kMerge
                                                                  : io::Duplicates::kError;
  const std::string missing = settings.text("zones.missing_code");
  zones.missing_code = missing == "drop"   ? io::MissingCode::kDrop
                       : missing == "name" ? io::MissingCode::kName
                                           : io::MissingCode::kError;
  const auto levels = settings.given("zones.levels");
  std::vector<std::string> ids = levels ? parse_names(*levels) : std::vector<std::string>{};
  for (const std::string& id : ids) {
    const std::string key = "zones." + id;
    require(key + ".code", "the attribute with the codes of level " + id + ", or ='constant'",
            settings);
    zones.levels.push_back(
        {id, zone_field(key + ".code", settings), zone_field(key + ".name", settings)});
  }
  if (!levels) return zones;
  for (const auto& [id, key] : settings.open_names("zones")) {
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    settings.fail(key, "'" + id + "' is no level of zones.levels" + did_you_mean(id, ids) +
                           " (levels: " + joined(ids) + ")");
  }
  return zones;
}

std::vector<io::JoinTableSpec> build_tables(const io::ZoneSpec& zones, Settings& settings) {
  std::vector<std::string> levels;
  for (const io::ZoneLevel& level : zones.levels) levels.push_back(level.id);
  std::vector<io::JoinTableSpec> tables;
  for (const auto& [name, first_key] : settings.open_names("table")) {
    const std::string key = "table." + name + ".";
    require(key + "path", "the CSV file", settings);
    require(key + "level", "the level of the zones that the table speaks of", settings);
    require(key + "code", "the column with the zones' codes", settings);
    require(key + "value", "the column with the numbers", settings);
    require(key + "unit", "the unit of the numbers, as in persons or USD", settings);
    io::JoinTableSpec table;
    table.name = name;
    table.path = settings.path(key + "path");
    table.level = settings.text(key + "level");
    table.code = settings.text(key + "code");
    table.value = settings.text(key + "value");
    table.year = settings.text(key + "year");
    table.unit = settings.text(key + "unit");
    if (const auto text = settings.given(key + "crosswalk")) {
      const Crosswalk crosswalk = parse_crosswalk(*text);
      table.crosswalk_path = settings.path_from(key + "crosswalk", crosswalk.path);
      table.crosswalk_from = crosswalk.from;
      table.crosswalk_to = crosswalk.to;
      settings.set_effective(key + "crosswalk",
                             table.crosswalk_path + ":" + crosswalk.from + "," + crosswalk.to);
    }
    const bool known = std::find(levels.begin(), levels.end(), table.level) != levels.end();
    if (!table.level.empty() && !levels.empty() && !known) {
      settings.fail(key + "level", "'" + table.level + "' is no level of zones.levels" +
                                       did_you_mean(table.level, levels) +
                                       " (levels: " + joined(levels) + ")");
    }
    check_table_unit(table, settings);
    tables.push_back(std::move(table));
  }
  return tables;
}

OutputSpec build_output(Settings& settings) {
  require("output.path", "the folder of the results", settings);
  OutputSpec output;
  output.path = settings.path("output.path");
  output.files =
      settings.text("output.files") == "yearly" ? CubeFiles::kYearly : CubeFiles::kSingle;
  output.chunk = whole_number("output.chunk", settings);
  output.compression = whole_number("output.compression", settings);
  output.significant_bits = whole_number("output.significant_bits", settings);
  return output;
}

}  // namespace cnci::jobs
