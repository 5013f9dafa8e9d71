#include "engine/coverage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "engine/error.h"
#include "engine/wide_int.h"

namespace cnci::engine {
namespace {

__extension__ using UInt128 = unsigned __int128;

constexpr std::int64_t kUnit = kCoverageUnit;
/// Twice the area of a cell in square units: accumulated areas are doubled to stay integers.
constexpr std::int64_t kFullArea = 2 * kUnit * kUnit;
/// kFullArea / kWeightOne = 2^17.
constexpr int kAreaToWeightShift = 2 * kCoverageBits + 1 - 24;

std::int64_t floor_cell(std::int64_t fixed) { return fixed >> kCoverageBits; }

/// a + round(db * num / den), ties away from zero, den > 0: a point of an edge, from the edge's
/// canonical end, so that both directions of the edge give the same point.
std::int64_t along(std::int64_t a, std::int64_t db, std::int64_t num, std::int64_t den) {
  const Int128 product = static_cast<Int128>(db) * num;
  const Int128 half = den / 2;
  const Int128 rounded = product >= 0 ? (product + half) / den : -((-product + half) / den);
  return a + static_cast<std::int64_t>(rounded);
}

/// Signed heights and doubled areas of one zone in the cells that its edges cross, row by row; what
/// lies between them are runs.
class ZoneRows {
 public:
  /// Prepares for the cells of `box` (a part of the zone's bounds).
  void reset(const Window& box) {
    box_ = box;
    const auto rows = static_cast<std::size_t>(box.rows);
    if (pieces_.size() < rows) pieces_.resize(rows);
    for (std::size_t r = 0; r < rows; ++r) pieces_[r].clear();
    carry_.assign(rows, 0);
  }

  void add_edge(const FixedPoint& from, const FixedPoint& to) {
    if (from.y == to.y) return;
    const bool down = from.y < to.y;
    const FixedPoint& a = down ? from : to;  // canonical: north end first
    const FixedPoint& b = down ? to : from;
    const std::int64_t sign = down ? -1 : 1;
    const std::int64_t first = std::max(floor_cell(a.y), box_.row);
    const std::int64_t last = std::min(floor_cell(b.y - 1), box_.row_end() - 1);
    const std::int64_t dx = b.x - a.x;
    const std::int64_t dy = b.y - a.y;
    for (std::int64_t row = first; row <= last; ++row) {
      const std::int64_t top = row * kUnit;
      const std::int64_t bottom = top + kUnit;
      const FixedPoint p = a.y >= top ? a : FixedPoint{along(a.x, dx, top - a.y, dy), top};
      const FixedPoint q = b.y <= bottom ? b : FixedPoint{along(a.x, dx, bottom - a.y, dy), bottom};
      add_row_piece(a, dx, dy, p, q, sign, row - box_.row);
    }
  }

  /// Calls solid(first_col, length, row) for runs of full cells and partial(col, row, area2), from
  /// the north and from the west.
  template <typename Solid, typename Partial>
  void scan(const Solid& solid, const Partial& partial) {
    for (std::int64_t r = 0; r < box_.rows; ++r) {
      const std::int64_t row = box_.row + r;
      std::optional<std::int64_t> run_start;
      const auto end_run = [&](std::int64_t col) {
        if (run_start) solid(*run_start, col - *run_start, row);
        run_start.reset();
      };
      const auto cells = [&](std::int64_t first, std::int64_t end, std::int64_t area2) {
        if (first >= end) return;
        if (area2 >= kFullArea) {
          if (!run_start) run_start = first;
          return;
        }
        end_run(first);
        if (area2 <= 0) return;
        for (std::int64_t c = first; c < end; ++c) partial(c, row, area2);
      };
      std::vector<Piece>& pieces = pieces_[static_cast<std::size_t>(r)];
      merge(pieces);
      std::int64_t height = carry_[static_cast<std::size_t>(r)];
      std::int64_t col = box_.col;
      for (const Piece& piece : pieces) {
        cells(col, piece.col, 2 * kUnit * height);
        cells(piece.col, piece.col + 1, 2 * kUnit * height + piece.area2);
        height += piece.height;
        col = piece.col + 1;
      }
      cells(col, box_.col_end(), 2 * kUnit * height);
      end_run(box_.col_end());
    }
  }

 private:
  struct Piece {
    std::int64_t col = 0;
    std::int64_t height = 0;  ///< signed, of edges in the cell
    std::int64_t area2 = 0;   ///< twice the signed area east of them inside the cell
  };

  /// One piece a cell, from the west.
  static void merge(std::vector<Piece>& pieces) {
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& x, const Piece& y) { return x.col < y.col; });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      if (pieces[kept].col == pieces[i].col) {
        pieces[kept].height += pieces[i].height;
        pieces[kept].area2 += pieces[i].area2;
      } else {
        pieces[++kept] = pieces[i];
      }
    }
    if (!pieces.empty()) pieces.resize(kept + 1);
  }

  /// The part p -> q (p north of q) of an edge inside one row.
  void add_row_piece(const FixedPoint& origin, std::int64_t dx, std::int64_t dy,
                     const FixedPoint& p, const FixedPoint& q, std::int64_t sign,
                     std::int64_t row) {
    if (p.y == q.y) return;
    const std::int64_t west = box_.col * kUnit;
    const std::int64_t east = box_.col_end() * kUnit;
    // y where the edge crosses the column line x, kept inside the piece.
    const auto y_at = [&](std::int64_t x) {
      const std::int64_t y =
          dx > 0 ? along(origin.y, dy, x - origin.x, dx) : along(origin.y, dy, origin.x - x, -dx);
      return std::clamp(y, p.y, q.y);
    };
    const FixedPoint& left = p.x <= q.x ? p : q;
    const FixedPoint& right = p.x <= q.x ? q : p;
    if (left.x >= east) return;
    if (right.x <= west) {
      carry_[static_cast<std::size_t>(row)] += sign * (q.y - p.y);
      return;
    }
    FixedPoint at = left;
    if (left.x < west) {
      at = {west, y_at(west)};
      carry_[static_cast<std::size_t>(row)] += sign * std::abs(at.y - left.y);
    }
    while (at.x < right.x && at.x < east) {
      const std::int64_t line = (floor_cell(at.x) + 1) * kUnit;
      const FixedPoint next = line < right.x ? FixedPoint{line, y_at(line)} : right;
      add_cell_piece(row, floor_cell(at.x), at, next, sign);
      at = next;
    }
    // A vertical rest lies on the east side of its cell's line; the cell east of it starts there.
    if (at.x == right.x && at.y != right.y && at.x < east) {
      add_cell_piece(row, floor_cell(at.x), at, right, sign);
    }
  }

  void add_cell_piece(std::int64_t row, std::int64_t col, const FixedPoint& a, const FixedPoint& b,
                      std::int64_t sign) {
    const std::int64_t height = sign * std::abs(b.y - a.y);
    const std::int64_t area2 = height * (2 * (col + 1) * kUnit - a.x - b.x);
    std::vector<Piece>& pieces = pieces_[static_cast<std::size_t>(row)];
    if (!pieces.empty() && pieces.back().col == col) {
      pieces.back().height += height;
      pieces.back().area2 += area2;
      return;
    }
    // However often an outline goes to and fro, a row keeps two pieces a cell, and some.
    if (pieces.size() >= 2 * static_cast<std::size_t>(box_.cols) + 64) merge(pieces);
    pieces.push_back({col, height, area2});
  }

  Window box_;
  std::vector<std::vector<Piece>> pieces_;  ///< by row; rows beyond the box are from other zones
  std::vector<std::int64_t> carry_;         ///< height of everything west of the box, by row
};

/// Lengths and areas between vertices this far apart fit their integers.
constexpr double kFarthestCell = 1e12;

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// What zones put into the cells of a window, before overlaps are settled.
struct CellParts {
  struct Part {
    std::uint32_t zone = 0;
    std::uint32_t next = kNone;
    std::int64_t area2 = 0;
  };
  std::vector<std::uint32_t> solid;  ///< zone that fills the cell
  std::vector<std::uint32_t> head;   ///< first of its partial parts
  std::vector<Part> parts;

  explicit CellParts(std::size_t cells) : solid(cells, kNone), head(cells, kNone) {}
};

/// Weights of one cell from its parts: the lower zone keeps what zones share; the sum is the
/// rounded covered part exactly, the remainder of rounding goes to the largest zone.
void settle(std::vector<CellParts::Part>& parts, std::vector<ZoneShare>& shares) {
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.zone < b.zone; });
  std::int64_t used = 0;
  for (CellParts::Part& part : parts) {
    part.area2 = std::min(part.area2, kFullArea - used);
    used += part.area2;
  }
  constexpr std::int64_t kHalf = std::int64_t{1} << (kAreaToWeightShift - 1);
  std::int64_t rest = (used + kHalf) >> kAreaToWeightShift;
  const std::size_t first = shares.size();
  std::size_t largest = first;
  for (const CellParts::Part& part : parts) {
    // Rounded down, so that the rest is never negative, however many zones share the cell.
    const std::int64_t weight = part.area2 >> kAreaToWeightShift;
    rest -= weight;
    shares.push_back({part.zone, static_cast<std::uint32_t>(weight)});
    if (shares.back().weight > shares[largest].weight) largest = shares.size() - 1;
  }
  shares[largest].weight += static_cast<std::uint32_t>(rest);
  shares.erase(std::remove_if(shares.begin() + static_cast<std::ptrdiff_t>(first), shares.end(),
                              [](const ZoneShare& s) { return s.weight == 0; }),
               shares.end());
}

Coverage assemble(const Window& window, const CellParts& cells) {
  Coverage out;
  out.window = window;
  std::vector<CellParts::Part> parts;
  const auto cols = static_cast<std::uint32_t>(window.cols);
  const auto count_of_cells = static_cast<std::uint32_t>(cells.solid.size());
  for (std::uint32_t cell = 0; cell < count_of_cells; ++cell) {
    const std::uint32_t solid = cells.solid[cell];
    if (cells.head[cell] == kNone) {
      const std::uint32_t row_end = cell - cell % cols + cols;
      const std::uint32_t first = cell;
      while (cell + 1 < row_end && cells.solid[cell + 1] == solid &&
             cells.head[cell + 1] == kNone) {
        ++cell;
      }
      if (solid != kNone) out.runs.push_back({first, cell + 1 - first, solid});
      continue;
    }
    parts.clear();
    if (solid != kNone) parts.push_back({solid, kNone, kFullArea});
    for (std::uint32_t p = cells.head[cell]; p != kNone; p = cells.parts[p].next) {
      parts.push_back(cells.parts[p]);
    }
    const auto first = static_cast<std::uint32_t>(out.shares.size());
    settle(parts, out.shares);
    const auto count = static_cast<std::uint32_t>(out.shares.size()) - first;
    if (count > 0) out.mixed.push_back({cell, first, count});
  }
  return out;
}

}  // namespace

FixedPoint to_fixed(double col, double row) {
  if (!(std::abs(col) <= kFarthestCell && std::abs(row) <= kFarthestCell)) {
    throw Error(
        "has a vertex that is no number or lies more than 10^12 cells off the grid; check its "
        "coordinates, their CRS and grid.resolution");
  }
  return {std::llround(col * static_cast<double>(kUnit)),
          std::llround(row * static_cast<double>(kUnit))};
}

Window ZoneShape::bounds() const {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  std::int64_t x0 = kMax;
  std::int64_t y0 = kMax;
  std::int64_t x1 = -kMax;
  std::int64_t y1 = -kMax;
  for (const auto& ring : rings) {
    for (const FixedPoint& p : ring) {
      x0 = std::min(x0, p.x);
      y0 = std::min(y0, p.y);
      x1 = std::max(x1, p.x);
      y1 = std::max(y1, p.y);
    }
  }
  if (x0 > x1) return {};
  const std::int64_t col = floor_cell(x0);
  const std::int64_t row = floor_cell(y0);
  return {col, row, floor_cell(x1) - col + 1, floor_cell(y1) - row + 1};
}

double ZoneShape::area_cells() const {
  // Sums of many far vertices may wrap round on the way to an area that fits.
  UInt128 twice = 0;
  for (const auto& ring : rings) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const FixedPoint& a = ring[i];
      const FixedPoint& b = ring[(i + 1) % ring.size()];
      twice +=
          static_cast<UInt128>(static_cast<Int128>(a.x) * b.y - static_cast<Int128>(b.x) * a.y);
    }
  }
  return static_cast<double>(static_cast<Int128>(twice)) / static_cast<double>(kFullArea);
}

std::vector<std::uint32_t> Coverage::covered() const {
  std::vector<std::uint32_t> out(window.cells(), 0);
  for (const Run& run : runs) std::fill_n(out.begin() + run.cell, run.length, kWeightOne);
  for (const Mixed& cell : mixed) {
    for (std::uint32_t i = 0; i < cell.count; ++i) {
      out[cell.cell] += shares[cell.first + i].weight;
    }
  }
  return out;
}

Coverage part_of(const Coverage& coverage, const Window& window) {
  const Window& whole = coverage.window;
  if (!(window.intersect(whole) == window)) throw Error("a part of a coverage lies outside it");
  const auto cols = static_cast<std::uint32_t>(whole.cols);
  const auto west = static_cast<std::uint32_t>(window.col - whole.col);
  const auto east = west + static_cast<std::uint32_t>(window.cols);
  const auto north = static_cast<std::uint32_t>(window.row - whole.row);
  const auto place = [&](std::uint32_t row, std::uint32_t col) {
    return (row - north) * static_cast<std::uint32_t>(window.cols) + (col - west);
  };
  /// The items in the rows of the part; cells ascend.
  const auto in_rows = [&](const auto& items) {
    const std::uint32_t first = north * cols;
    const std::uint32_t end = first + static_cast<std::uint32_t>(window.rows) * cols;
    const auto cell_below = [](const auto& item, std::uint32_t cell) { return item.cell < cell; };
    const auto begin = std::lower_bound(items.begin(), items.end(), first, cell_below);
    return std::span(begin, std::lower_bound(begin, items.end(), end, cell_below));
  };
  Coverage part;
  part.window = window;
  for (const Coverage::Run& run : in_rows(coverage.runs)) {
    const std::uint32_t row = run.cell / cols;
    const std::uint32_t first = std::max(run.cell % cols, west);
    const std::uint32_t end = std::min(run.cell % cols + run.length, east);
    if (first < end) part.runs.push_back({place(row, first), end - first, run.zone});
  }
  for (const Coverage::Mixed& cell : in_rows(coverage.mixed)) {
    const std::uint32_t col = cell.cell % cols;
    if (col < west || col >= east) continue;
    const auto shares = std::span(coverage.shares).subspan(cell.first, cell.count);
    part.mixed.push_back(
        {place(cell.cell / cols, col), static_cast<std::uint32_t>(part.shares.size()), cell.count});
    part.shares.insert(part.shares.end(), shares.begin(), shares.end());
  }
  return part;
}

ZoneIndex::ZoneIndex(std::vector<ZoneShape> zones) : zones_(std::move(zones)) {
  bounds_.reserve(zones_.size());
  for (const ZoneShape& zone : zones_) bounds_.push_back(zone.bounds());
}

std::vector<std::uint32_t> ZoneIndex::touching(const Window& window) const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < bounds_.size(); ++i) {
    if (!bounds_[i].intersect(window).empty()) out.push_back(i);
  }
  return out;
}

Coverage cover(const ZoneIndex& zones, const Window& window) {
  if (window.cells() >= kNone) throw Error("a coverage window has more than 2^32 cells");
  CellParts cells(window.cells());
  ZoneRows rows;
  const auto index = [&](std::int64_t col, std::int64_t row) {
    return static_cast<std::size_t>((row - window.row) * window.cols + col - window.col);
  };
  for (const std::uint32_t zone : zones.touching(window)) {
    rows.reset(zones.bounds(zone).intersect(window));
    for (const auto& ring : zones.zones()[zone].rings) {
      for (std::size_t i = 0; i < ring.size(); ++i) {
        rows.add_edge(ring[i], ring[i + 1 == ring.size() ? 0 : i + 1]);
      }
    }
    rows.scan(
        [&](std::int64_t col, std::int64_t length, std::int64_t r) {
          // Zones come in ascending order: a cell that is taken stays with the lower one.
          for (std::size_t i = index(col, r); length > 0; ++i, --length) {
            if (cells.solid[i] == kNone) cells.solid[i] = zone;
          }
        },
        [&](std::int64_t col, std::int64_t r, std::int64_t area2) {
          const std::size_t i = index(col, r);
          cells.parts.push_back({zone, cells.head[i], area2});
          cells.head[i] = static_cast<std::uint32_t>(cells.parts.size() - 1);
        });
  }
  return assemble(window, cells);
}

}  // namespace cnci::engine
