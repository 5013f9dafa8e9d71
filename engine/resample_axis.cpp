#include "engine/resample_axis.h"

#include <algorithm>

#include "engine/cell_area.h"
#include "engine/error.h"

namespace cnci::engine {
namespace {

double on_line(double position) {
  const double line = std::round(position);
  return std::abs(position - line) <= kEdgeTolerance ? line : position;
}

/// Centres within the tolerance of a pixel's edge or centre are put there.
double on_half(double position) { return on_line(2 * position) / 2; }

std::int64_t as_index(double value) { return static_cast<std::int64_t>(value); }

}  // namespace

ColumnAxis::ColumnAxis(const Grid& target, const SourceGrid& source)
    : target_(target),
      source_(source),
      west_(target.col_of(source.x0)),
      step_(source.dx * static_cast<double>(target.resolution.den) /
            static_cast<double>(target.resolution.num)),
      turn_cells_(target.geographic ? 360.0 * static_cast<double>(target.resolution.den) /
                                          static_cast<double>(target.resolution.num)
                                    : 0) {}

double ColumnAxis::edge(std::int64_t pixel, std::int64_t turn) const {
  if (source_.wraps && pixel == source_.cols) return edge(0, turn + 1);
  return on_line(west_ + static_cast<double>(pixel) * step_ +
                 static_cast<double>(turn) * turn_cells_);
}

void ColumnAxis::pixels_of(std::int64_t col, std::vector<Overlap>& out) const {
  const auto low = static_cast<double>(col);
  const double high = low + 1;
  std::int64_t first_turn = 0;
  std::int64_t last_turn = 0;
  if (turn_cells_ > 0) {
    const double east = west_ + static_cast<double>(source_.cols) * step_;
    first_turn = as_index(std::floor((low - east) / turn_cells_));
    last_turn = as_index(std::ceil((high - west_) / turn_cells_));
  }
  for (std::int64_t turn = first_turn; turn <= last_turn; ++turn) {
    const double guess =
        std::floor((low - static_cast<double>(turn) * turn_cells_ - west_) / step_) - 1;
    if (guess >= static_cast<double>(source_.cols)) continue;
    for (std::int64_t p = guess > 0 ? as_index(guess) : 0; p < source_.cols; ++p) {
      const double west = edge(p, turn);
      if (west >= high) break;
      const double length = std::min(edge(p + 1, turn), high) - std::max(west, low);
      if (length > 0) out.push_back({p, length});
    }
  }
}

void ColumnAxis::columns_of(std::int64_t pixel, std::vector<Overlap>& out) const {
  std::int64_t first_turn = 0;
  std::int64_t last_turn = 0;
  const auto end = static_cast<double>(target_.cols);
  if (turn_cells_ > 0) {
    const double west = west_ + static_cast<double>(pixel) * step_;
    first_turn = as_index(std::floor(-(west + step_) / turn_cells_));
    last_turn = as_index(std::ceil((end - west) / turn_cells_));
  }
  for (std::int64_t turn = first_turn; turn <= last_turn; ++turn) {
    const double west = std::max(edge(pixel, turn), 0.0);
    const double east = std::min(edge(pixel + 1, turn), end);
    if (!(west < east)) continue;
    for (std::int64_t c = as_index(std::floor(west)); static_cast<double>(c) < east; ++c) {
      const double length =
          std::min(east, static_cast<double>(c + 1)) - std::max(west, static_cast<double>(c));
      if (length > 0) out.push_back({c, length});
    }
  }
}

double ColumnAxis::position(std::int64_t col) const {
  double p = (target_.x_at(static_cast<double>(col) + 0.5) - source_.x0) / source_.dx;
  if (turn_cells_ > 0) {
    const double turn = source_.wraps ? static_cast<double>(source_.cols) : 360 / source_.dx;
    p -= turn * std::floor((p + kEdgeTolerance) / turn);
  }
  return on_half(p);
}

RowAxis::RowAxis(const Grid& target, const SourceGrid& source)
    : target_(target),
      source_(source),
      north_(target.row_of(source.y0)),
      step_(source.dy * static_cast<double>(target.resolution.den) /
            static_cast<double>(target.resolution.num)) {}

double RowAxis::edge(std::int64_t pixel) const {
  return on_line(north_ + static_cast<double>(pixel) * step_);
}

RowAxis::Line RowAxis::target_line(std::int64_t row) const {
  const auto r = static_cast<double>(row);
  if (!target_.geographic) return {r, -r};
  return {r, authalic_height_km2(std::clamp(target_.y_edge(row), -90.0, 90.0))};
}

RowAxis::Line RowAxis::source_line(std::int64_t pixel) const {
  const double r = edge(pixel);
  if (r == std::floor(r)) return target_line(as_index(r));
  if (!target_.geographic) return {r, -r};
  return {r, authalic_height_km2(std::clamp(target_.y_at(r), -90.0, 90.0))};
}

void RowAxis::pixels_of(std::int64_t row, std::vector<Overlap>& out) const {
  const Line top = target_line(row);
  const Line bottom = target_line(row + 1);
  const double guess = std::floor((top.row - north_) / step_) - 1;
  if (guess >= static_cast<double>(source_.rows)) return;
  Line north = source_line(guess > 0 ? as_index(guess) : 0);
  for (std::int64_t p = guess > 0 ? as_index(guess) : 0; p < source_.rows; ++p) {
    if (north.row >= bottom.row) break;
    const Line south = source_line(p + 1);
    const double weight = (north.row > top.row ? north.height : top.height) -
                          (south.row < bottom.row ? south.height : bottom.height);
    if (south.row > top.row && weight > 0) out.push_back({p, weight});
    north = south;
  }
}

std::optional<std::pair<std::int64_t, std::int64_t>> RowAxis::pixel_range(std::int64_t first,
                                                                          std::int64_t end) const {
  std::vector<Overlap> overlaps;
  while (first < end && overlaps.empty()) pixels_of(first++, overlaps);
  if (overlaps.empty()) return std::nullopt;
  const std::int64_t north = overlaps.front().index;
  std::int64_t south = overlaps.back().index;
  overlaps.clear();
  while (end > first && overlaps.empty()) pixels_of(--end, overlaps);
  if (!overlaps.empty()) south = overlaps.back().index;
  return std::pair{north, south};
}

void RowAxis::rows_of(std::int64_t pixel, std::vector<Overlap>& out) const {
  const Line north = source_line(pixel);
  const Line south = source_line(pixel + 1);
  const auto end = static_cast<double>(target_.rows);
  Line top = target_line(std::max<std::int64_t>(0, as_index(std::floor(north.row))));
  while (top.row < south.row && top.row < end) {
    const Line bottom = target_line(as_index(top.row) + 1);
    const double weight = (north.row > top.row ? north.height : top.height) -
                          (south.row < bottom.row ? south.height : bottom.height);
    if (weight > 0) out.push_back({as_index(top.row), weight});
    top = bottom;
  }
}

double RowAxis::row_weight(std::int64_t row) const {
  return target_line(row).height - target_line(row + 1).height;
}

double RowAxis::pixel_weight(std::int64_t pixel) const {
  return source_line(pixel).height - source_line(pixel + 1).height;
}

double RowAxis::position(std::int64_t row) const {
  return on_half((source_.y0 - target_.y_at(static_cast<double>(row) + 0.5)) / source_.dy);
}

WindowBounds::WindowBounds(const SourceGrid& source)
    : source_(source),
      turn_(!source.geographic ? 0
            : source.wraps     ? static_cast<double>(source.cols)
                               : 360 / source.dx) {}

void WindowBounds::add_cols(double from, double to, int margin) {
  if (!std::isfinite(from) || !std::isfinite(to)) return;
  const auto add = [&](std::int64_t low, std::int64_t high) {
    col_low_ = any_cols_ ? std::min(col_low_, low) : low;
    col_high_ = any_cols_ ? std::max(col_high_, high) : high;
    any_cols_ = true;
  };
  if (source_.wraps) {
    if (!any_cols_) reference_ = from;
    const double shift = turn_ * std::round((from - reference_) / turn_);
    add(as_index(std::floor(from - shift)) - margin, as_index(std::floor(to - shift)) + margin);
    return;
  }
  const auto cols = static_cast<double>(source_.cols);
  const std::int64_t first = turn_ > 0 ? as_index(std::floor((from - cols - margin) / turn_)) : 0;
  const std::int64_t last = turn_ > 0 ? as_index(std::ceil((to + margin) / turn_)) : 0;
  for (std::int64_t n = first; n <= last; ++n) {
    const double low = std::floor(from - static_cast<double>(n) * turn_) - margin;
    const double high = std::floor(to - static_cast<double>(n) * turn_) + margin;
    if (high < 0 || low > cols - 1) continue;
    add(as_index(std::max(low, 0.0)), as_index(std::min(high, cols - 1)));
  }
}

void WindowBounds::add_rows(double from, double to, int margin) {
  if (!std::isfinite(from) || !std::isfinite(to)) return;
  const double low = std::max(std::floor(from) - margin, 0.0);
  const double high = std::min(std::floor(to) + margin, static_cast<double>(source_.rows - 1));
  if (low > high) return;
  row_low_ = any_rows_ ? std::min(row_low_, as_index(low)) : as_index(low);
  row_high_ = any_rows_ ? std::max(row_high_, as_index(high)) : as_index(high);
  any_rows_ = true;
}

Window WindowBounds::window() const {
  if (!any_cols_ || !any_rows_) return {};
  Window w{col_low_, row_low_, col_high_ - col_low_ + 1, row_high_ - row_low_ + 1};
  if (source_.wraps) {
    if (w.cols >= source_.cols) {
      w.col = 0;
      w.cols = source_.cols;
    } else {
      w.col = (w.col % source_.cols + source_.cols) % source_.cols;
    }
  }
  return w;
}

void check_source(const SourceGrid& source) {
  if (source.cols <= 0 || source.rows <= 0 || !(source.dx > 0) || !(source.dy > 0) ||
      !std::isfinite(source.x0) || !std::isfinite(source.y0)) {
    throw Error("a source raster has no pixels or no valid geotransform");
  }
  const double span = static_cast<double>(source.cols) * source.dx;
  if (source.geographic && span > 360 + 0.01 * source.dx) {
    throw Error("a source raster spans " + std::to_string(span) +
                " degrees of longitude: cut the columns that repeat");
  }
  if (source.wraps && !(source.geographic && std::abs(span - 360) <= 0.01 * source.dx)) {
    throw Error("a source raster that wraps must span 360 degrees of longitude, not " +
                std::to_string(span));
  }
}

}  // namespace cnci::engine
