#include "engine/tile_path.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace cnci::engine {
namespace {

/// With fewer tiles a thread, those that are dear must come first.
constexpr std::size_t kTilesOfAThread = 4;
/// Of the cost of all tiles, for those off the path.
constexpr double kMostOffPath = 0.25;

/// Position along the path, as numbers to be compared one after the other.
auto place_on_path(const Tile& tile, std::int64_t across, std::int64_t strip_rows) {
  const std::int64_t row = static_cast<std::int64_t>(tile.id) / across;
  const std::int64_t col = static_cast<std::int64_t>(tile.id) % across;
  const std::int64_t strip = row / strip_rows;
  return std::tuple(strip, strip % 2 == 0 ? col : -col, row);
}

}  // namespace

TileOrder order_tiles(std::span<const Tile> tiles, std::int64_t tiles_across,
                      std::int64_t strip_rows, std::size_t threads) {
  std::vector<Tile> order(tiles.begin(), tiles.end());
  std::ranges::sort(order, [](const Tile& a, const Tile& b) {
    return std::tuple(-a.cost, a.id) < std::tuple(-b.cost, b.id);
  });
  std::size_t on_path = 0;
  if (order.size() >= kTilesOfAThread * std::max<std::size_t>(threads, 1)) {
    const double all = std::transform_reduce(order.begin(), order.end(), 0.0, std::plus<>(),
                                             [](const Tile& tile) { return tile.cost; });
    const double most =
        std::min(static_cast<double>(threads) * order.front().cost, kMostOffPath * all);
    on_path = order.size();
    for (double cost = 0; on_path > 0; --on_path) {
      cost += order[on_path - 1].cost;
      if (cost > most) break;
    }
  }
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(on_path);
  std::sort(order.begin(), end, [&](const Tile& a, const Tile& b) {
    return place_on_path(a, tiles_across, strip_rows) < place_on_path(b, tiles_across, strip_rows);
  });
  TileOrder result;
  result.on_path = on_path;
  for (const Tile& tile : order) result.tiles.push_back(tile.id);
  return result;
}

}  // namespace cnci::engine
