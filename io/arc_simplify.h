// Arcs with fewer points: those go first that change the map least, by the area of the triangle
// that each makes with its neighbours at the time (M. Visvalingam and J. D. Whyatt, "Line
// generalisation by repeated elimination of points", Cartographic Journal 30, 1993). An arc is
// simplified by itself, so whatever shares it goes on sharing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/topology_arcs.h"

namespace cnci::io {

/// A point that must stay.
struct PinnedPoint {
  std::uint32_t arc = 0;
  std::uint32_t place = 0;
};

/// Takes points from the arcs, the smallest area in all of them first, until at most `most_points`
/// are left. The ends of open arcs and pinned points stay, whatever their number; a closed arc
/// without pinned points is emptied once it would enclose nothing. Points of equal area go
/// together.
void simplify_arcs(std::vector<Arc>& arcs, std::vector<PinnedPoint> pinned,
                   std::size_t most_points);

}  // namespace cnci::io
