#include "io/zone_edges.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>
#include <utility>

namespace cnci::io {
namespace {

bool point_less(MapPoint a, MapPoint b) { return std::tie(a.x, a.y) < std::tie(b.x, b.y); }

bool same_place(const Edge& a, const Edge& b) { return a.low == b.low && a.high == b.high; }

std::vector<Edge> all_edges(std::span<const MapPolygons> zones) {
  const auto points_of = [](const MapPolygon& polygon) {
    std::size_t points = polygon.exterior.size();
    for (const MapRing& hole : polygon.holes) points += hole.size();
    return points;
  };
  std::size_t points = 0;
  for (const MapPolygons& zone : zones) {
    for (const MapPolygon& polygon : zone) points += points_of(polygon);
  }
  std::vector<Edge> edges;
  edges.reserve(points);
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

bool edge_less(const Edge& a, const Edge& b) {
  return std::tie(a.low.x, a.low.y, a.high.x, a.high.y, a.forward, a.zone) <
         std::tie(b.low.x, b.low.y, b.high.x, b.high.y, b.forward, b.zone);
}

/// Sorts by edge_less: first into columns of the map, each of which then stays in cache.
std::vector<Edge> sorted(std::vector<Edge> edges) {
  constexpr std::size_t kEdgesOfColumn = 256;
  const auto [west, east] =
      std::ranges::minmax_element(edges, {}, [](const Edge& e) { return e.low.x; });
  if (edges.size() <= kEdgesOfColumn || !(west->low.x < east->low.x)) {
    std::ranges::sort(edges, edge_less);
    return edges;
  }
  const double x0 = west->low.x;
  const std::size_t columns = edges.size() / kEdgesOfColumn;
  const double columns_per_x = static_cast<double>(columns) / (east->low.x - x0);
  const auto column_of = [&](const Edge& edge) {
    return std::min(static_cast<std::size_t>((edge.low.x - x0) * columns_per_x), columns - 1);
  };
  std::vector<std::size_t> ends(columns);
  for (const Edge& edge : edges) ++ends[column_of(edge)];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<Edge> by_column(edges);
  std::vector<std::size_t> places(ends);
  for (const Edge& edge : edges) by_column[--places[column_of(edge)]] = edge;
  for (std::size_t c = 0; c < columns; ++c) {
    std::sort(by_column.begin() + static_cast<std::ptrdiff_t>(places[c]),
              by_column.begin() + static_cast<std::ptrdiff_t>(ends[c]), edge_less);
  }
  return by_column;
}

class RingTracer {
 public:
  RingTracer(std::vector<Edge> edges, Face face)
      : edges_(std::move(edges)), face_(face), used_(edges_.size()) {
    std::ranges::sort(edges_, [](const Edge& a, const Edge& b) {
      const MapPoint a_from = a.from(), a_to = a.to(), b_from = b.from(), b_to = b.to();
      return std::tie(a_from.x, a_from.y, a_to.x, a_to.y, a.zone) <
             std::tie(b_from.x, b_from.y, b_to.x, b_to.y, b.zone);
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
  /// The unused edge from the end of `edge` that comes first from the way back, through the face.
  [[nodiscard]] std::size_t next(const Edge& edge) const {
    const auto begin = std::ranges::lower_bound(edges_, edge.to(), point_less,
                                                [](const Edge& e) { return e.from(); });
    const auto leaves_there = [&](auto it) {
      return it != edges_.end() && it->from() == edge.to();
    };
    if (leaves_there(begin) && !leaves_there(begin + 1)) {
      const auto only = static_cast<std::size_t>(begin - edges_.begin());
      return used_[only] ? edges_.size() : only;
    }
    std::size_t best = edges_.size();
    double best_turn = 0;
    const double back = std::atan2(edge.from().y - edge.to().y, edge.from().x - edge.to().x);
    for (auto it = begin; leaves_there(it); ++it) {
      const auto i = static_cast<std::size_t>(it - edges_.begin());
      if (used_[i]) continue;
      double turn = std::atan2(it->to().y - it->from().y, it->to().x - it->from().x) - back;
      if (face_ == Face::kLeft) turn = -turn;
      if (turn <= 0) turn += 2 * std::numbers::pi;
      if (best == edges_.size() || turn < best_turn) {
        best = i;
        best_turn = turn;
      }
    }
    return best;
  }

  std::vector<Edge> edges_;
  Face face_;
  std::vector<bool> used_;
};

}  // namespace

Edge::Edge(MapPoint from, MapPoint to, std::uint32_t of)
    : low(from), high(to), zone(of), forward(point_less(from, to)) {
  if (!forward) std::swap(low, high);
}

LooseEdges loose_edges(std::span<const MapPolygons> zones) {
  const std::vector<Edge> edges = sorted(all_edges(zones));
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

std::vector<MapRing> traced_rings(std::vector<Edge> edges, Face face) {
  return RingTracer(std::move(edges), face).rings();
}

}  // namespace cnci::io
