// Longitude and latitude polygons as map polygons within -180..180. A ring whose vertices jump by
// more than 180 degrees is unwrapped, one that winds once round a pole is closed through it, and
// the result is cut at the antimeridian.
#pragma once

#include "io/zone_geometry.h"

namespace cnci::io {

/// Whether a ring jumps by more than 180 degrees of longitude, other than along a whole parallel.
[[nodiscard]] bool crosses_antimeridian(const MapPolygons& polygons);

/// Throws Error where a ring winds round the globe more than once or reaches over ten turns.
[[nodiscard]] MapPolygons within_180(const MapPolygons& polygons);

}  // namespace cnci::io
