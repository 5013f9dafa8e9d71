#include "io/zones_overlay.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace cnci::io {
namespace {

MapBox bounds(const Edge& edge) {
  MapBox box = MapBox::nothing();
  box.include(edge.low);
  box.include(edge.high);
  return box;
}

/// Pairs of zones to intersect exactly.
class OverlapSearch {
 public:
  OverlapSearch(const std::vector<MapPolygons>& zones, const LooseEdges& loose)
      : zones_(&zones), suspects_(zones.size()) {
    for (const Edge& edge : loose.suspects) {
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

struct TracedRing {
  MapRing ring;
  MapBox box;
  double plane = 0;
  double km2 = 0;  ///< without sign; of a hole at last less the islands in it
};

}  // namespace

std::vector<ZoneOverlap> find_overlaps(const std::vector<MapPolygons>& zones,
                                       const LooseEdges& loose, const EllipsoidArea& area) {
  const OverlapSearch search(zones, loose);
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

std::vector<ZoneGap> find_gaps(const LooseEdges& loose, const EllipsoidArea& area) {
  std::vector<TracedRing> holes;
  std::vector<TracedRing> islands;
  for (MapRing& ring : traced_rings(loose.boundary, Face::kRight)) {
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
