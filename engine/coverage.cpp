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

/// What zones put into a row of a window, before overlaps are settled.
struct RowParts {
  struct Solid {  ///< cells that the zone fills
    std::int64_t col = 0;
    std::int64_t end = 0;
    std::uint32_t zone = 0;
  };
  struct Part {  ///< of a cell
    std::int64_t col = 0;
    std::uint32_t zone = 0;
    std::int64_t area2 = 0;
  };
  std::vector<Solid> solids;
  std::vector<Part> parts;
};

/// Weights of one cell from its parts: the lower zone keeps what zones share; the sum is the
/// rounded covered part exactly, the remainder of rounding goes to the largest zone.
void settle(std::vector<RowParts::Part>& parts, std::vector<ZoneShare>& shares) {
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.zone < b.zone; });
  std::int64_t used = 0;
  for (RowParts::Part& part : parts) {
    part.area2 = std::min(part.area2, kFullArea - used);
    used += part.area2;
  }
  constexpr std::int64_t kHalf = std::int64_t{1} << (kAreaToWeightShift - 1);
  std::int64_t rest = (used + kHalf) >> kAreaToWeightShift;
  const std::size_t first = shares.size();
  std::size_t largest = first;
  for (const RowParts::Part& part : parts) {
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

/// Puts the rows of a coverage together, from the north.
class Assembler {
 public:
  explicit Assembler(const Window& window) { out_.window = window; }

  void add(std::int64_t row, RowParts& of_row) {
    first_cell_ = (row - out_.window.row) * out_.window.cols - out_.window.col;
    std::ranges::sort(of_row.solids, {}, &RowParts::Solid::col);
    std::ranges::sort(of_row.parts, {}, &RowParts::Part::col);
    const bool overlap =
        std::ranges::adjacent_find(of_row.solids, [](const auto& west, const auto& east) {
          return west.end > east.col;
        }) != of_row.solids.end();
    if (overlap) keep_lower_zones(of_row.solids);
    auto part = of_row.parts.begin();
    const auto add_cell = [&](const std::optional<std::uint32_t>& solid) {
      const auto first = part;
      while (part != of_row.parts.end() && part->col == first->col) ++part;
      add_mixed(std::span(first, part), solid);
    };
    for (const RowParts::Solid& solid : of_row.solids) {
      while (part != of_row.parts.end() && part->col < solid.col) add_cell(std::nullopt);
      std::int64_t col = solid.col;
      while (part != of_row.parts.end() && part->col < solid.end) {
        add_run(col, part->col, solid.zone);
        col = part->col + 1;
        add_cell(solid.zone);
      }
      add_run(col, solid.end, solid.zone);
    }
    while (part != of_row.parts.end()) add_cell(std::nullopt);
  }

  Coverage take() { return std::move(out_); }

 private:
  /// A cell that several zones fill stays with the lowest one.
  void keep_lower_zones(std::vector<RowParts::Solid>& solids) {
    const std::int64_t west = out_.window.col;
    zones_.assign(static_cast<std::size_t>(out_.window.cols), kNone);
    for (const RowParts::Solid& solid : solids) {
      const auto begin = zones_.begin() + (solid.col - west);
      std::for_each(begin, begin + (solid.end - solid.col),
                    [&](std::uint32_t& zone) { zone = std::min(zone, solid.zone); });
    }
    solids.clear();
    for (auto from = zones_.begin(); from != zones_.end();) {
      const auto end = std::find_if(from, zones_.end(), [&](auto zone) { return zone != *from; });
      if (*from != kNone) {
        solids.push_back({west + (from - zones_.begin()), west + (end - zones_.begin()), *from});
      }
      from = end;
    }
  }

  void add_run(std::int64_t col, std::int64_t end, std::uint32_t zone) {
    if (col >= end) return;
    out_.runs.push_back({static_cast<std::uint32_t>(first_cell_ + col),
                         static_cast<std::uint32_t>(end - col), zone});
  }

  void add_mixed(std::span<const RowParts::Part> parts, const std::optional<std::uint32_t>& solid) {
    const std::int64_t col = parts.front().col;
    of_cell_.assign(parts.begin(), parts.end());
    if (solid) of_cell_.push_back({col, *solid, kFullArea});
    const auto first = static_cast<std::uint32_t>(out_.shares.size());
    settle(of_cell_, out_.shares);
    const auto count = static_cast<std::uint32_t>(out_.shares.size()) - first;
    if (count > 0) {
      out_.mixed.push_back({static_cast<std::uint32_t>(first_cell_ + col), first, count});
    }
  }

  Coverage out_;
  std::int64_t first_cell_ = 0;  ///< of the row, were there a column 0
  std::vector<std::uint32_t> zones_;
  std::vector<RowParts::Part> of_cell_;
};

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
  std::vector<RowParts> rows(static_cast<std::size_t>(std::max<std::int64_t>(0, window.rows)));
  const auto of_row = [&](std::int64_t row) -> RowParts& {
    return rows[static_cast<std::size_t>(row - window.row)];
  };
  ZoneRows zone_rows;
  for (const std::uint32_t zone : zones.touching(window)) {
    zone_rows.reset(zones.bounds(zone).intersect(window));
    for (const auto& ring : zones.zones()[zone].rings) {
      for (std::size_t i = 0; i < ring.size(); ++i) {
        zone_rows.add_edge(ring[i], ring[i + 1 == ring.size() ? 0 : i + 1]);
      }
    }
    zone_rows.scan(
        [&](std::int64_t col, std::int64_t length, std::int64_t row) {
          of_row(row).solids.push_back({col, col + length, zone});
        },
        [&](std::int64_t col, std::int64_t row, std::int64_t area2) {
          of_row(row).parts.push_back({col, zone, area2});
        });
  }
  Assembler assembler(window);
  for (std::int64_t row = window.row; row < window.row_end(); ++row) {
    assembler.add(row, of_row(row));
  }
  return assembler.take();
}

}  // namespace cnci::engine
