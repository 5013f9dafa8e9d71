// Leaf polygons of a finished output, read back from its zones.gpkg.
#include <algorithm>
#include <map>

#include "engine/error.h"
#include "io/zone_polygons.h"
#include "jobs/join_parts.h"

namespace cnci::jobs {

LeafPolygons read_leaf_polygons(const JoinPart& part) {
  using engine::Error;
  const std::string path = part.folder + "/zones.gpkg";
  const std::string& level = part.zones.nodes.back().level;
  std::vector<io::ZonePolygons> levels = io::read_zone_polygons(path, {});
  const auto found = std::ranges::find(levels, level, &io::ZonePolygons::level);
  if (found == levels.end()) throw Error(path + ": there is no layer '" + level + "'");

  std::map<std::string, std::vector<unsigned char>> by_code;
  for (std::size_t i = 0; i < found->codes.size(); ++i) {
    if (found->wkb[i].empty()) throw Error(path + ": a zone has no polygon");
    by_code[found->codes[i]] = std::move(found->wkb[i]);
  }
  LeafPolygons leaves;
  leaves.crs_wkt = found->crs_wkt;
  for (const auto& node : part.zones.nodes) {
    if (node.level != level) continue;
    const auto it = by_code.find(node.code);
    if (it == by_code.end()) throw Error(path + ": the zone " + node.code + " is absent");
    leaves.wkb.push_back(std::move(it->second));
  }
  return leaves;
}

}  // namespace cnci::jobs
