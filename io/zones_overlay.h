// Where zones overlap and where they leave gaps: only along the loose edges of their borders.
// Overlaps are measured pair by pair with GEOS, gaps by following the edges that are left round the
// holes of the union.
#pragma once

#include <cstddef>
#include <vector>

#include "io/zone_edges.h"
#include "io/zone_geometry.h"

namespace cnci::io {

/// Overlaps and gaps of a square metre or less are rounding.
inline constexpr double kSliverKm2 = 1e-6;

struct ZoneOverlap {
  std::size_t low = 0;  ///< index of the zone that keeps the shared part
  std::size_t high = 0;
  double km2 = 0;
};

/// Ascending by (low, high). `loose` are the zones' own loose edges.
[[nodiscard]] std::vector<ZoneOverlap> find_overlaps(const std::vector<MapPolygons>& zones,
                                                     const LooseEdges& loose,
                                                     const EllipsoidArea& area);

struct ZoneGap {
  MapPoint middle;  ///< of its bounding box, in the zones' CRS
  double km2 = 0;
};

/// Holes of the union of all zones, largest first, from what is left of their borders. Zones must
/// not overlap.
[[nodiscard]] std::vector<ZoneGap> find_gaps(const LooseEdges& loose, const EllipsoidArea& area);

}  // namespace cnci::io
