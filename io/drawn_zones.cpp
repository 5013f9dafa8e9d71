#include "io/drawn_zones.h"

#include <ogr_geometry.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/zone_geometry.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr int kLatticeBits = 10;  ///< of a unit of the plane
/// What lies farther from the plane's corner is drawn there.
constexpr double kFarthestUnit = 1e6;

std::int32_t on_lattice(double unit) {
  constexpr double kSteps = 1 << kLatticeBits;
  return static_cast<std::int32_t>(
      std::lround(std::clamp(unit, -kFarthestUnit, kFarthestUnit) * kSteps));
}

std::int32_t whole_unit(std::int32_t lattice) {
  return (lattice + (1 << (kLatticeBits - 1))) >> kLatticeBits;
}

MapPolygons polygons_of_wkb(const std::vector<unsigned char>& wkb, const std::string& zone) {
  if (wkb.empty()) return {};
  OGRGeometry* raw = nullptr;
  const OGRErr status =
      OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &raw, wkb.size(), wkbVariantIso);
  const OGRGeometryUniquePtr geometry(raw);
  if (status != OGRERR_NONE || geometry == nullptr) {
    throw Error(zone + ": its polygon is no WKB");
  }
  return polygons_of(*geometry);
}

LatticeRing lattice_ring(const MapRing& ring, const MapPlane& plane, double turns,
                         const std::string& zone) {
  LatticeRing points;
  points.reserve(ring.size());
  for (const MapPoint& point : ring) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      throw Error(zone + ": its polygon has a coordinate that is no number");
    }
    const auto [x, y] = plane.to_plane(point.x + turns, point.y);
    const LatticePoint here{on_lattice(x), on_lattice(y)};
    if (points.empty() || points.back() != here) points.push_back(here);
  }
  while (points.size() > 1 && points.front() == points.back()) points.pop_back();
  if (points.size() < 3) points.clear();
  return points;
}

void draw(const MapPolygons& polygons, const MapPlane& plane, const std::string& name,
          DrawnZones& drawn) {
  DrawnZone zone;
  std::int64_t most = 0;
  for (const MapPolygon& polygon : polygons) {
    const MapBox box = bounds(polygon.exterior);
    const double turns = plane.turns_to_plane(box.xmin, box.xmax);
    const std::size_t first = drawn.rings.size();
    drawn.rings.push_back(lattice_ring(polygon.exterior, plane, turns, name));
    const std::int64_t area = std::abs(twice_area(drawn.rings.back()));
    if (area > most) {
      most = area;
      zone.largest = first;
    }
    if (!zone.place && plane_area(polygon.exterior) != 0) {
      const auto [x, y] =
          plane.to_plane(box.xmin / 2 + box.xmax / 2 + turns, box.ymin / 2 + box.ymax / 2);
      zone.place = LatticePoint{on_lattice(x), on_lattice(y)};
    }
    for (const MapRing& hole : polygon.holes) {
      drawn.rings.push_back(lattice_ring(hole, plane, turns, name));
    }
    zone.polygons.push_back({first, drawn.rings.size()});
  }
  drawn.zones.push_back(std::move(zone));
}

}  // namespace

DrawnZones drawn_zones(const std::vector<ZonePolygons>& levels, const MapPlane& plane) {
  prepare_gdal();
  const QuietGdal quiet;
  DrawnZones drawn;
  for (const ZonePolygons& level : levels) {
    if (level.wkb.size() != level.codes.size()) {
      throw Error("level " + level.level + ": " + std::to_string(level.wkb.size()) +
                  " polygons for " + std::to_string(level.codes.size()) + " zones");
    }
    for (std::size_t i = 0; i < level.codes.size(); ++i) {
      const std::string name = level.level + " " + level.codes[i];
      draw(polygons_of_wkb(level.wkb[i], name), plane, name, drawn);
    }
  }
  return drawn;
}

LatticePoint whole_units(LatticePoint point) { return {whole_unit(point.x), whole_unit(point.y)}; }

}  // namespace cnci::io
