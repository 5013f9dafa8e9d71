// Zones on a grid: polygons reprojected on densified edges and rounded to the grid's fixed-point
// lattice, with copies 360 degrees apart where a geographic grid reaches over the antimeridian.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/grid.h"
#include "io/zone_geometry.h"

namespace cnci::io {

class ZoneProjector {
 public:
  /// `from_wkt` is the polygons' CRS.
  ZoneProjector(const std::string& from_wkt, const engine::Grid& grid);

  /// Throws Error where a part that may touch the grid has no image in the grid's CRS.
  [[nodiscard]] engine::ZoneShape shape(const MapPolygons& polygons) const;

 private:
  [[nodiscard]] MapPolygons on_grid_crs(const MapPolygons& polygons) const;

  engine::Grid grid_;
  bool from_geographic_;
  std::unique_ptr<engine::CoordinateTransform> transform_;
  std::optional<MapBox> reach_;  ///< what the grid may touch, in the polygons' CRS; unset: anything
};

/// Bounding box of polygons in a CRS, on densified edges. In degrees of longitude it reaches over
/// the antimeridian where the zones do and would else seem to go round the globe.
[[nodiscard]] MapBox projected_bounds(const std::vector<MapPolygons>& zones,
                                      const std::string& from_wkt, const std::string& to_wkt);

}  // namespace cnci::io
