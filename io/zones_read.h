// Features of an OGR source as leaves: codes and names of every level, and polygons that are valid
// and lie within longitudes -180..180. What is wrong with them is collected as findings.
#pragma once

#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/zone_tree.h"
#include "io/zone_geometry.h"
#include "io/zones.h"

namespace cnci::io {

struct ZoneLeaf {
  engine::ZoneLineage lineage;
  MapPolygons polygons;
  [[nodiscard]] const std::string& code() const { return lineage.codes.back(); }
  [[nodiscard]] const std::string& name() const { return lineage.names.back(); }
};

struct ZoneFeatures {
  std::string crs_wkt;
  bool geographic = true;
  std::vector<ZoneLeaf> leaves;  ///< by code, then in the file's order; codes may repeat
};

/// Throws Error where the file, its layer, an attribute, the condition or the CRS cannot be used.
[[nodiscard]] ZoneFeatures read_zone_features(const ZoneSpec& spec,
                                              std::vector<engine::Finding>& findings);

/// Makes one leaf of all that share a code; an error among the findings where the spec forbids it.
[[nodiscard]] std::vector<ZoneLeaf> merge_duplicates(std::vector<ZoneLeaf> leaves,
                                                     const ZoneSpec& spec,
                                                     std::vector<engine::Finding>& findings);

/// "a, b, c and 4 more": a list for one line of a message.
[[nodiscard]] std::string short_list(const std::vector<std::string>& items);

}  // namespace cnci::io
