#include "engine/plan.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "engine/floor_div.h"

namespace cnci::engine {
namespace {

/// Tile ids are 32-bit.
constexpr std::size_t kUnplannable = 0xffffffff;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Marks the tiles that an edge may pass through: by rows of tiles, with a margin of one cell.
void mark_edge(const FixedPoint& a, const FixedPoint& b, std::int64_t size, const Window& tiles,
               std::vector<std::uint8_t>& marked) {
  const std::int64_t unit = size * kCoverageUnit;
  const std::int64_t margin = kCoverageUnit;
  const FixedPoint& p = a.y <= b.y ? a : b;
  const FixedPoint& q = a.y <= b.y ? b : a;
  const std::int64_t first = std::max<std::int64_t>(0, floor_div(p.y - margin, unit));
  const std::int64_t last = std::min(tiles.rows - 1, floor_div(q.y + margin, unit));
  for (std::int64_t row = first; row <= last; ++row) {
    // Part of the edge inside this row of tiles, widened by the margin.
    const auto x_at = [&](std::int64_t y) {
      if (p.y == q.y) return static_cast<double>(y <= p.y ? p.x : q.x);
      const double t = static_cast<double>(y - p.y) / static_cast<double>(q.y - p.y);
      return static_cast<double>(p.x) + std::clamp(t, 0.0, 1.0) * static_cast<double>(q.x - p.x);
    };
    const bool flat = p.y == q.y;
    const double x0 = flat ? static_cast<double>(p.x) : x_at(row * unit - margin);
    const double x1 = flat ? static_cast<double>(q.x) : x_at((row + 1) * unit + margin);
    const auto west = static_cast<std::int64_t>(std::min(x0, x1)) - margin;
    const auto east = static_cast<std::int64_t>(std::max(x0, x1)) + margin;
    for (std::int64_t col = std::max<std::int64_t>(0, floor_div(west, unit));
         col <= std::min(tiles.cols - 1, floor_div(east, unit)); ++col) {
      marked[static_cast<std::size_t>(row * tiles.cols + col)] = 1;
    }
  }
}

}  // namespace

Window tile_window(const Grid& grid, std::int64_t size, std::uint32_t id) {
  const std::int64_t across = ceil_div(grid.cols, size);
  const std::int64_t col = static_cast<std::int64_t>(id) % across * size;
  const std::int64_t row = static_cast<std::int64_t>(id) / across * size;
  return Window{col, row, size, size}.intersect(grid.whole());
}

std::vector<Tile> make_plan(const Grid& grid, std::int64_t size, const ZoneIndex& zones) {
  const Window tiles{0, 0, ceil_div(grid.cols, size), ceil_div(grid.rows, size)};
  if (tiles.cells() >= kUnplannable) {
    throw Error("grid.tile = " + std::to_string(size) + " makes " + std::to_string(tiles.cells()) +
                " tiles; choose larger tiles");
  }
  std::vector<std::uint8_t> marked(tiles.cells(), 0);
  std::vector<ZoneShape> coarse(zones.zones().size());
  for (std::size_t z = 0; z < coarse.size(); ++z) {
    for (const auto& ring : zones.zones()[z].rings) {
      auto& scaled = coarse[z].rings.emplace_back();
      for (std::size_t i = 0; i < ring.size(); ++i) {
        mark_edge(ring[i], ring[(i + 1) % ring.size()], size, tiles, marked);
        scaled.push_back({floor_div(ring[i].x, size), floor_div(ring[i].y, size)});
      }
    }
  }
  // Zones on the lattice of tiles: what part of a tile they cover.
  const std::vector<std::uint32_t> covered = cover(ZoneIndex(std::move(coarse)), tiles).covered();

  std::vector<Tile> plan;
  for (std::uint32_t id = 0; id < tiles.cells(); ++id) {
    if (covered[id] == 0 && marked[id] == 0) continue;
    const Window window = tile_window(grid, size, id);
    const double part = static_cast<double>(covered[id]) / kWeightOne;
    plan.push_back({id, window, part * static_cast<double>(size) * static_cast<double>(size)});
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const Tile& a, const Tile& b) { return a.cost > b.cost; });
  return plan;
}

}  // namespace cnci::engine
