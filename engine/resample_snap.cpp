#include <algorithm>
#include <cmath>

#include "engine/resample.h"

namespace cnci::engine {
namespace {

constexpr double kSnap = 0.01;
/// Pixel sizes written with six digits miss the true size by this much (relative); the end of a
/// long row may then be further off than kSnap, but never by this many pixels.
constexpr double kRoundedSize = 1e-6;
constexpr double kSnapRounded = 0.1;

/// True where an end that misses its place by `miss` cells over `length` cells is meant to be
/// there.
bool meant(double miss, double length) {
  const double off = std::abs(miss);
  return off <= kSnap || (off <= kSnapRounded && off <= kRoundedSize * length);
}

/// Globe and poles: ends within 0.01 pixel of 360 degrees or of a pole.
void snap_globe(SourceGrid& s) {
  const auto cols = static_cast<double>(s.cols);
  const auto rows = static_cast<double>(s.rows);
  if (meant((cols * s.dx - 360) / s.dx, cols)) {
    s.dx = 360 / cols;
    s.wraps = true;
  }
  const double south = s.y0 - rows * s.dy;
  const bool at_north = std::abs(s.y0 - 90) <= kSnap * s.dy;
  const bool at_south = meant((south + 90) / s.dy, rows);
  if (at_north) s.y0 = 90;
  if (at_south) {
    s.dy = (s.y0 + 90) / rows;
  } else if (at_north) {
    s.dy = (s.y0 - south) / rows;
  }
}

/// One axis on the target's lattice. `start` is the position of the raster's first edge in target
/// cells, `size` the pixel size in target cells. False where it does not fit.
bool fits_lattice(double& start, double& size, std::int64_t count) {
  // Lines per target cell: 1 for coarser or equal sources, k for sources k times as fine.
  const double lines = size < 1 ? std::round(1 / size) : 1;
  const double steps = std::round(size * lines);
  if (steps < 1) return false;
  const double length = size * static_cast<double>(count) * lines;
  const double first = std::round(start * lines);
  const double miss_first = start * lines - first;
  const double miss_last = start * lines + length - (first + steps * static_cast<double>(count));
  if (std::abs(miss_first) > kSnap || !meant(miss_last, length)) return false;
  start = first / lines;
  size = steps / lines;
  return true;
}

}  // namespace

SourceGrid snap(SourceGrid source, const Grid& target, bool same_crs) {
  if (source.cols <= 0 || source.rows <= 0 || !(source.dx > 0) || !(source.dy > 0)) return source;
  if (source.geographic) snap_globe(source);
  if (!same_crs) return source;

  const auto num = static_cast<double>(target.resolution.num);
  const auto den = static_cast<double>(target.resolution.den);
  double col = target.col_of(source.x0);
  double row = target.row_of(source.y0);
  double width = source.dx * den / num;
  double height = source.dy * den / num;
  if (!fits_lattice(col, width, source.cols) || !fits_lattice(row, height, source.rows)) {
    return source;
  }
  source.x0 = target.x_at(col);
  source.y0 = target.y_at(row);
  if (!source.wraps) source.dx = width * num / den;
  const bool pole_to_pole =
      source.geographic && source.y0 == 90 && source.dy * static_cast<double>(source.rows) == 180;
  if (!pole_to_pole) source.dy = height * num / den;
  return source;
}

}  // namespace cnci::engine
