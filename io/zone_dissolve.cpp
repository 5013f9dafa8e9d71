#include "io/zone_dissolve.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "io/zone_edges.h"

namespace cnci::io {
namespace {

struct PointLess {
  bool operator()(MapPoint a, MapPoint b) const { return std::tie(a.x, a.y) < std::tie(b.x, b.y); }
};

bool passes_twice(const MapRing& ring) {
  MapRing points = ring;
  std::ranges::sort(points, PointLess{});
  return std::ranges::adjacent_find(points) != points.end();
}

/// Cuts a ring where it passes a point again, into rings that do not.
void append_simple(MapRing ring, std::vector<MapRing>& out) {
  if (!passes_twice(ring)) {
    out.push_back(std::move(ring));
    return;
  }
  MapRing path;
  std::map<MapPoint, std::size_t, PointLess> place;
  for (const MapPoint& point : ring) {
    const auto [met, is_new] = place.emplace(point, path.size());
    if (!is_new) {
      const auto loop = path.begin() + static_cast<std::ptrdiff_t>(met->second);
      out.emplace_back(loop, path.end());
      for (auto it = loop + 1; it != path.end(); ++it) place.erase(*it);
      path.erase(loop, path.end());
    }
    path.push_back(point);
  }
  out.push_back(std::move(path));
}

struct Shell {
  MapPolygon polygon;
  MapBox box;
  double area = 0;
};

/// The smallest exterior round a hole; nothing where there is none.
Shell* shell_round(const MapRing& hole, std::vector<Shell>& shells) {
  const MapPoint probe{(hole[0].x + hole[1].x) / 2, (hole[0].y + hole[1].y) / 2};
  const MapBox box = bounds(hole);
  const double area = -plane_area(hole);
  Shell* best = nullptr;
  for (Shell& shell : shells) {
    if (!shell.box.touches(box) || shell.area <= area) continue;
    if (best != nullptr && best->area <= shell.area) continue;
    if (contains(shell.polygon.exterior, probe)) best = &shell;
  }
  return best;
}

/// Nothing where the rings are not those of polygons.
std::optional<MapPolygons> polygons_of_rings(std::vector<MapRing> rings) {
  std::vector<Shell> shells;
  std::vector<MapRing> holes;
  for (MapRing& ring : rings) {
    const double area = plane_area(ring);
    if (area < 0) {
      holes.push_back(std::move(ring));
    } else if (area > 0) {
      const MapBox box = bounds(ring);
      shells.push_back({{std::move(ring), {}}, box, area});
    } else {
      return std::nullopt;
    }
  }
  for (MapRing& hole : holes) {
    Shell* const shell = shell_round(hole, shells);
    if (shell == nullptr) return std::nullopt;
    shell->polygon.holes.push_back(std::move(hole));
  }
  MapPolygons polygons;
  polygons.reserve(shells.size());
  for (Shell& shell : shells) polygons.push_back(std::move(shell.polygon));
  return polygons;
}

}  // namespace

std::optional<MapPolygons> dissolved(const MapPolygons& parts) {
  if (parts.size() == 1) return parts;
  std::vector<MapRing> rings;
  for (MapRing& ring : traced_rings(loose_edges({&parts, 1}).boundary, Face::kLeft)) {
    append_simple(std::move(ring), rings);
  }
  std::optional<MapPolygons> polygons = polygons_of_rings(std::move(rings));
  // Borders that are not shared vertex by vertex leave edges on top of one another.
  if (polygons && !why_invalid(*ogr_of(*polygons)).empty()) polygons.reset();
  return polygons;
}

}  // namespace cnci::io
