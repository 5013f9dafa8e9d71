#include "io/zones_overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace cnci::io {
namespace {

bool point_less(MapPoint a, MapPoint b) { return std::tie(a.x, a.y) < std::tie(b.x, b.y); }

/// An edge of a zone's border; its ends in an order of their own, so that it sorts beside the same
/// edge of a neighbour.
struct Edge {
  MapPoint low;
  MapPoint high;
  std::uint32_t zone = 0;
  bool forward = true;  ///< the zone's border runs from low to high

  Edge(MapPoint from, MapPoint to, std::uint32_t of)
      : low(from), high(to), zone(of), forward(point_less(from, to)) {
    if (!forward) std::swap(low, high);
  }
  [[nodiscard]] MapPoint from() const { return forward ? low : high; }
  [[nodiscard]] MapPoint to() const { return forward ? high : low; }
};

bool same_place(const Edge& a, const Edge& b) { return a.low == b.low && a.high == b.high; }

std::vector<Edge> all_edges(const std::vector<MapPolygons>& zones) {
  std::vector<Edge> edges;
  const auto add = [&edges](const MapRing& ring, std::size_t zone) {
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      edges.emplace_back(ring[j], ring[i], static_cast<std::uint32_t>(zone));
    }
  };
  for (std::size_t zone = 0; zone < zones.size(); ++zone) {
    for (const MapPolygon& polygon : zones[zone]) {
      add(polygon.exterior, zone);
      for (const MapRing& hole : polygon.holes) add(hole, zone);
    }
  }
  return edges;
}

struct LooseEdges {
  std::vector<Edge> boundary;  ///< what is left of the sum of all zones' boundaries
  std::vector<Edge> suspects;  ///< edges along which some zone may overlap another
};

LooseEdges loose_edges(const std::vector<MapPolygons>& zones) {
  std::vector<Edge> edges = all_edges(zones);
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    return std::tie(a.low.x, a.low.y, a.high.x, a.high.y, a.forward, a.zone) <
           std::tie(b.low.x, b.low.y, b.high.x, b.high.y, b.forward, b.zone);
  });
  LooseEdges loose;
  for (std::size_t first = 0; first < edges.size();) {
    std::size_t last = first;
    std::size_t forward = 0;
    while (last < edges.size() && same_place(edges[first], edges[last])) {
      forward += edges[last].forward ? 1U : 0U;
      ++last;
    }
    const std::size_t backward = last - first - forward;
    if (forward != backward) {
      const bool majority = forward > backward;
      std::size_t excess = majority ? forward - backward : backward - forward;
      for (std::size_t i = first; i < last && excess > 0; ++i) {
        if (edges[i].forward != majority) continue;
        loose.boundary.push_back(edges[i]);
        --excess;
      }
    }
    if (forward != 1 || backward != 1) {
      loose.suspects.insert(loose.suspects.end(),
                            edges.begin() + static_cast<std::ptrdiff_t>(first),
                            edges.begin() + static_cast<std::ptrdiff_t>(last));
    }
    first = last;
  }
  return loose;
}

MapBox bounds(const Edge& edge) {
  MapBox box = MapBox::nothing();
  box.include(edge.low);
  box.include(edge.high);
  return box;
}

/// Pairs of zones to intersect exactly.
class OverlapSearch {
 public:
  explicit OverlapSearch(const std::vector<MapPolygons>& zones)
      : zones_(&zones), suspects_(zones.size()) {
    for (const Edge& edge : loose_edges(zones).suspects) {
      suspects_[edge.zone].push_back(bounds(edge));
    }
    boxes_.reserve(zones.size());
    for (const MapPolygons& zone : zones) boxes_.push_back(io::bounds(zone));
  }

  /// Calls visit(low, high) for all pairs whose boxes touch.
  template <class Visit>
  void sweep(Visit visit) const {
    std::vector<std::size_t> order(boxes_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [this](std::size_t i) { return boxes_[i].empty(); });
    std::ranges::sort(order, [this](std::size_t a, std::size_t b) {
      return std::tie(boxes_[a].xmin, a) < std::tie(boxes_[b].xmin, b);
    });
    std::vector<std::size_t> active;
    for (const std::size_t i : order) {
      std::erase_if(active, [&](std::size_t j) { return boxes_[j].xmax < boxes_[i].xmin; });
      for (const std::size_t j : active) {
        if (boxes_[i].touches(boxes_[j])) visit(std::min(i, j), std::max(i, j));
      }
      active.push_back(i);
    }
  }

  [[nodiscard]] bool suspicious(std::size_t a, std::size_t b) const {
    return near(suspects_[a], boxes_[b]) || near(suspects_[b], boxes_[a]);
  }

  [[nodiscard]] double overlap_km2(std::size_t a, std::size_t b, const EllipsoidArea& area) const {
    MapBox shared = boxes_[a];
    shared.xmin = std::max(shared.xmin, boxes_[b].xmin);
    shared.ymin = std::max(shared.ymin, boxes_[b].ymin);
    shared.xmax = std::min(shared.xmax, boxes_[b].xmax);
    shared.ymax = std::min(shared.ymax, boxes_[b].ymax);
    return area.km2(intersection(parts_in((*zones_)[a], shared), parts_in((*zones_)[b], shared)));
  }

 private:
  [[nodiscard]] static bool near(const std::vector<MapBox>& edges, const MapBox& box) {
    return std::ranges::any_of(edges, [&box](const MapBox& edge) { return edge.touches(box); });
  }
  [[nodiscard]] static MapPolygons parts_in(const MapPolygons& zone, const MapBox& box) {
    MapPolygons parts;
    std::ranges::copy_if(zone, std::back_inserter(parts), [&box](const MapPolygon& polygon) {
      return io::bounds(polygon.exterior).touches(box);
    });
    return parts;
  }

  const std::vector<MapPolygons>* zones_;
  std::vector<std::vector<MapBox>> suspects_;
  std::vector<MapBox> boxes_;
};

/// The rings that directed edges form, each the border of one face on its right-hand side.
class RingTracer {
 public:
  explicit RingTracer(std::vector<Edge> edges) : edges_(std::move(edges)), used_(edges_.size()) {
    std::ranges::sort(edges_, {}, [](const Edge& e) {
      return std::make_tuple(e.from().x, e.from().y, e.to().x, e.to().y, e.zone);
    });
  }

  [[nodiscard]] std::vector<MapRing> rings() {
    std::vector<MapRing> rings;
    for (std::size_t first = 0; first < edges_.size(); ++first) {
      if (used_[first]) continue;
      MapRing ring;
      for (std::size_t i = first; i != edges_.size(); i = next(edges_[i])) {
        used_[i] = true;
        ring.push_back(edges_[i].from());
      }
      rings.push_back(std::move(ring));
    }
    return rings;
  }

 private:
  /// The unused edge from the end of `edge` that comes first counter-clockwise from the way back.
  [[nodiscard]] std::size_t next(const Edge& edge) const {
    const auto begin = std::ranges::lower_bound(edges_, edge.to(), point_less,
                                                [](const Edge& e) { return e.from(); });
    std::size_t best = edges_.size();
    double best_turn = 0;
    const double back = std::atan2(edge.from().y - edge.to().y, edge.from().x - edge.to().x);
    for (auto it = begin; it != edges_.end() && it->from() == edge.to(); ++it) {
      const auto i = static_cast<std::size_t>(it - edges_.begin());
      if (used_[i]) continue;
      double turn = std::atan2(it->to().y - it->from().y, it->to().x - it->from().x) - back;
      if (turn <= 0) turn += 2 * std::numbers::pi;
      if (best == edges_.size() || turn < best_turn) {
        best = i;
        best_turn = turn;
      }
    }
    return best;
  }

  std::vector<Edge> edges_;
  std::vector<bool> used_;
};

struct TracedRing {
  MapRing ring;
  MapBox box;
  double plane = 0;
  double km2 = 0;  ///< without sign; of a hole at last less the islands in it
};

}  // namespace

std::vector<ZoneOverlap> find_overlaps(const std::vector<MapPolygons>& zones,
                                       const EllipsoidArea& area) {
  const OverlapSearch search(zones);
  std::vector<ZoneOverlap> overlaps;
  std::set<std::pair<std::size_t, std::size_t>> tested;
  std::vector<bool> involved(zones.size());
  const auto test = [&](std::size_t a, std::size_t b) {
    if (!tested.emplace(a, b).second) return;
    const double km2 = search.overlap_km2(a, b, area);
    if (km2 <= kSliverKm2) return;
    overlaps.push_back({a, b, km2});
    involved[a] = true;
    involved[b] = true;
  };
  search.sweep([&](std::size_t a, std::size_t b) {
    if (search.suspicious(a, b)) test(a, b);
  });
  // Two zones may overlap inside a third with all their edges cancelled there.
  if (!overlaps.empty()) {
    search.sweep([&](std::size_t a, std::size_t b) {
      if (involved[a] && involved[b]) test(a, b);
    });
  }
  std::ranges::sort(overlaps, [](const ZoneOverlap& a, const ZoneOverlap& b) {
    return std::tie(a.low, a.high) < std::tie(b.low, b.high);
  });
  return overlaps;
}

std::vector<ZoneGap> find_gaps(const std::vector<MapPolygons>& zones, const EllipsoidArea& area) {
  std::vector<TracedRing> holes;
  std::vector<TracedRing> islands;
  for (MapRing& ring : RingTracer(loose_edges(zones).boundary).rings()) {
    TracedRing traced{std::move(ring), {}, 0, 0};
    traced.box = bounds(traced.ring);
    traced.plane = plane_area(traced.ring);
    traced.km2 = std::abs(area.ring_km2(traced.ring));
    if (traced.km2 > kSliverKm2) (traced.plane < 0 ? holes : islands).push_back(std::move(traced));
  }
  for (const TracedRing& island : islands) {
    const MapPoint a = island.ring[0];
    const MapPoint b = island.ring[1];
    const MapPoint probe{(a.x + b.x) / 2, (a.y + b.y) / 2};
    TracedRing* around = nullptr;
    for (TracedRing& hole : holes) {
      if (!hole.box.touches(island.box) || !(hole.plane < -island.plane)) continue;
      if (around != nullptr && around->plane > hole.plane) continue;
      if (contains(hole.ring, probe)) around = &hole;
    }
    if (around != nullptr) around->km2 -= island.km2;
  }
  std::vector<ZoneGap> gaps;
  for (const TracedRing& hole : holes) {
    if (hole.km2 <= kSliverKm2) continue;
    gaps.push_back(
        {{(hole.box.xmin + hole.box.xmax) / 2, (hole.box.ymin + hole.box.ymax) / 2}, hole.km2});
  }
  std::ranges::sort(gaps, [](const ZoneGap& a, const ZoneGap& b) {
    return std::tie(b.km2, a.middle.x, a.middle.y) < std::tie(a.km2, b.middle.x, b.middle.y);
  });
  return gaps;
}

}  // namespace cnci::io
