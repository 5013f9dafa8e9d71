#include "io/zone_geometry_densify.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace cnci::io {
namespace {

constexpr int kMaxDepth = 20;
/// An edge longer than this many tolerances is also looked at in its quarters, lest an S-shaped
/// image passes because its middle lies on the chord.
constexpr double kLongEdge = 400;

MapPoint middle(MapPoint a, MapPoint b) { return {(a.x + b.x) / 2, (a.y + b.y) / 2}; }

MapRing images(const MapRing& points, const engine::CoordinateTransform& transform) {
  std::vector<double> x(points.size());
  std::vector<double> y(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    x[i] = points[i].x;
    y[i] = points[i].y;
  }
  transform.apply(x, y);
  MapRing out(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) out[i] = {x[i], y[i]};
  return out;
}

/// A point of the ring with its image; `open` where the edge to the next point is to be looked at.
struct Node {
  MapPoint source;
  MapPoint image;
  bool open = true;
};

class Bisection {
 public:
  Bisection(const MapRing& ring, const engine::CoordinateTransform& transform, const Densify& how)
      : transform_(&transform), how_(how) {
    const MapRing mapped = images(ring, transform);
    nodes_.reserve(ring.size());
    for (std::size_t i = 0; i < ring.size(); ++i) nodes_.push_back({ring[i], mapped[i], true});
  }

  /// Splits every open edge that is not straight; false when none was.
  bool split() {
    MapRing probes;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      Node& node = nodes_[i];
      node.open = node.open && length(node.image, next(i).image) > how_.tolerance;
      if (!node.open) continue;
      const MapPoint half = middle(node.source, next(i).source);
      probes.push_back(middle(node.source, half));
      probes.push_back(half);
      probes.push_back(middle(half, next(i).source));
    }
    if (probes.empty()) return false;
    const MapRing mapped = images(probes, *transform_);
    std::vector<Node> refined;
    refined.reserve(nodes_.size() + probes.size() / 3);
    bool any = false;
    std::size_t probe = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      Node node = nodes_[i];
      if (!node.open) {
        refined.push_back(node);
        continue;
      }
      node.open = bent(node.image, next(i).image, mapped, probe);
      refined.push_back(node);
      if (node.open) refined.push_back({probes[probe + 1], mapped[probe + 1], true});
      any = any || node.open;
      probe += 3;
    }
    nodes_ = std::move(refined);
    return any;
  }

  [[nodiscard]] MapRing result() const {
    MapRing ring;
    ring.reserve(nodes_.size());
    for (const Node& node : nodes_) ring.push_back(node.image);
    return ring;
  }

 private:
  [[nodiscard]] const Node& next(std::size_t i) const {
    return nodes_[i + 1 == nodes_.size() ? 0 : i + 1];
  }
  [[nodiscard]] double along_x(double dx) const {
    return how_.degrees ? std::remainder(dx, 360.0) : dx;
  }
  [[nodiscard]] double length(MapPoint a, MapPoint b) const {
    return std::hypot(along_x(b.x - a.x), b.y - a.y);
  }
  /// Distance of p from the chord between a and b; the same when they change places.
  [[nodiscard]] double off_chord(MapPoint a, MapPoint b, MapPoint p) const {
    const double chord_x = along_x(b.x - a.x);
    const double chord_y = b.y - a.y;
    const double chord = std::hypot(chord_x, chord_y);
    // p from the middle of the chord.
    const double dx = (along_x(p.x - a.x) + along_x(p.x - b.x)) / 2;
    const double dy = ((p.y - a.y) + (p.y - b.y)) / 2;
    const bool beside = std::abs(chord_x * dx + chord_y * dy) < chord * chord / 2;
    return beside ? std::abs(chord_x * dy - chord_y * dx) / chord : std::hypot(dx, dy);
  }
  [[nodiscard]] bool bent(MapPoint a, MapPoint b, const MapRing& mapped, std::size_t probe) const {
    const MapPoint half = mapped[probe + 1];
    if (off_chord(a, b, half) > how_.tolerance) return true;
    if (length(a, b) <= kLongEdge * how_.tolerance) return false;
    return off_chord(a, half, mapped[probe]) > how_.tolerance ||
           off_chord(half, b, mapped[probe + 2]) > how_.tolerance;
  }

  const engine::CoordinateTransform* transform_;
  Densify how_;
  std::vector<Node> nodes_;
};

bool finite(const MapRing& ring) {
  return std::ranges::all_of(ring,
                             [](MapPoint p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

}  // namespace

MapRing densified(const MapRing& ring, const engine::CoordinateTransform& transform,
                  const Densify& how) {
  if (transform.identity()) return ring;
  Bisection bisection(ring, transform, how);
  for (int depth = 0; depth < kMaxDepth && bisection.split(); ++depth) {
  }
  return bisection.result();
}

MapPolygons densified(const MapPolygons& polygons, const engine::CoordinateTransform& transform,
                      const Densify& how) {
  MapPolygons out;
  out.reserve(polygons.size());
  for (const MapPolygon& polygon : polygons) {
    MapPolygon part{densified(polygon.exterior, transform, how), {}};
    for (const MapRing& hole : polygon.holes) {
      part.holes.push_back(densified(hole, transform, how));
    }
    out.push_back(std::move(part));
  }
  return out;
}

bool has_image(const MapPolygons& polygons) {
  return std::ranges::all_of(polygons, [](const MapPolygon& polygon) {
    return finite(polygon.exterior) && std::ranges::all_of(polygon.holes, finite);
  });
}

}  // namespace cnci::io
