// Rings of points on an integer lattice, cut into arcs that neighbours share: where rings part or
// meet there is a junction, and between junctions every stretch is stored once, whichever way and
// however often rings run along it. The first step of a TopoJSON topology.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnci::io {

struct LatticePoint {
  std::int32_t x = 0;
  std::int32_t y = 0;
  bool operator==(const LatticePoint&) const = default;
  bool operator<(const LatticePoint& other) const {
    return x != other.x ? x < other.x : y < other.y;
  }
};

/// Twice the area of the triangle a, b, c, positive where it runs counter-clockwise with y upward.
/// Coordinates are at most 2^30 from 0.
[[nodiscard]] constexpr std::int64_t twice_area(LatticePoint a, LatticePoint b, LatticePoint c) {
  const std::int64_t ax = std::int64_t{b.x} - a.x, ay = std::int64_t{b.y} - a.y;
  const std::int64_t bx = std::int64_t{c.x} - a.x, by = std::int64_t{c.y} - a.y;
  return ax * by - ay * bx;
}

/// Closed implicitly, no point twice in a row; three points or more, or none.
using LatticeRing = std::vector<LatticePoint>;
/// Twice its signed area.
[[nodiscard]] std::int64_t twice_area(std::span<const LatticePoint> ring);

/// Two points or more; a closed one ends in its first point.
using Arc = std::vector<LatticePoint>;

/// A ring's way along an arc.
struct ArcUse {
  std::uint32_t arc = 0;
  bool backward = false;
};

struct TopologyArcs {
  std::vector<Arc> arcs;                   ///< in the order and direction of their first use
  std::vector<std::vector<ArcUse>> rings;  ///< as given; empty for an empty one
};

/// Arcs depend on the rings' places and directions, not on the points where they start.
[[nodiscard]] TopologyArcs cut_into_arcs(std::span<const LatticeRing> rings);

}  // namespace cnci::io
