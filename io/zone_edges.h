// Directed edges of zones' borders, the inside on the left. Edges that two neighbours share in
// opposite directions cancel; what is left bounds the set of points covered once more on its left
// than on its right.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/zone_geometry.h"

namespace cnci::io {

/// An edge of a zone's border; its ends in an order of their own, so that it sorts beside the same
/// edge of a neighbour.
struct Edge {
  MapPoint low;
  MapPoint high;
  std::uint32_t zone = 0;
  bool forward = true;  ///< the zone's border runs from low to high

  Edge(MapPoint from, MapPoint to, std::uint32_t of);
  [[nodiscard]] MapPoint from() const { return forward ? low : high; }
  [[nodiscard]] MapPoint to() const { return forward ? high : low; }
};

struct LooseEdges {
  std::vector<Edge> boundary;  ///< what is left of the sum of all zones' boundaries
  std::vector<Edge> suspects;  ///< edges along which some zone may overlap another
};

[[nodiscard]] LooseEdges loose_edges(std::span<const MapPolygons> zones);

enum class Face { kLeft, kRight };

/// The rings that directed edges form, each along one face on that side of its edges. Where a face
/// touches itself in a point, its ring passes there twice. As many edges must leave every point as
/// reach it.
[[nodiscard]] std::vector<MapRing> traced_rings(std::vector<Edge> edges, Face face);

}  // namespace cnci::io
