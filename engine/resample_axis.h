// Columns and rows of a source raster against those of the target grid: overlaps and positions
// where both are parallel lattices of one CRS, and pixel positions of any point. Everything is a
// pure function of global indices. Edges within 1e-6 cell of a lattice line are put on it, so that
// nested lattices nest exactly.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/grid.h"
#include "engine/resample.h"

namespace cnci::engine {

inline constexpr double kEdgeTolerance = 1e-6;
/// Relative slack of comparisons between sums of weights.
inline constexpr double kWeightSlack = 1e-9;

/// The share of one source pixel (or target cell) in a target cell (or source pixel).
struct Overlap {
  std::int64_t index = 0;
  double weight = 0;
};

/// Overlaps of consecutive target cells (or source pixels) along one axis.
class OverlapTable {
 public:
  void add(std::span<const Overlap> overlaps) {
    items_.insert(items_.end(), overlaps.begin(), overlaps.end());
    first_.push_back(items_.size());
  }
  [[nodiscard]] std::size_t size() const { return first_.size() - 1; }
  [[nodiscard]] std::span<const Overlap> operator[](std::size_t k) const {
    return std::span(items_).subspan(first_[k], first_[k + 1] - first_[k]);
  }
  [[nodiscard]] std::span<Overlap> items() { return items_; }

 private:
  std::vector<std::size_t> first_{0};
  std::vector<Overlap> items_;
};

/// The pixels that bilinear interpolation takes along one axis, with the part of `second`.
struct Tap {
  std::int64_t first = -1;  ///< -1: outside the raster
  std::int64_t second = -1;
  std::int64_t nearest = -1;
  double part = 0;
};

/// Taps of a pixel position 0..count (0.5 = centre of pixel 0); outside it: none.
[[nodiscard]] inline Tap tap_at(double position, std::int64_t count, bool wraps) {
  Tap tap;
  if (!(position >= 0 && position <= static_cast<double>(count))) return tap;
  const double below = std::floor(position - 0.5);
  tap.part = position - 0.5 - below;
  tap.first = static_cast<std::int64_t>(below);
  tap.second = tap.part == 0 ? tap.first : tap.first + 1;
  tap.nearest = static_cast<std::int64_t>(position);
  if (wraps) {
    tap.first = tap.first < 0 ? tap.first + count : tap.first;
    tap.second = tap.second < 0 ? tap.second + count : tap.second;
    tap.second = tap.second >= count ? tap.second - count : tap.second;
    tap.nearest = tap.nearest >= count ? 0 : tap.nearest;
  } else {
    tap.first = tap.first < 0 ? 0 : tap.first;
    tap.second = tap.second >= count ? count - 1 : tap.second;
    tap.nearest = tap.nearest >= count ? count - 1 : tap.nearest;
  }
  return tap;
}

/// Columns of parallel lattices. Weights are lengths in target cells. Longitudes repeat every 360
/// degrees: a pixel may meet the grid in several turns.
class ColumnAxis {
 public:
  ColumnAxis(const Grid& target, const SourceGrid& source);
  /// Western edge of a pixel (0..cols) in target columns.
  [[nodiscard]] double edge(std::int64_t pixel, std::int64_t turn) const;
  [[nodiscard]] double width(std::int64_t pixel) const {
    return edge(pixel + 1, 0) - edge(pixel, 0);
  }
  /// Pixels in a target column, west to east.
  void pixels_of(std::int64_t col, std::vector<Overlap>& out) const;
  /// Columns of the grid in a pixel (0..cols-1), west to east.
  void columns_of(std::int64_t pixel, std::vector<Overlap>& out) const;
  /// Pixel position of a column's centre.
  [[nodiscard]] double position(std::int64_t col) const;

 private:
  Grid target_;
  SourceGrid source_;
  double west_;        ///< western edge of the source in target columns
  double step_;        ///< pixel width in target columns
  double turn_cells_;  ///< 360 degrees in target columns, 0 where nothing repeats
};

/// Rows of parallel lattices. Weights are lengths in target cells, of geographic grids authalic
/// heights (km2 per radian of longitude).
class RowAxis {
 public:
  RowAxis(const Grid& target, const SourceGrid& source);
  [[nodiscard]] double edge(std::int64_t pixel) const;  ///< northern edge in target rows
  void pixels_of(std::int64_t row, std::vector<Overlap>& out) const;
  /// The northernmost and the southernmost pixel in rows first..end-1; nothing where there is none.
  [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> pixel_range(
      std::int64_t first, std::int64_t end) const;
  void rows_of(std::int64_t pixel, std::vector<Overlap>& out) const;
  /// Weight of a whole target row, of a whole pixel.
  [[nodiscard]] double row_weight(std::int64_t row) const;
  [[nodiscard]] double pixel_weight(std::int64_t pixel) const;
  [[nodiscard]] double position(std::int64_t row) const;

 private:
  struct Line {
    double row = 0;
    double height = 0;
  };
  [[nodiscard]] Line target_line(std::int64_t row) const;
  [[nodiscard]] Line source_line(std::int64_t pixel) const;

  Grid target_;
  SourceGrid source_;
  double north_;
  double step_;
};

/// Pixel positions of source coordinates; longitudes are brought into the raster's turn.
class PixelMap {
 public:
  explicit PixelMap(const SourceGrid& source)
      : source_(source),
        turn_(source.wraps        ? static_cast<double>(source.cols)
              : source.geographic ? 360 / source.dx
                                  : 0) {}
  [[nodiscard]] double turn() const { return turn_; }
  [[nodiscard]] double col(double x) const { return (x - source_.x0) / source_.dx; }
  [[nodiscard]] double row(double y) const { return (source_.y0 - y) / source_.dy; }
  /// False outside the raster or without an image.
  [[nodiscard]] bool locate(double x, double y, double& col_position, double& row_position) const {
    double c = col(x);
    if (turn_ > 0 && !(c >= 0 && c < turn_)) c -= turn_ * std::floor(c / turn_);
    col_position = c;
    row_position = row(y);
    return c >= 0 && c <= static_cast<double>(source_.cols) && row_position >= 0 &&
           row_position <= static_cast<double>(source_.rows);
  }
  /// The pixel that holds a position inside the raster.
  [[nodiscard]] std::int64_t pixel_col(double position) const {
    const auto c = static_cast<std::int64_t>(position);
    return c < source_.cols ? c : source_.wraps ? 0 : source_.cols - 1;
  }
  [[nodiscard]] std::int64_t pixel_row(double position) const {
    const auto r = static_cast<std::int64_t>(position);
    return r < source_.rows ? r : source_.rows - 1;
  }

 private:
  SourceGrid source_;
  double turn_;
};

/// Collects the window that holds pixel positions; the shortest turn of a wrapping source.
class WindowBounds {
 public:
  explicit WindowBounds(const SourceGrid& source);
  /// Positions from..to (from <= to, no jump between), with a margin of `margin` pixels.
  void add_cols(double from, double to, int margin);
  void add_rows(double from, double to, int margin);
  [[nodiscard]] Window window() const;

 private:
  SourceGrid source_;
  double turn_;
  bool any_cols_ = false;
  bool any_rows_ = false;
  double reference_ = 0;
  std::int64_t col_low_ = 0, col_high_ = 0;
  std::int64_t row_low_ = 0, row_high_ = 0;
};

/// Where pixels of a source stand in a window of it.
class WindowIndex {
 public:
  WindowIndex(const SourceGrid& source, const Window& window)
      : window_(window), cols_(source.wraps ? source.cols : 0) {}
  /// Column (row) in the window, -1 outside it.
  [[nodiscard]] std::int64_t col(std::int64_t pixel) const {
    std::int64_t c = pixel - window_.col;
    if (cols_ > 0) {
      c %= cols_;
      c = c < 0 ? c + cols_ : c;
    }
    return c >= 0 && c < window_.cols ? c : -1;
  }
  [[nodiscard]] std::int64_t row(std::int64_t pixel) const {
    const std::int64_t r = pixel - window_.row;
    return r >= 0 && r < window_.rows ? r : -1;
  }

 private:
  Window window_;
  std::int64_t cols_;
};

/// Throws Error where a source cannot be used (empty, more than 360 degrees wide).
void check_source(const SourceGrid& source);

}  // namespace cnci::engine
