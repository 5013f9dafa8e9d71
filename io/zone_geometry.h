// Polygons of zones as plain coordinates, between OGR (which reads, repairs and overlays them) and
// the engine's fixed-point rings. Areas are those of the WGS84 ellipsoid: the integral of the
// authalic height over longitude along every edge.
#pragma once

#include <ogr_geometry.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/transform.h"

namespace cnci::io {

struct MapPoint {
  double x = 0;  ///< longitude or easting
  double y = 0;  ///< latitude or northing
  bool operator==(const MapPoint&) const = default;
};

/// Closed implicitly: the first point is not repeated at the end.
using MapRing = std::vector<MapPoint>;

/// Exterior counter-clockwise, holes clockwise (x east, y north): the inside is on the left.
struct MapPolygon {
  MapRing exterior;
  std::vector<MapRing> holes;
};
using MapPolygons = std::vector<MapPolygon>;

struct MapBox {
  double xmin = 0, ymin = 0, xmax = 0, ymax = 0;
  [[nodiscard]] bool touches(const MapBox& other) const {
    return xmin <= other.xmax && other.xmin <= xmax && ymin <= other.ymax && other.ymin <= ymax;
  }
  void include(MapPoint point);
  void include(const MapBox& other);
  /// A box that holds nothing, to be grown by include().
  [[nodiscard]] static MapBox nothing();
  [[nodiscard]] bool empty() const { return xmin > xmax; }
};

[[nodiscard]] MapBox bounds(const MapRing& ring);
/// Holes count too: where a polygon is invalid they may reach out of it.
[[nodiscard]] MapBox bounds(const MapPolygons& polygons);

/// Signed area on the map plane, positive where the ring runs counter-clockwise.
[[nodiscard]] double plane_area(const MapRing& ring);
[[nodiscard]] bool contains(const MapRing& ring, MapPoint point);
/// Exteriors counter-clockwise, holes clockwise; repeated points and rings of fewer than three
/// points are dropped.
void normalise(MapPolygons& polygons);

/// The polygonal parts of a geometry, normalised.
[[nodiscard]] MapPolygons polygons_of(const OGRGeometry& geometry);
[[nodiscard]] OGRGeometryUniquePtr ogr_of(const MapPolygons& polygons);

/// The reason why GEOS calls it invalid; empty where it is valid.
[[nodiscard]] std::string why_invalid(const OGRGeometry& geometry);
/// The polygonal part of GEOS MakeValid (structure method: shells united, holes taken out), made
/// once more where rounding leaves it invalid.
[[nodiscard]] MapPolygons repaired(const OGRGeometry& geometry);
[[nodiscard]] MapPolygons intersection(const MapPolygons& a, const MapPolygons& b);
[[nodiscard]] MapPolygons difference(const MapPolygons& a, const MapPolygons& b);
[[nodiscard]] MapPolygons united(const MapPolygons& parts);

/// Ellipsoidal areas of polygons in a CRS. Edges are straight in longitude and latitude where the
/// CRS is geographic, else straight in the projection.
class EllipsoidArea {
 public:
  /// `to_lonlat` maps the polygons' CRS to WGS84 degrees; not used where `geographic`.
  EllipsoidArea(bool geographic, std::shared_ptr<const engine::CoordinateTransform> to_lonlat);
  /// Signed as plane_area().
  [[nodiscard]] double ring_km2(const MapRing& ring) const;
  [[nodiscard]] double km2(const MapPolygons& polygons) const;
  [[nodiscard]] MapPoint lonlat(MapPoint point) const;

 private:
  bool geographic_;
  std::shared_ptr<const engine::CoordinateTransform> to_lonlat_;
};

}  // namespace cnci::io
