// Zones as rings on the lattice in which their vertices are matched: 1/1024 of a unit of a map's
// plane.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "io/map_plane.h"
#include "io/topology_arcs.h"
#include "io/zone_polygons.h"

namespace cnci::io {

/// The polygon whose rings are the numbers first to last - 1, the exterior first.
struct RingRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

struct DrawnZone {
  std::vector<RingRange> polygons;
  std::optional<std::size_t> largest;  ///< the exterior with the most area on the lattice
  std::optional<LatticePoint> place;   ///< the middle of a zone with area, however small
};

/// The rings of all zones of all levels, in their order.
struct DrawnZones {
  std::vector<LatticeRing> rings;
  std::vector<DrawnZone> zones;
};

/// Throws Error naming the zone where a polygon is no WKB or has a coordinate that is not finite.
[[nodiscard]] DrawnZones drawn_zones(const std::vector<ZonePolygons>& levels,
                                     const MapPlane& plane);

/// The unit of the plane next to a point of the lattice.
[[nodiscard]] LatticePoint whole_units(LatticePoint point);

}  // namespace cnci::io
