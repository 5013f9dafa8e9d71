// Which part of every cell each zone covers: exact area fractions of polygons, not pixel centres.
//
// Vertices are rounded once to a lattice of 2^-20 cell. Edges are cut at cell borders with rational
// arithmetic from an end that does not depend on the edge's direction, and every piece adds its
// signed area to its cell and its height to all cells east of it, in integers (the accumulation
// buffer of exact scan converters). Zones that share an edge therefore share every piece of it: the
// parts of a cell add up to the whole without a rounding error, and a cell's result does not depend
// on the tile it is computed in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/grid.h"

namespace cnci::engine {

inline constexpr int kCoverageBits = 20;
inline constexpr std::int64_t kCoverageUnit = std::int64_t{1} << kCoverageBits;
inline constexpr std::uint32_t kWeightOne = std::uint32_t{1} << 24;  ///< weight of a whole cell
/// Raised whenever the same zones give other weights: what was kept of them is not used any more.
inline constexpr std::uint64_t kCoverageVersion = 1;

/// A position in units of 2^-20 cell from the grid's north-west corner; x grows east, y south.
struct FixedPoint {
  std::int64_t x = 0;
  std::int64_t y = 0;
  bool operator==(const FixedPoint&) const = default;
};

/// The nearest fixed point of a fractional cell position. Throws Error for what is no number and
/// for positions so far off the grid that areas would not fit.
[[nodiscard]] FixedPoint to_fixed(double col, double row);

/// A zone's rings, closed implicitly (no repeated last point). Orientation decides the sign: in x
/// east, y south coordinates, exterior rings have positive shoelace area
/// (1/2 sum x_i y_{i+1} - x_{i+1} y_i), holes negative. Parts do not overlap.
struct ZoneShape {
  std::vector<std::vector<FixedPoint>> rings;
  /// Cells that the rings may touch (unclipped).
  [[nodiscard]] Window bounds() const;
  /// Signed area of all rings in cells.
  [[nodiscard]] double area_cells() const;
};

/// Part of one cell that belongs to a zone, in units of 2^-24 of the cell; never 0.
struct ZoneShare {
  std::uint32_t zone = 0;
  std::uint32_t weight = 0;
  bool operator==(const ZoneShare&) const = default;
};

/// Zones over a window. A cell that one zone fills is part of a run; every other touched cell is a
/// mixed cell with its shares (ascending zone). Weights of a cell add up to at most kWeightOne.
struct Coverage {
  struct Run {
    std::uint32_t cell = 0;    ///< index in the window (row-major) of the first cell
    std::uint32_t length = 0;  ///< never crosses a row
    std::uint32_t zone = 0;
  };
  struct Mixed {
    std::uint32_t cell = 0;
    std::uint32_t first = 0;  ///< into shares
    std::uint32_t count = 0;
  };
  Window window;
  std::vector<Run> runs;     ///< ascending cell
  std::vector<Mixed> mixed;  ///< ascending cell
  std::vector<ZoneShare> shares;

  [[nodiscard]] bool empty() const { return runs.empty() && mixed.empty(); }
  /// Covered part of every cell in 0..kWeightOne, row by row.
  [[nodiscard]] std::vector<std::uint32_t> covered() const;
};

/// The coverage of `window`, which lies inside coverage.window: the same as cover() of it.
[[nodiscard]] Coverage part_of(const Coverage& coverage, const Window& window);

/// Rectangles of zones, to find quickly those that may touch a window.
class ZoneIndex {
 public:
  explicit ZoneIndex(std::vector<ZoneShape> zones);
  [[nodiscard]] const std::vector<ZoneShape>& zones() const { return zones_; }
  [[nodiscard]] const Window& bounds(std::uint32_t zone) const { return bounds_[zone]; }
  [[nodiscard]] std::vector<std::uint32_t> touching(const Window& window) const;

 private:
  std::vector<ZoneShape> zones_;
  std::vector<Window> bounds_;
};

/// Coverage of `window` by the zones. Where zones overlap, the lower zone index keeps the shared
/// part.
[[nodiscard]] Coverage cover(const ZoneIndex& zones, const Window& window);

}  // namespace cnci::engine
