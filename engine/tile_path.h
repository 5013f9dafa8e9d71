// The order in which tiles are granted: along a path, on which tiles that follow each other share
// the blocks of source files, then cheap ones, which even out when the ranks end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/plan.h"

namespace cnci::engine {

struct TileOrder {
  std::vector<std::uint32_t> tiles;
  std::size_t on_path = 0;  ///< the first so many lie along the path; the rest: largest first
};

/// Orders tiles of a plan, of any size, for `threads` threads. The path goes through the grid,
/// `tiles_across` tiles wide, in strips of `strip_rows` rows of tiles, by turns from the west and
/// from the east, and in a strip column by column from the north: source blocks that two columns of
/// a strip need are decoded once where a cache holds those of both. Tiles off the path are the
/// cheapest, together worth one large tile for each thread. No tile is on the path where threads
/// get few of them.
[[nodiscard]] TileOrder order_tiles(std::span<const Tile> tiles, std::int64_t tiles_across,
                                    std::int64_t strip_rows, std::size_t threads);

}  // namespace cnci::engine
