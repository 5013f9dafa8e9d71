// One target cell from the source pixels that it takes: bilinear interpolation of four, the mean of
// many. Shared by the methods on parallel lattices and through a transform.
#pragma once

#include <cstdint>
#include <limits>

#include "engine/field.h"
#include "engine/resample_axis.h"

namespace cnci::engine {

/// Weighted mean of valid pixels; never outside their range, whatever the rounding.
struct Mean {
  double weighted = 0;
  double weight = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value, double w) {
    weighted += w * value;
    weight += w;
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  [[nodiscard]] double value() const {
    const double mean = weighted / weight;
    return mean < low ? low : mean > high ? high : mean;
  }
};

/// Bilinear value at a column and a row tap (indices in the window of `source`): missing where the
/// nearest pixel is, else renormalised over the valid ones of the four.
inline void bilinear_cell(const Field& source, const Tap& col, const Tap& row, std::size_t cell,
                          Field& out) {
  if (col.first < 0 || row.first < 0) return;
  const std::int64_t stride = source.window.cols;
  const auto at = [stride](std::int64_t r, std::int64_t c) {
    return static_cast<std::size_t>(r * stride + c);
  };
  if (source.valid[at(row.nearest, col.nearest)] == 0) return;
  const std::size_t nw = at(row.first, col.first);
  const std::size_t ne = at(row.first, col.second);
  const std::size_t sw = at(row.second, col.first);
  const std::size_t se = at(row.second, col.second);
  out.valid[cell] = 1;
  if ((source.valid[nw] & source.valid[ne] & source.valid[sw] & source.valid[se]) != 0) {
    const double north = source.value[nw] + (source.value[ne] - source.value[nw]) * col.part;
    const double south = source.value[sw] + (source.value[se] - source.value[sw]) * col.part;
    out.value[cell] = north + (south - north) * row.part;
    return;
  }
  Mean mean;
  if (source.valid[nw] != 0) mean.add(source.value[nw], (1 - col.part) * (1 - row.part));
  if (source.valid[ne] != 0) mean.add(source.value[ne], col.part * (1 - row.part));
  if (source.valid[sw] != 0) mean.add(source.value[sw], (1 - col.part) * row.part);
  if (source.valid[se] != 0) mean.add(source.value[se], col.part * row.part);
  out.value[cell] = mean.value();
}

/// Where the source's window lies relative to its pixels, through a transform.
class PointSource {
 public:
  PointSource(const SourceGrid& source, const PixelMap& map, const Window& window)
      : map_(map), index_(source, window), cols_(window.cols) {}
  /// Index in the window of the pixel that holds a point; -1 outside the raster.
  [[nodiscard]] std::int64_t pixel(double x, double y) const {
    double c = 0;
    double r = 0;
    if (!map_.locate(x, y, c, r)) return -1;
    const std::int64_t col = index_.col(map_.pixel_col(c));
    const std::int64_t row = index_.row(map_.pixel_row(r));
    return col < 0 || row < 0 ? kLacking : row * cols_ + col;
  }
  static constexpr std::int64_t kLacking = -2;  ///< in the raster, but not in the window

 private:
  PixelMap map_;
  WindowIndex index_;
  std::int64_t cols_;
};

}  // namespace cnci::engine
