// Bytes as a small map: a grid and a few zones whose polygons may be anything, from squares that
// share borders to rings that cross themselves, with coordinates that are no numbers.
//
// A byte each unless said otherwise; where the bytes end, zeros follow.
//   grid      one of grids()
//   switches  bit 0: overlaps are settled as for a file of zones; bits 1-3 and 4-6: rows and
//   columns
//             of a tile, 1 + 3 n
//   zones     1 + n % 4, each
//     parts   1 + n % 3, each
//       rings 1 + n % 3 (the first is the exterior), each
//         kind and number of points: high three bits the kind, low five bits the number, then
//           0 lattice  x, y: quarter cells from the grid's corner
//           1 fine     x, y of 16 bits: 1/1024 cells from 8 cells outside the grid's corner
//           2 numbers  x, y as doubles
//           3 steps    from a first lattice point, signed steps of 2^-(exponent) cell
//           4 copy     of an earlier ring, all its points, backwards
//           5 shifted  the same forwards, moved by signed x, y of 2^-20 cell
//           6 box      two lattice corners: four points
//           7 box      two fine corners: four points
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/grid.h"
#include "io/zone_geometry.h"

namespace cnci::fuzz {

struct ZoneInput {
  std::size_t grid = 0;  ///< index into grids()
  bool settle = false;
  std::int64_t tile_rows = 1;
  std::int64_t tile_cols = 1;
  std::vector<io::MapPolygons> zones;  ///< as they would stand in a file
};

/// What the maps are drawn on, all small: degrees in the middle and over the antimeridian, the
/// whole globe, metres, cells so small that everything is far away.
[[nodiscard]] const std::vector<engine::Grid>& grids();

[[nodiscard]] ZoneInput decode_zones(std::span<const std::uint8_t> bytes);

}  // namespace cnci::fuzz
