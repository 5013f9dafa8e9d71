// Where zones overlap and where they leave gaps. Edges that two neighbours share in opposite
// directions cancel; what is left bounds the set of points covered once more on its left than on
// its right, so that overlaps and gaps can lie only along it. Overlaps are then measured pair by
// pair with GEOS, gaps by following the edges that are left round the holes of the union.
#pragma once

#include <cstddef>
#include <vector>

#include "io/zone_geometry.h"

namespace cnci::io {

/// Overlaps and gaps of a square metre or less are rounding.
inline constexpr double kSliverKm2 = 1e-6;

struct ZoneOverlap {
  std::size_t low = 0;  ///< index of the zone that keeps the shared part
  std::size_t high = 0;
  double km2 = 0;
};

/// Ascending by (low, high).
[[nodiscard]] std::vector<ZoneOverlap> find_overlaps(const std::vector<MapPolygons>& zones,
                                                     const EllipsoidArea& area);

struct ZoneGap {
  MapPoint middle;  ///< of its bounding box, in the zones' CRS
  double km2 = 0;
};

/// Holes of the union of all zones, largest first. Zones must not overlap.
[[nodiscard]] std::vector<ZoneGap> find_gaps(const std::vector<MapPolygons>& zones,
                                             const EllipsoidArea& area);

}  // namespace cnci::io
