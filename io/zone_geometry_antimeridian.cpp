#include "io/zone_geometry_antimeridian.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace cnci::io {
namespace {

constexpr double kSnapDeg = 1e-9;
/// Of longitude, that a ring may reach over: every turn costs a cut.
constexpr double kMostDegrees = 3600;

bool on_antimeridian(double x) { return std::abs(std::abs(x) - 180) <= kSnapDeg; }

bool jumps(MapPoint a, MapPoint b) { return std::abs(b.x - a.x) > 180; }

/// An edge along a whole parallel, from one end of the map to the other.
bool whole_parallel(MapPoint a, MapPoint b) {
  return on_antimeridian(a.x) && on_antimeridian(b.x) && a.y == b.y;
}

struct Unwrapped {
  MapRing ring;
  int turns = 0;  ///< round the globe, positive eastwards
};

Unwrapped unwrap(const MapRing& ring) {
  Unwrapped out;
  out.ring.reserve(ring.size() + 3);
  int shift = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    if (i > 0 && jumps(ring[i - 1], ring[i])) shift += ring[i].x < ring[i - 1].x ? 1 : -1;
    out.ring.push_back({ring[i].x + 360.0 * shift, ring[i].y});
  }
  if (jumps(ring.back(), ring.front())) shift += ring.front().x < ring.back().x ? 1 : -1;
  out.turns = shift;
  return out;
}

/// True where the ring is to be read as drawn on the map: it has no long edges, or only whole
/// parallels that make no sense as points of the antimeridian (a rectangle round the globe).
bool drawn_on_map(const MapRing& ring) {
  bool any = false;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    if (std::abs(ring[i].x) > 180 + kSnapDeg) return false;
    if (!jumps(ring[j], ring[i])) continue;
    any = true;
    if (!whole_parallel(ring[j], ring[i])) return false;
  }
  if (!any) return true;
  const Unwrapped path = unwrap(ring);
  return path.turns != 0 || std::abs(plane_area(path.ring)) < kSnapDeg * kSnapDeg;
}

/// Closes a ring that winds once round the globe through the pole.
void close_through(Unwrapped& path, double pole) {
  if (std::abs(path.turns) > 1) {
    throw engine::Error("a ring winds round the globe " + std::to_string(std::abs(path.turns)) +
                        " times; repair the polygon");
  }
  const MapPoint first = path.ring.front();
  const double end = first.x + 360.0 * path.turns;
  path.ring.push_back({end, first.y});
  path.ring.push_back({end, pole});
  path.ring.push_back({first.x, pole});
}

/// Adds the points where edges cross longitudes 180 + 360 k.
MapRing with_crossings(const MapRing& ring) {
  MapRing out;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const MapPoint a = ring[i];
    const MapPoint b = ring[i + 1 == ring.size() ? 0 : i + 1];
    out.push_back(a);
    const double low = std::min(a.x, b.x);
    const double high = std::max(a.x, b.x);
    std::vector<MapPoint> cuts;
    for (double k = std::floor((low - 180) / 360) + 1; 180 + 360 * k < high; ++k) {
      const double x = 180 + 360 * k;
      cuts.push_back({x, a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x))});
    }
    if (a.x > b.x) std::ranges::reverse(cuts);
    out.insert(out.end(), cuts.begin(), cuts.end());
  }
  return out;
}

/// The area inside a ring that may reach over the antimeridian, in pieces within -180..180.
MapPolygons cut(const MapRing& ring) {
  const MapBox box = bounds(ring);
  if (!(box.xmax - box.xmin <= kMostDegrees)) {
    throw engine::Error(
        "a ring reaches over more than ten turns round the globe; check its "
        "coordinates");
  }
  const MapPolygons raw{{with_crossings(ring), {}}};
  const OGRGeometryUniquePtr shape = ogr_of(raw);
  const MapPolygons whole = why_invalid(*shape).empty() ? polygons_of(*shape) : repaired(*shape);
  const double first = std::floor((box.xmin + 180) / 360);
  MapPolygons pieces;
  for (double k = first; - 180 + 360 * k < box.xmax; ++k) {
    const double west = -180 + 360 * k;
    const MapPolygons strip{{{{west, box.ymin - 1},
                              {west + 360, box.ymin - 1},
                              {west + 360, box.ymax + 1},
                              {west, box.ymax + 1}},
                             {}}};
    for (MapPolygon piece : intersection(whole, strip)) {
      const auto shift = [k](MapRing& points) {
        for (MapPoint& point : points) {
          point.x -= 360 * k;
          if (on_antimeridian(point.x)) point.x = std::copysign(180.0, point.x);
        }
      };
      shift(piece.exterior);
      std::ranges::for_each(piece.holes, shift);
      pieces.push_back(std::move(piece));
    }
  }
  return box.xmax - box.xmin > 360 + kSnapDeg ? united(pieces) : pieces;
}

MapPolygons exclusive_or(const MapPolygons& a, const MapPolygons& b) {
  MapPolygons parts = difference(a, b);
  MapPolygons rest = difference(b, a);
  std::ranges::move(rest, std::back_inserter(parts));
  return united(parts);
}

MapPolygons on_sphere(const MapPolygon& polygon) {
  std::vector<Unwrapped> winding;
  std::vector<MapPolygons> holes;
  MapPolygons area;
  const auto sort_in = [&](const MapRing& ring, bool exterior) {
    Unwrapped path{ring, 0};
    if (!drawn_on_map(ring)) path = unwrap(ring);
    if (path.turns != 0) {
      winding.push_back(std::move(path));
    } else if (exterior) {
      area = cut(path.ring);
    } else {
      holes.push_back(cut(path.ring));
    }
  };
  sort_in(polygon.exterior, true);
  for (const MapRing& hole : polygon.holes) sort_in(hole, false);

  // Two rings round the globe bound a band whichever pole both are closed through; a single one
  // bounds a cap round the nearer pole.
  double sum = 0;
  double count = 0;
  for (const Unwrapped& path : winding) {
    for (const MapPoint& point : path.ring) sum += point.y;
    count += static_cast<double>(path.ring.size());
  }
  const double pole = count > 0 && sum / count < 0 ? -90 : 90;
  for (Unwrapped& path : winding) {
    close_through(path, pole);
    area = exclusive_or(area, cut(path.ring));
  }
  for (const MapPolygons& hole : holes) area = difference(area, hole);
  return area;
}

}  // namespace

bool crosses_antimeridian(const MapPolygons& polygons) {
  return std::ranges::any_of(polygons, [](const MapPolygon& polygon) {
    return !drawn_on_map(polygon.exterior) || !std::ranges::all_of(polygon.holes, drawn_on_map);
  });
}

MapPolygons within_180(const MapPolygons& polygons) {
  MapPolygons out;
  for (const MapPolygon& polygon : polygons) {
    if (drawn_on_map(polygon.exterior) && std::ranges::all_of(polygon.holes, drawn_on_map)) {
      out.push_back(polygon);
    } else {
      MapPolygons parts = on_sphere(polygon);
      std::ranges::move(parts, std::back_inserter(out));
    }
  }
  normalise(out);
  return out;
}

}  // namespace cnci::io
