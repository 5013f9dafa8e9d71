#include "io/zone_geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/zone_geometry_densify.h"

namespace cnci::io {
namespace {

MapRing ring_of(const OGRLinearRing& ring) {
  const auto count = static_cast<std::size_t>(ring.getNumPoints());
  MapRing points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back({ring.getX(static_cast<int>(i)), ring.getY(static_cast<int>(i))});
  }
  return points;
}

void drop_repeats(MapRing& ring) {
  ring.erase(std::unique(ring.begin(), ring.end()), ring.end());
  while (ring.size() > 1 && ring.front() == ring.back()) ring.pop_back();
}

void append_polygon(const OGRPolygon& polygon, MapPolygons& out) {
  const OGRLinearRing* exterior = polygon.getExteriorRing();
  if (exterior == nullptr || exterior->IsEmpty()) return;
  MapPolygon part;
  part.exterior = ring_of(*exterior);
  for (int i = 0; i < polygon.getNumInteriorRings(); ++i) {
    part.holes.push_back(ring_of(*polygon.getInteriorRing(i)));
  }
  out.push_back(std::move(part));
}

void collect(const OGRGeometry& geometry, MapPolygons& out) {
  const OGRwkbGeometryType type = wkbFlatten(geometry.getGeometryType());
  if (type == wkbPolygon) {
    append_polygon(*geometry.toPolygon(), out);
  } else if (OGR_GT_IsSubClassOf(type, wkbGeometryCollection)) {
    for (const OGRGeometry* part : *geometry.toGeometryCollection()) collect(*part, out);
  }
}

OGRLinearRing closed_ring(const MapRing& ring) {
  OGRLinearRing out;
  std::vector<OGRRawPoint> points;
  points.reserve(ring.size() + 1);
  for (const MapPoint& point : ring) points.emplace_back(point.x, point.y);
  if (!ring.empty()) points.emplace_back(ring.front().x, ring.front().y);
  out.setPoints(static_cast<int>(points.size()), points.data());
  return out;
}

OGRGeometryUniquePtr checked(OGRGeometry* raw, const char* operation) {
  OGRGeometryUniquePtr geometry(raw);
  if (geometry == nullptr) {
    throw engine::Error(std::string(operation) + " of polygons failed: " + QuietGdal::message());
  }
  return geometry;
}

/// Two-point Gauss rule on pieces of at most this height: the error is below 1e-9 of the piece.
constexpr double kPieceDeg = 0.5;

/// Integral over the edge of (H(latitude) - reference) d(longitude), in km2.
double edge_km2(MapPoint a, MapPoint b, double reference) {
  const double dlon = b.x - a.x;
  if (dlon == 0) return 0;
  constexpr double kRadian = std::numbers::pi / 180;
  const int pieces = std::max(1, static_cast<int>(std::ceil(std::abs(b.y - a.y) / kPieceDeg)));
  const double half = 0.5 / pieces;
  const double offset = half / std::numbers::sqrt3;
  double sum = 0;
  for (int i = 0; i < pieces; ++i) {
    const double middle = (2 * i + 1) * half;
    for (const double t : {middle - offset, middle + offset}) {
      sum += engine::authalic_height_km2(a.y + t * (b.y - a.y)) - reference;
    }
  }
  return sum * half * dlon * kRadian;
}

/// Longitudes that follow one another without jumps of 360 degrees.
void unwind(MapRing& ring) {
  for (std::size_t i = 1; i < ring.size(); ++i) {
    ring[i].x = ring[i - 1].x + std::remainder(ring[i].x - ring[i - 1].x, 360.0);
  }
}

}  // namespace

void MapBox::include(MapPoint point) {
  xmin = std::min(xmin, point.x);
  ymin = std::min(ymin, point.y);
  xmax = std::max(xmax, point.x);
  ymax = std::max(ymax, point.y);
}

void MapBox::include(const MapBox& other) {
  xmin = std::min(xmin, other.xmin);
  ymin = std::min(ymin, other.ymin);
  xmax = std::max(xmax, other.xmax);
  ymax = std::max(ymax, other.ymax);
}

MapBox MapBox::nothing() {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  return {kInf, kInf, -kInf, -kInf};
}

MapBox bounds(const MapRing& ring) {
  MapBox box = MapBox::nothing();
  for (const MapPoint& point : ring) box.include(point);
  return box;
}

MapBox bounds(const MapPolygons& polygons) {
  MapBox box = MapBox::nothing();
  for (const MapPolygon& polygon : polygons) {
    box.include(bounds(polygon.exterior));
    for (const MapRing& hole : polygon.holes) box.include(bounds(hole));
  }
  return box;
}

double plane_area(const MapRing& ring) {
  if (ring.empty()) return 0;
  const MapPoint origin = ring.front();
  double twice = 0;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    twice += (ring[j].x - origin.x) * (ring[i].y - origin.y) -
             (ring[i].x - origin.x) * (ring[j].y - origin.y);
  }
  return twice / 2;
}

bool contains(const MapRing& ring, MapPoint point) {
  bool inside = false;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    const MapPoint& a = ring[i];
    const MapPoint& b = ring[j];
    if ((a.y > point.y) != (b.y > point.y) &&
        point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) {
      inside = !inside;
    }
  }
  return inside;
}

void normalise(MapPolygons& polygons) {
  const auto useless = [](const MapRing& ring) { return ring.size() < 3; };
  for (MapPolygon& polygon : polygons) {
    drop_repeats(polygon.exterior);
    if (plane_area(polygon.exterior) < 0) std::ranges::reverse(polygon.exterior);
    for (MapRing& hole : polygon.holes) {
      drop_repeats(hole);
      if (plane_area(hole) > 0) std::ranges::reverse(hole);
    }
    std::erase_if(polygon.holes, useless);
  }
  std::erase_if(polygons, [&](const MapPolygon& polygon) { return useless(polygon.exterior); });
}

MapPolygons polygons_of(const OGRGeometry& geometry) {
  MapPolygons polygons;
  collect(geometry, polygons);
  normalise(polygons);
  return polygons;
}

OGRGeometryUniquePtr ogr_of(const MapPolygons& polygons) {
  auto multi = std::make_unique<OGRMultiPolygon>();
  for (const MapPolygon& polygon : polygons) {
    OGRPolygon part;
    OGRLinearRing exterior = closed_ring(polygon.exterior);
    part.addRing(&exterior);
    for (const MapRing& hole : polygon.holes) {
      OGRLinearRing ring = closed_ring(hole);
      part.addRing(&ring);
    }
    if (multi->addGeometry(&part) != OGRERR_NONE) throw engine::Error("cannot build a polygon");
  }
  return OGRGeometryUniquePtr(multi.release());
}

std::string why_invalid(const OGRGeometry& geometry) {
  const QuietGdal quiet;
  if (geometry.IsValid() != 0) return {};
  return QuietGdal::message();
}

MapPolygons repaired(const OGRGeometry& geometry) {
  const QuietGdal quiet;
  const auto attempt = [](const OGRGeometry& broken, const char* method) {
    const std::array<const char*, 2> options{method, nullptr};
    return polygons_of(*checked(broken.MakeValid(options.data()), "repair"));
  };
  MapPolygons polygons = attempt(geometry, "METHOD=STRUCTURE");
  // Points where edges cross are rounded, and may make edges beside them cross: again, and then by
  // the other method, which takes all lines apart first.
  for (const char* method : {"METHOD=STRUCTURE", "METHOD=LINEWORK"}) {
    const OGRGeometryUniquePtr shape = ogr_of(polygons);
    if (shape->IsValid() != 0) break;
    polygons = attempt(*shape, method);
  }
  return polygons;
}

MapPolygons intersection(const MapPolygons& a, const MapPolygons& b) {
  const QuietGdal quiet;
  return polygons_of(*checked(ogr_of(a)->Intersection(ogr_of(b).get()), "intersection"));
}

MapPolygons difference(const MapPolygons& a, const MapPolygons& b) {
  const QuietGdal quiet;
  return polygons_of(*checked(ogr_of(a)->Difference(ogr_of(b).get()), "difference"));
}

MapPolygons united(const MapPolygons& parts) {
  const QuietGdal quiet;
  return polygons_of(*checked(ogr_of(parts)->UnionCascaded(), "union"));
}

EllipsoidArea::EllipsoidArea(bool geographic,
                             std::shared_ptr<const engine::CoordinateTransform> to_lonlat)
    : geographic_(geographic), to_lonlat_(std::move(to_lonlat)) {}

double EllipsoidArea::ring_km2(const MapRing& ring) const {
  // 1e-7 degree, a centimetre: what an edge of a projection may stray from a straight one here.
  constexpr double kToleranceDeg = 1e-7;
  if (ring.size() < 3) return 0;
  MapRing mapped;
  if (!geographic_) mapped = densified(ring, *to_lonlat_, {kToleranceDeg, true});
  if (!geographic_) unwind(mapped);
  const MapRing& path = geographic_ ? ring : mapped;
  // The reference cancels in a closed ring and spares digits. A ring round a pole is not closed in
  // longitude: there the area is counted from the pole.
  const MapPoint first = path.front();
  double turn = first.x - path.back().x;
  if (!geographic_) turn = std::remainder(turn, 360.0);
  const MapPoint end{path.back().x + turn, first.y};
  const bool winds = std::abs(end.x - first.x) > 180;
  const double reference =
      engine::authalic_height_km2(winds ? std::copysign(90.0, first.y) : first.y);
  double sum = edge_km2(path.back(), end, reference);
  for (std::size_t i = 1; i < path.size(); ++i) sum += edge_km2(path[i - 1], path[i], reference);
  return -sum;
}

double EllipsoidArea::km2(const MapPolygons& polygons) const {
  double sum = 0;
  for (const MapPolygon& polygon : polygons) {
    sum += ring_km2(polygon.exterior);
    for (const MapRing& hole : polygon.holes) sum += ring_km2(hole);
  }
  return sum;
}

MapPoint EllipsoidArea::lonlat(MapPoint point) const {
  if (!geographic_) to_lonlat_->apply({&point.x, 1}, {&point.y, 1});
  return point;
}

}  // namespace cnci::io
