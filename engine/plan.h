// The plan of tiles: those that any zone touches, with an expected cost, largest first.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/coverage.h"
#include "engine/grid.h"

namespace cnci::engine {

struct Tile {
  std::uint32_t id = 0;  ///< row-major position among all tiles of the grid
  Window window;
  double cost = 0;  ///< expected number of covered cells
};

/// Tile `id` of a grid cut into tiles of `size` cells from its north-west corner.
[[nodiscard]] Window tile_window(const Grid& grid, std::int64_t size, std::uint32_t id);

/// Tiles that zones may touch, by descending cost, equal costs by id. A superset of the tiles with
/// coverage: a tile that an edge only grazes is in the plan and turns out empty.
[[nodiscard]] std::vector<Tile> make_plan(const Grid& grid, std::int64_t size,
                                          const ZoneIndex& zones);

}  // namespace cnci::engine
