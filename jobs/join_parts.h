// The outputs that `cnci join` reads: what each holds, whether they fit together, and their tables
// merged by year.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::jobs {

struct JoinPart {
  std::string folder;
  nlohmann::ordered_json run;  ///< its run.json
  io::ZoneTable zones;
  std::vector<std::string> cubes;  ///< paths
  bool yearly = false;             ///< cube_YEAR.nc instead of cube.nc
};

/// Throws engine::Error where the folder holds no complete output.
[[nodiscard]] JoinPart read_join_part(const std::string& folder);

/// Throws engine::Error naming the first difference that forbids joining: a year twice, other
/// zones, columns, grid, parameters, bit class or result version.
void check_join_parts(const std::vector<JoinPart>& parts);

/// Years ascending.
[[nodiscard]] io::ZoneTable merged_zones(const std::vector<JoinPart>& parts);

/// profile.csv of all parts, rows by year.
[[nodiscard]] std::string merged_profile(const std::vector<JoinPart>& parts);

/// The leaf polygons of a zones.gpkg, in the order of the table's leaves, with their CRS.
struct LeafPolygons {
  std::vector<std::vector<unsigned char>> wkb;
  std::string crs_wkt;
};
[[nodiscard]] LeafPolygons read_leaf_polygons(const JoinPart& part);

}  // namespace cnci::jobs
