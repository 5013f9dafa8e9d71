#include "io/zone_topology.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/arc_simplify.h"
#include "io/drawn_zones.h"
#include "io/topology_arcs.h"

namespace cnci::io {
namespace {

/// Where a ring passes, point by point: the arc, and the place in it.
struct Passage {
  PinnedPoint pin;
  LatticePoint point;
};

std::vector<Passage> passages(const std::vector<ArcUse>& ring, const std::vector<Arc>& arcs) {
  std::vector<Passage> points;
  for (const ArcUse& use : ring) {
    const Arc& arc = arcs[use.arc];
    const auto end = static_cast<std::uint32_t>(arc.size() - 1);
    for (std::uint32_t i = 0; i < end; ++i) {
      const std::uint32_t place = use.backward ? end - i : i;
      points.push_back({{use.arc, place}, arc[place]});
    }
  }
  return points;
}

/// The point for which `measure` is largest, of equals the lowest.
template <typename Measure>
const Passage& extreme(const std::vector<Passage>& points, const Measure& measure) {
  const Passage* best = &points.front();
  auto most = measure(best->point);
  for (const Passage& passage : points) {
    const auto here = measure(passage.point);
    if (here < most || (here == most && !(passage.point < best->point))) continue;
    best = &passage;
    most = here;
  }
  return *best;
}

/// Pins three points far apart, so that the ring keeps area, unless its ends of arcs see to that.
void pin_triangle(const std::vector<ArcUse>& ring, const std::vector<Arc>& arcs,
                  std::vector<PinnedPoint>& pinned) {
  std::vector<LatticePoint> ends;
  std::vector<LatticePoint> all;
  const std::vector<Passage> points = passages(ring, arcs);
  for (const ArcUse& use : ring) {
    ends.push_back(use.backward ? arcs[use.arc].back() : arcs[use.arc].front());
  }
  for (const Passage& passage : points) all.push_back(passage.point);
  constexpr std::int64_t kEnoughOfIt = 4;
  if (std::abs(twice_area(ends)) > std::abs(twice_area(all)) / kEnoughOfIt) return;

  const Passage& lowest = extreme(points, [](LatticePoint) { return 0; });
  const LatticePoint a = lowest.point;
  const Passage& farthest = extreme(points, [a](LatticePoint p) {
    const std::int64_t dx = std::int64_t{p.x} - a.x, dy = std::int64_t{p.y} - a.y;
    return dx * dx + dy * dy;
  });
  const LatticePoint b = farthest.point;
  const Passage& aside =
      extreme(points, [a, b](LatticePoint p) { return std::abs(twice_area(a, b, p)); });
  for (const Passage* passage : {&lowest, &farthest, &aside}) pinned.push_back(passage->pin);
}

std::vector<PinnedPoint> pinned_points(const DrawnZones& drawn, const TopologyArcs& topology) {
  std::vector<PinnedPoint> pinned;
  for (const DrawnZone& zone : drawn.zones) {
    if (zone.largest) pin_triangle(topology.rings[*zone.largest], topology.arcs, pinned);
  }
  return pinned;
}

/// To whole units; repeated points go, the two ends of an arc stay.
void round_to_units(Arc& arc) {
  if (arc.empty()) return;
  for (LatticePoint& point : arc) point = whole_units(point);
  const LatticePoint end = arc.back();
  arc.erase(std::unique(arc.begin(), arc.end()), arc.end());
  if (arc.size() == 1) arc.push_back(end);
}

/// Writes the topology; arcs are numbered as geometries use them.
class TopologyWriter {
 public:
  TopologyWriter(const DrawnZones& drawn, const TopologyArcs& topology)
      : drawn_(drawn), topology_(topology), number_(topology.arcs.size(), kUnused) {}

  [[nodiscard]] std::string write(const std::vector<ZonePolygons>& levels) {
    json_ = R"({"type":"Topology","transform":{"scale":[1,1],"translate":[0,0]},"objects":{)";
    std::size_t zone = 0;
    for (const ZonePolygons& level : levels) {
      separate();
      json_ += quoted(level.level) + R"(:{"type":"GeometryCollection","geometries":[)";
      for (const std::string& code : level.codes) write_geometry(drawn_.zones[zone++], code);
      json_ += "]}";
    }
    json_ += R"(},"arcs":[)";
    for (const Arc& arc : written_) write_arc(arc);
    return std::move(json_ += "]}");
  }

 private:
  using Rings = std::vector<std::size_t>;
  static constexpr std::int64_t kUnused = -1;

  static std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void separate() {
    const char last = json_.back();
    if (last != '[' && last != '{') json_ += ',';
  }

  [[nodiscard]] bool has_area(std::size_t ring) const {
    std::vector<LatticePoint> points;
    for (const ArcUse& use : topology_.rings[ring]) {
      const Arc& arc = topology_.arcs[use.arc];
      if (use.backward) {
        points.insert(points.end(), arc.rbegin(), arc.rend());
      } else {
        points.insert(points.end(), arc.begin(), arc.end());
      }
    }
    return twice_area(points) != 0;
  }

  [[nodiscard]] std::vector<Rings> visible_polygons(const DrawnZone& zone) const {
    std::vector<Rings> polygons;
    for (const RingRange& range : zone.polygons) {
      if (!has_area(range.first)) continue;
      Rings& rings = polygons.emplace_back(1, range.first);
      for (std::size_t hole = range.first + 1; hole < range.last; ++hole) {
        if (has_area(hole)) rings.push_back(hole);
      }
    }
    return polygons;
  }

  void write_geometry(const DrawnZone& zone, const std::string& code) {
    separate();
    const std::vector<Rings> polygons = visible_polygons(zone);
    if (polygons.empty() && !zone.place) {
      json_ += R"({"type":null,"id":)" + quoted(code) + "}";
      return;
    }
    const bool is_one = polygons.size() <= 1;
    json_ += is_one ? R"({"type":"Polygon","id":)" : R"({"type":"MultiPolygon","id":)";
    json_ += quoted(code) + (is_one ? R"(,"arcs":)" : R"(,"arcs":[)");
    if (polygons.empty()) write_triangle(*zone.place);
    for (const Rings& rings : polygons) write_polygon(rings);
    json_ += is_one ? "}" : "]}";
  }

  void write_polygon(const Rings& rings) {
    if (json_.back() == ']') json_ += ',';
    json_ += '[';
    for (const std::size_t ring : rings) {
      separate();
      json_ += '[';
      for (const ArcUse& use : topology_.rings[ring]) {
        if (topology_.arcs[use.arc].empty()) continue;  // a loop that encloses nothing
        separate();
        const std::int64_t number = number_of(use.arc);
        json_ += std::to_string(use.backward ? ~number : number);
      }
      json_ += ']';
    }
    json_ += ']';
  }

  [[nodiscard]] std::int64_t number_of(std::uint32_t arc) {
    if (number_[arc] == kUnused) {
      number_[arc] = static_cast<std::int64_t>(written_.size());
      written_.push_back(topology_.arcs[arc]);
    }
    return number_[arc];
  }

  void write_triangle(LatticePoint place) {
    const auto [x, y] = whole_units(place);
    // Runs round as the exteriors do, y being down.
    json_ += "[[" + std::to_string(written_.size()) + "]]";
    written_.push_back({{x, y}, {x, y + 1}, {x + 1, y}, {x, y}});
  }

  void write_arc(const Arc& arc) {
    separate();
    json_ += '[';
    LatticePoint before;
    for (const LatticePoint& point : arc) {
      separate();
      json_ +=
          '[' + std::to_string(point.x - before.x) + ',' + std::to_string(point.y - before.y) + ']';
      before = point;
    }
    json_ += ']';
  }

  const DrawnZones& drawn_;
  const TopologyArcs& topology_;
  std::vector<std::int64_t> number_;
  std::vector<Arc> written_;
  std::string json_;
};

}  // namespace

std::string topology_json(const std::vector<ZonePolygons>& levels, const MapPlane& plane,
                          std::size_t most_points) {
  const DrawnZones drawn = drawn_zones(levels, plane);
  TopologyArcs topology = cut_into_arcs(drawn.rings);
  simplify_arcs(topology.arcs, pinned_points(drawn, topology), most_points);
  for (Arc& arc : topology.arcs) round_to_units(arc);
  return TopologyWriter(drawn, topology).write(levels);
}

}  // namespace cnci::io
