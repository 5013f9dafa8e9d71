#include "io/topology_arcs.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace cnci::io {
namespace {

using PointId = std::uint32_t;
using IdRing = std::vector<PointId>;

/// Rings as numbers of their points, which are numbered in ascending order.
struct NumberedRings {
  std::vector<LatticePoint> points;
  std::vector<IdRing> rings;
};

NumberedRings numbered(std::span<const LatticeRing> rings) {
  struct Vertex {
    LatticePoint point;
    std::uint32_t ring;
    std::uint32_t place;
  };
  std::vector<Vertex> vertices;
  NumberedRings result;
  for (std::size_t i = 0; i < rings.size(); ++i) {
    result.rings.emplace_back(rings[i].size());
    for (std::size_t j = 0; j < rings[i].size(); ++j) {
      vertices.push_back(
          {rings[i][j], static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)});
    }
  }
  std::ranges::sort(vertices, [](const Vertex& a, const Vertex& b) { return a.point < b.point; });
  for (const Vertex& vertex : vertices) {
    if (result.points.empty() || result.points.back() != vertex.point) {
      result.points.push_back(vertex.point);
    }
    result.rings[vertex.ring][vertex.place] = static_cast<PointId>(result.points.size() - 1);
  }
  return result;
}

std::size_t after(std::size_t place, const IdRing& ring) {
  return place + 1 == ring.size() ? 0 : place + 1;
}

/// Points at which some ring has other neighbours than another, or than itself in passing again.
std::vector<bool> junctions_of(const NumberedRings& numbered) {
  constexpr PointId kUnseen = 0xffffffff;
  std::vector<std::pair<PointId, PointId>> neighbours(numbered.points.size(), {kUnseen, kUnseen});
  std::vector<bool> is_junction(numbered.points.size());
  for (const IdRing& ring : numbered.rings) {
    for (std::size_t i = 0, before = ring.size() - 1; i < ring.size(); before = i++) {
      const auto here = std::minmax({ring[before], ring[after(i, ring)]});
      auto& seen = neighbours[ring[i]];
      if (seen.first == kUnseen) {
        seen = here;
      } else if (seen != std::pair<PointId, PointId>(here)) {
        is_junction[ring[i]] = true;
      }
    }
  }
  return is_junction;
}

/// Between two junctions every point has the same neighbours in all rings, so an arc is known by
/// its first two points, or its last two.
class ArcCutter {
 public:
  explicit ArcCutter(const NumberedRings& numbered)
      : numbered_(numbered), is_junction_(junctions_of(numbered)) {}

  [[nodiscard]] TopologyArcs cut() {
    for (const IdRing& ring : numbered_.rings) result_.rings.push_back(cut_ring(ring));
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::vector<ArcUse> cut_ring(const IdRing& ring) {
    std::vector<ArcUse> uses;
    if (ring.empty()) return uses;
    const std::size_t start = start_of(ring);
    IdRing arc{ring[start]};
    std::size_t place = start;
    do {
      place = after(place, ring);
      arc.push_back(ring[place]);
      if (!is_junction_[ring[place]] && place != start) continue;
      uses.push_back(use_of(arc));
      arc.assign(1, ring[place]);
    } while (place != start);
    return uses;
  }

  /// The lowest junction, or the lowest point where there is none.
  [[nodiscard]] std::size_t start_of(const IdRing& ring) const {
    std::size_t best = 0;
    const auto rank = [&](std::size_t i) {
      return std::tuple(!is_junction_[ring[i]], ring[i], ring[after(i, ring)]);
    };
    for (std::size_t i = 1; i < ring.size(); ++i) {
      if (rank(i) < rank(best)) best = i;
    }
    return best;
  }

  [[nodiscard]] ArcUse use_of(const IdRing& ids) {
    const auto key = [](PointId end, PointId next) { return std::uint64_t{end} << 32 | next; };
    const std::uint64_t forward = key(ids[0], ids[1]);
    if (const auto known = known_.find(forward); known != known_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(result_.arcs.size());
    known_.emplace(forward, ArcUse{.arc = number, .backward = false});
    known_.emplace(key(ids[ids.size() - 1], ids[ids.size() - 2]),
                   ArcUse{.arc = number, .backward = true});
    Arc& arc = result_.arcs.emplace_back();
    arc.reserve(ids.size());
    for (const PointId id : ids) arc.push_back(numbered_.points[id]);
    return {.arc = number, .backward = false};
  }

  const NumberedRings& numbered_;
  std::vector<bool> is_junction_;
  std::unordered_map<std::uint64_t, ArcUse> known_;
  TopologyArcs result_;
};

}  // namespace

std::int64_t twice_area(std::span<const LatticePoint> ring) {
  // Unsigned: parts of the sum may pass the range that the area itself keeps to.
  std::uint64_t sum = 0;
  for (std::size_t i = 2; i < ring.size(); ++i) {
    sum += static_cast<std::uint64_t>(twice_area(ring[0], ring[i - 1], ring[i]));
  }
  return static_cast<std::int64_t>(sum);
}

TopologyArcs cut_into_arcs(std::span<const LatticeRing> rings) {
  const NumberedRings numbered_rings = numbered(rings);
  return ArcCutter(numbered_rings).cut();
}

}  // namespace cnci::io
