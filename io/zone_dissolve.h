// The union of zones that share their borders vertex by vertex, as the zones of a map do: their
// common edges cancel, and the edges that are left are followed round.
#pragma once

#include <optional>

#include "io/zone_geometry.h"

namespace cnci::io {

/// The union of parts whose interiors do not overlap; parts that touch in a point stay polygons of
/// their own. Nothing where some border is not shared vertex by vertex: GEOS must unite those.
[[nodiscard]] std::optional<MapPolygons> dissolved(const MapPolygons& parts);

}  // namespace cnci::io
