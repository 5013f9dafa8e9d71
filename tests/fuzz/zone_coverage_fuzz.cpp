// Fuzz target: bytes as zones on a grid (zone_decoder.h), taken the way of a run: OGR, the cut at
// the antimeridian, GEOS' repair, overlaps settled, the grid's fixed-point lattice, coverage.
// engine::Error refuses a map; of every other one
//   - repaired polygons are valid and settled ones do not overlap;
//   - weights are in 1..2^24, a cell's add up to at most 2^24, and every cell stands there once;
//   - a cell is the same in any tile;
//   - zones and what is left of the window fill every cell exactly, edges backwards cancel;
//   - the first zone has what it has alone, and its sum is its area by GEOS.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/error.h"
#include "io/zone_geometry.h"
#include "io/zone_geometry_antimeridian.h"
#include "io/zone_limits.h"
#include "io/zones_overlay.h"
#include "io/zones_project.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/zone_decoder.h"

namespace cnci::fuzz {
namespace {

using engine::Coverage;
using engine::FixedPoint;
using engine::kWeightOne;
using engine::Window;
using engine::ZoneIndex;
using engine::ZoneShape;
using engine::ZoneShare;
using io::MapPolygons;

/// As zones are read from a file (io/zones_read.cpp).
MapPolygons cleaned(const MapPolygons& raw, bool geographic) {
  const auto read = io::ogr_of(raw);
  io::ZoneLimits("fuzz").count(*read, "a zone");
  MapPolygons polygons = io::polygons_of(*read);
  if (geographic) {
    const io::MapBox box = io::bounds(polygons);
    if (!polygons.empty() &&
        (box.ymin < -90 || box.ymax > 90 || std::abs(box.xmin) > 720 || std::abs(box.xmax) > 720)) {
      throw engine::Error("no degrees");
    }
    polygons = io::within_180(polygons);
    const io::MapBox cut = io::bounds(polygons);
    require(polygons.empty() || (cut.xmin >= -180.001 && cut.xmax <= 180.001),
            "polygons are cut at the antimeridian");
  }
  const auto shape = io::ogr_of(polygons);
  if (io::why_invalid(*shape).empty()) return polygons;
  MapPolygons fixed = io::repaired(*shape);
  const std::string reason = io::why_invalid(*io::ogr_of(fixed));
  require(reason.empty(), "a repaired polygon is valid: " + reason);
  return fixed;
}

/// Takes shared parts off the higher zone, as for a file whose zones overlap a little.
void settle(std::vector<MapPolygons>& zones) {
  const io::EllipsoidArea area(true, nullptr);
  for (const io::ZoneOverlap& overlap : io::find_overlaps(zones, io::loose_edges(zones), area)) {
    zones[overlap.high] = io::difference(zones[overlap.high], zones[overlap.low]);
  }
  for (const io::ZoneOverlap& left : io::find_overlaps(zones, io::loose_edges(zones), area)) {
    const double smaller = std::min(area.km2(zones[left.low]), area.km2(zones[left.high]));
    require(left.km2 <= 1e-3 + 1e-6 * smaller,
            "settled zones do not overlap: " + std::to_string(left.km2) + " km2");
  }
  for (const io::ZoneGap& gap : io::find_gaps(io::loose_edges(zones), area)) {
    require(gap.km2 > 0 && std::isfinite(gap.km2), "a gap has an area");
  }
}

using Cells = std::vector<std::vector<ZoneShare>>;

/// The shares of every cell, and that the coverage is well formed.
Cells shares_of(const Coverage& coverage, std::size_t zones) {
  const auto cols = static_cast<std::uint32_t>(coverage.window.cols);
  Cells cells(coverage.window.cells());
  std::int64_t last = -1;
  for (const Coverage::Run& run : coverage.runs) {
    require(run.cell > last && run.length > 0 && run.zone < zones, "runs are ascending");
    last = static_cast<std::int64_t>(run.cell) + run.length - 1;
    require(run.cell / cols == static_cast<std::uint32_t>(last) / cols, "a run lies in a row");
    for (std::uint32_t i = 0; i < run.length; ++i) {
      cells.at(run.cell + i) = {{run.zone, kWeightOne}};
    }
  }
  last = -1;
  for (const Coverage::Mixed& mixed : coverage.mixed) {
    require(mixed.cell > last && mixed.count > 0, "mixed cells are ascending");
    last = mixed.cell;
    require(cells.at(mixed.cell).empty(), "a cell stands there once");
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < mixed.count; ++i) {
      const ZoneShare& share = coverage.shares.at(mixed.first + i);
      require(share.weight > 0 && share.weight <= kWeightOne, "weights are in 1..2^24");
      require(share.zone < zones && (i == 0 || share.zone > cells[mixed.cell].back().zone),
              "zones of a cell are ascending");
      sum += share.weight;
      cells[mixed.cell].push_back(share);
    }
    require(sum <= kWeightOne, "weights of a cell add up to at most 2^24");
  }
  return cells;
}

void check_tiles(const ZoneIndex& zones, const Window& whole, const Cells& cells,
                 const ZoneInput& input) {
  for (std::int64_t row = 0; row < whole.rows; row += input.tile_rows) {
    for (std::int64_t col = 0; col < whole.cols; col += input.tile_cols) {
      const Window tile = Window{col, row, input.tile_cols, input.tile_rows}.intersect(whole);
      const Cells part = shares_of(engine::cover(zones, tile), zones.zones().size());
      for (std::size_t i = 0; i < part.size(); ++i) {
        const auto r = tile.row + static_cast<std::int64_t>(i) / tile.cols;
        const auto c = tile.col + static_cast<std::int64_t>(i) % tile.cols;
        require(part[i] == cells[static_cast<std::size_t>(r * whole.cols + c)],
                "cell " + std::to_string(r) + ", " + std::to_string(c) + " depends on its tile");
      }
    }
  }
}

/// The window without the zones: with it nothing is left of any cell, to the last unit.
ZoneShape rest_of(const std::vector<ZoneShape>& zones, const Window& whole) {
  const std::int64_t east = whole.cols * engine::kCoverageUnit;
  const std::int64_t south = whole.rows * engine::kCoverageUnit;
  ZoneShape rest;
  rest.rings.push_back({{0, 0}, {east, 0}, {east, south}, {0, south}});
  for (const ZoneShape& zone : zones) {
    for (std::vector<FixedPoint> ring : zone.rings) {
      std::ranges::reverse(ring);
      rest.rings.push_back(std::move(ring));
    }
  }
  return rest;
}

void check_rest(std::vector<ZoneShape> zones, const Window& whole) {
  zones.push_back(rest_of(zones, whole));
  const std::vector<std::uint32_t> covered =
      engine::cover(ZoneIndex(std::move(zones)), whole).covered();
  require(std::ranges::all_of(covered, [](std::uint32_t w) { return w == kWeightOne; }),
          "zones and the rest of the window fill every cell exactly");
}

/// An edge and the same edge backwards leave nothing, whichever zones they belong to.
void check_cancels(const std::vector<ZoneShape>& zones, const Window& whole) {
  ZoneShape both = rest_of(zones, whole);
  both.rings.erase(both.rings.begin());
  for (const ZoneShape& zone : zones) {
    both.rings.insert(both.rings.end(), zone.rings.begin(), zone.rings.end());
  }
  require(engine::cover(ZoneIndex({both}), whole).empty(), "edges backwards cancel exactly");
}

std::uint32_t weight_of_first(const std::vector<ZoneShare>& shares) {
  return !shares.empty() && shares.front().zone == 0 ? shares.front().weight : 0;
}

/// The area of polygons on the grid, in cells, by GEOS; nothing where it has no answer, or none as
/// sharp as the lattice.
std::optional<double> cells_by_geos(const MapPolygons& polygons, const engine::Grid& grid) {
  const double cell = grid.resolution.value();
  constexpr double kFarCells = 1e9;
  double sum = 0;
  const int turns = grid.geographic ? 1 : 0;
  for (int turn = -turns; turn <= turns; ++turn) {
    const double shift = 360.0 * turn;
    const io::MapBox box = io::bounds(polygons);
    if (!(std::abs(box.xmin - grid.x_edge(0)) < kFarCells * cell &&
          std::abs(box.xmax - grid.x_edge(0)) < kFarCells * cell &&
          std::abs(box.ymin - grid.y_edge(0)) < kFarCells * cell &&
          std::abs(box.ymax - grid.y_edge(0)) < kFarCells * cell)) {
      return std::nullopt;
    }
    const double west = grid.x_edge(0) - shift;
    const double east = grid.x_edge(grid.cols) - shift;
    const double north = grid.y_edge(0);
    const double south = grid.y_edge(grid.rows);
    const MapPolygons window{{{{west, south}, {east, south}, {east, north}, {west, north}}, {}}};
    try {
      for (const io::MapPolygon& part : io::intersection(polygons, window)) {
        sum += io::plane_area(part.exterior);
        for (const io::MapRing& hole : part.holes) sum += io::plane_area(hole);
      }
    } catch (const engine::Error&) {
      return std::nullopt;
    }
  }
  return sum / (cell * cell);
}

std::size_t count_points(const MapPolygons& polygons) {
  std::size_t count = 0;
  for (const io::MapPolygon& polygon : polygons) {
    count += polygon.exterior.size();
    for (const io::MapRing& hole : polygon.holes) count += hole.size();
  }
  return count;
}

void check_first(const MapPolygons& polygons, const std::vector<ZoneShape>& zones,
                 const engine::Grid& grid, const Cells& cells) {
  const Cells alone =
      shares_of(engine::cover(ZoneIndex({zones.front()}), grid.whole()), zones.size());
  double sum = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::int64_t own = weight_of_first(alone[i]);
    require(std::abs(own - std::int64_t{weight_of_first(cells[i])}) <=
                static_cast<std::int64_t>(zones.size()),
            "the lower zone keeps what zones share");
    sum += static_cast<double>(own) / kWeightOne;
  }
  const auto area = cells_by_geos(polygons, grid);
  if (!area) return;
  // Vertices and crossings are rounded to 2^-20 cell, an edge may cross every row and column.
  const auto crossings =
      static_cast<double>(count_points(polygons)) * static_cast<double>(grid.rows + grid.cols + 2);
  const io::MapBox box = io::bounds(polygons);
  const double farthest =
      std::max({std::abs(box.xmin), std::abs(box.xmax), std::abs(box.ymin), std::abs(box.ymax)}) /
      grid.resolution.value();
  const double tolerance =
      (crossings + 1) * (std::ldexp(4, -engine::kCoverageBits) + 1e-15 * farthest);
  require(std::abs(sum - *area) <= tolerance,
          "the weights of a zone add up to its area: " + std::to_string(sum) + " of " +
              std::to_string(*area) + " cells");
}

void check(const ZoneInput& input) {
  const engine::Grid& grid = grids()[input.grid];
  std::vector<MapPolygons> zones;
  std::vector<ZoneShape> shapes;
  try {
    for (const MapPolygons& raw : input.zones) zones.push_back(cleaned(raw, grid.geographic));
    if (input.settle && grid.geographic) settle(zones);
    const io::ZoneProjector projector(grid.crs_wkt, grid);
    for (const MapPolygons& zone : zones) shapes.push_back(projector.shape(zone));
  } catch (const engine::Error&) {
    return;
  }
  const ZoneIndex index(shapes);
  const Cells cells = shares_of(engine::cover(index, grid.whole()), shapes.size());
  check_tiles(index, grid.whole(), cells, input);
  check_rest(shapes, grid.whole());
  check_cancels(shapes, grid.whole());
  check_first(zones.front(), shapes, grid, cells);
}

}  // namespace
}  // namespace cnci::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cnci::fuzz::check(cnci::fuzz::decode_zones({data, size}));
  return 0;
}
