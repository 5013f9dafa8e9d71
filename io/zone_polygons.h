// The polygons of every level, read back from the zones.gpkg of an output.
#pragma once

#include <string>
#include <vector>

#include "io/zone_geometry.h"

namespace cnci::io {

/// The zones of one level in the order of the file.
struct ZonePolygons {
  std::string level;
  std::string crs_wkt;  ///< of the polygons
  std::vector<std::string> codes;
  std::vector<std::vector<unsigned char>> wkb;  ///< one a zone; empty where it has no polygon
};

/// All levels, coarse ones first, of the first year in the file (polygons are the same in all), in
/// the CRS given, or in their own where that is empty. Leaves nothing beside the file. Throws Error
/// naming file, level and zone where a polygon cannot be read or has no image in that CRS.
[[nodiscard]] std::vector<ZonePolygons> read_zone_polygons(const std::string& gpkg_path,
                                                           const std::string& target_crs_wkt);

/// The box of all polygons; empty where there is none.
[[nodiscard]] MapBox extent_of(const std::vector<ZonePolygons>& levels);

}  // namespace cnci::io
