// The polygons of all levels as one TopoJSON topology for a map on a page: borders are stored once,
// simplified once and so stay shared by neighbours and levels.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/map_plane.h"
#include "io/zone_polygons.h"

namespace cnci::io {

/// A topology with a GeometryCollection per level, named as the level; the `id` of a geometry is
/// the zone's code, its type is null where the zone has no area. Coordinates are whole units of the
/// plane. Borders are shared where their vertices are the same to 1/1024 of a unit. At most
/// `most_points` points are left in all arcs, unless more are needed for the ends of arcs and to
/// leave every zone one ring with area; a zone too small for the plane's units becomes a triangle
/// of its own. Throws Error naming the zone where a polygon is no WKB or has a coordinate that is
/// not finite.
[[nodiscard]] std::string topology_json(const std::vector<ZonePolygons>& levels,
                                        const MapPlane& plane, std::size_t most_points = 100'000);

}  // namespace cnci::io
