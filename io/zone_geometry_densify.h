// Rings from one CRS to another on densified edges: an edge is bisected until its image is straight
// to a tolerance. Bisection and test do not depend on the direction of the edge, so that neighbours
// that share an edge get the same points.
#pragma once

#include "engine/transform.h"
#include "io/zone_geometry.h"

namespace cnci::io {

struct Densify {
  double tolerance = 0;  ///< in units of the target CRS
  bool degrees = false;  ///< the target's x is a longitude: 360 degrees apart is the same
};

/// The ring's image. A point that has no image is NaN, NaN.
[[nodiscard]] MapRing densified(const MapRing& ring, const engine::CoordinateTransform& transform,
                                const Densify& how);

/// All rings of the polygons, not normalised.
[[nodiscard]] MapPolygons densified(const MapPolygons& polygons,
                                    const engine::CoordinateTransform& transform,
                                    const Densify& how);

[[nodiscard]] bool has_image(const MapPolygons& polygons);

}  // namespace cnci::io
