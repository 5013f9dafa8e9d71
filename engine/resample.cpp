#include "engine/resample.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"
#include "engine/resample_impl.h"

namespace cnci::engine {
namespace {

/// Sources this much smaller than a target cell are finer; the same within it on a shared lattice.
constexpr double kFinerRatio = 1e-3;
constexpr double kSameRatio = 1e-9;
/// Samples along each side of the grid to find the middle of its overlap with the source.
constexpr int kSamples = 17;

double pixel_in_cells(const Grid& target, const SourceGrid& source) {
  return std::sqrt(source.dx * source.dy) / target.resolution.value();
}

}  // namespace

Resampler::Impl::Impl(Grid target, const SourceGrid& source,
                      std::shared_ptr<const CoordinateTransform> to_source, double min_valid)
    : target_(std::move(target)),
      source_(source),
      to_source_(std::move(to_source)),
      min_valid_(min_valid),
      parallel_(to_source_ && to_source_->identity()),
      cols_(target_, source_),
      rows_(target_, source_),
      lattice_(target_, to_source_, source_.geographic),
      pixels_(source_) {
  if (!to_source_) throw Error("a resampler needs a transform to the source's CRS");
  if (!(min_valid >= 0 && min_valid <= 1)) {
    throw Error("min_valid is " + std::to_string(min_valid) + ": it must lie in 0..1");
  }
  check_source(source_);
  ratio_ = measure_ratio();
  fit_ = measure_fit();
  points_ = static_cast<int>(std::clamp(2 * std::ceil(1 / ratio_), 8.0, 64.0));
}

double Resampler::Impl::measure_ratio() const {
  if (parallel_) return pixel_in_cells(target_, source_);
  // The sample that lies inside the source and nearest to the mean of all such samples.
  std::vector<double> col, row;
  for (int j = 0; j < kSamples; ++j) {
    for (int i = 0; i < kSamples; ++i) {
      col.push_back(static_cast<double>(target_.cols) * (i + 0.5) / kSamples);
      row.push_back(static_cast<double>(target_.rows) * (j + 0.5) / kSamples);
    }
  }
  std::vector<double> x, y;
  for (const double c : col) x.push_back(target_.x_at(c));
  for (const double r : row) y.push_back(target_.y_at(r));
  to_source_->apply(x, y);
  double mean_col = 0;
  double mean_row = 0;
  std::vector<std::size_t> inside;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double pc = 0;
    double pr = 0;
    if (!pixels_.locate(x[i], y[i], pc, pr)) continue;
    inside.push_back(i);
    mean_col += col[i];
    mean_row += row[i];
  }
  if (inside.empty()) {  // an overlap smaller than the samples' distance, or none
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isfinite(x[i]) && std::isfinite(y[i])) inside.push_back(i);
    }
    mean_col = static_cast<double>(target_.cols) / 2 * static_cast<double>(inside.size());
    mean_row = static_cast<double>(target_.rows) / 2 * static_cast<double>(inside.size());
  }
  if (inside.empty()) return 1;  // no point of the grid has an image: nothing will be resampled
  mean_col /= static_cast<double>(inside.size());
  mean_row /= static_cast<double>(inside.size());
  const std::size_t middle =
      *std::min_element(inside.begin(), inside.end(), [&](std::size_t a, std::size_t b) {
        return std::hypot(col[a] - mean_col, row[a] - mean_row) <
               std::hypot(col[b] - mean_col, row[b] - mean_row);
      });
  // Area of one cell there in pixels, from central differences.
  std::array<double, 4> dx{target_.x_at(col[middle] - 0.5), target_.x_at(col[middle] + 0.5),
                           target_.x_at(col[middle]), target_.x_at(col[middle])};
  std::array<double, 4> dy{target_.y_at(row[middle]), target_.y_at(row[middle]),
                           target_.y_at(row[middle] - 0.5), target_.y_at(row[middle] + 0.5)};
  to_source_->apply(dx, dy);
  const auto across = [&](double difference) {
    return source_.geographic ? std::remainder(difference, 360.0) : difference;
  };
  const double area =
      std::abs(across(dx[1] - dx[0]) * (dy[3] - dy[2]) - across(dx[3] - dx[2]) * (dy[1] - dy[0])) /
      (source_.dx * source_.dy);
  return area > 0 ? 1 / std::sqrt(area) : 1;
}

Fit Resampler::Impl::measure_fit() const {
  if (parallel_) {
    const double resolution = target_.resolution.value();
    const auto on_line = [](double position) {
      return std::abs(position - std::round(position)) <= kEdgeTolerance;
    };
    const auto same = [&](double size) { return std::abs(size / resolution - 1) <= kSameRatio; };
    if (same(source_.dx) && same(source_.dy) && on_line(cols_.edge(0, 0)) &&
        on_line(cols_.edge(source_.cols, 0)) && on_line(rows_.edge(0)) &&
        on_line(rows_.edge(source_.rows))) {
      return Fit::kSameLattice;
    }
  }
  return ratio_ < 1 - kFinerRatio ? Fit::kFiner : Fit::kCoarser;
}

std::int64_t Resampler::Impl::local_col(const WindowIndex& index, std::int64_t pixel) const {
  const std::int64_t c = index.col(pixel);
  if (c < 0) throw Error("the source's window lacks column " + std::to_string(pixel));
  return c;
}

std::int64_t Resampler::Impl::local_row(const WindowIndex& index, std::int64_t pixel) const {
  const std::int64_t r = index.row(pixel);
  if (r < 0) throw Error("the source's window lacks row " + std::to_string(pixel));
  return r;
}

const Resampler::Impl::Columns& Resampler::Impl::columns_of(const Window& tile,
                                                            Method method) const {
  const bool many = method == Method::kAverage || method == Method::kFraction;
  const bool two = method == Method::kBilinear;
  const Method alike = many ? Method::kAverage : two ? Method::kBilinear : Method::kNear;
  if (last_columns_ && last_columns_->first == tile.col && last_columns_->count == tile.cols &&
      last_columns_->method == alike) {
    return *last_columns_;
  }
  Columns columns{tile.col, tile.cols, alike, {}, {}, WindowBounds(source_)};
  const auto add = [&](std::int64_t c) {
    columns.bounds.add_cols(static_cast<double>(c) + 0.5, static_cast<double>(c) + 0.5, 0);
  };
  std::vector<Overlap> overlaps;
  for (std::int64_t c = tile.col; c < tile.col_end(); ++c) {
    if (many) {
      overlaps.clear();
      cols_.pixels_of(c, overlaps);
      columns.overlaps.add(overlaps);
      for (const Overlap& overlap : overlaps) add(overlap.index);
      continue;
    }
    const Tap& tap =
        columns.taps.emplace_back(tap_at(cols_.position(c), source_.cols, source_.wraps));
    if (tap.first < 0) continue;
    add(tap.nearest);
    if (two) add(tap.first);
    if (two) add(tap.second);
  }
  return last_columns_.emplace(std::move(columns));
}

Resampler::Impl::Tables Resampler::Impl::tables(const Window& tile) const {
  Tables t;
  t.cols = columns_of(tile, Method::kAverage).overlaps;
  std::vector<Overlap> overlaps;
  for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
    overlaps.clear();
    rows_.pixels_of(r, overlaps);
    t.rows.add(overlaps);
  }
  return t;
}

Resampler::Impl::Tables Resampler::Impl::local_tables(const Window& tile,
                                                      const WindowIndex& index) const {
  Tables t = tables(tile);
  // Without an overlap in the other axis nothing is read, and the window may be empty.
  if (t.rows.items().empty() || t.cols.items().empty()) {
    Tables none;
    for (std::int64_t c = 0; c < tile.cols; ++c) none.cols.add({});
    for (std::int64_t r = 0; r < tile.rows; ++r) none.rows.add({});
    return none;
  }
  for (Overlap& o : t.cols.items()) o.index = local_col(index, o.index);
  for (Overlap& o : t.rows.items()) o.index = local_row(index, o.index);
  return t;
}

Resampler::Impl::Taps Resampler::Impl::local_taps(const Window& tile, const WindowIndex& index,
                                                  bool bilinear) const {
  Taps taps;
  taps.cols = columns_of(tile, bilinear ? Method::kBilinear : Method::kNear).taps;
  const bool any_col =
      std::ranges::any_of(taps.cols, [](const Tap& tap) { return tap.first >= 0; });
  bool any_row = false;
  for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
    taps.rows.push_back(tap_at(rows_.position(r), source_.rows, false));
    any_row = any_row || taps.rows.back().first >= 0;
  }
  if (!any_col || !any_row)
    return {std::vector<Tap>(taps.cols.size()), std::vector<Tap>(taps.rows.size())};
  for (Tap& t : taps.cols) {
    if (t.first < 0) continue;
    t.nearest = local_col(index, t.nearest);
    t.first = bilinear ? local_col(index, t.first) : t.nearest;
    t.second = bilinear ? local_col(index, t.second) : t.nearest;
  }
  for (Tap& t : taps.rows) {
    if (t.first < 0) continue;
    t.nearest = local_row(index, t.nearest);
    t.first = bilinear ? local_row(index, t.first) : t.nearest;
    t.second = bilinear ? local_row(index, t.second) : t.nearest;
  }
  return taps;
}

Window Resampler::Impl::source_window(const Window& tile, Method method) const {
  if (!parallel_) {
    WindowBounds bounds(source_);
    const bool many = method == Method::kAverage || method == Method::kFraction;
    const int margin = method == Method::kBilinear ? 2 : 1;
    lattice_.visit_bounds(tile, many ? points_ : 1,
                          [&](double x_low, double x_high, double y_low, double y_high) {
                            bounds.add_cols(pixels_.col(x_low), pixels_.col(x_high), margin);
                            bounds.add_rows(pixels_.row(y_high), pixels_.row(y_low), margin);
                          });
    return bounds.window();
  }
  WindowBounds bounds = columns_of(tile, method).bounds;
  const auto add = [&](std::int64_t r) {
    bounds.add_rows(static_cast<double>(r) + 0.5, static_cast<double>(r) + 0.5, 0);
  };
  if (method == Method::kAverage || method == Method::kFraction) {
    if (const auto rows = rows_.pixel_range(tile.row, tile.row_end())) {
      add(rows->first);
      add(rows->second);
    }
    return bounds.window();
  }
  const bool two = method == Method::kBilinear;
  for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
    const Tap t = tap_at(rows_.position(r), source_.rows, false);
    if (t.first < 0) continue;
    add(t.nearest);
    if (two) add(t.first);
    if (two) add(t.second);
  }
  return bounds.window();
}

void Resampler::Impl::check(const Window& tile, Method method, bool classes) const {
  const Window whole = target_.whole();
  if (!(tile.intersect(whole) == tile)) throw Error("a tile reaches outside the grid");
  if (method == Method::kCopy && fit_ != Fit::kSameLattice) {
    throw Error(
        "resample = copy needs a source on the grid's lattice: use near, bilinear or average");
  }
  const bool fits =
      classes ? method == Method::kCopy || method == Method::kNear || method == Method::kFraction
              : method == Method::kCopy || method == Method::kNear || method == Method::kBilinear ||
                    method == Method::kAverage;
  if (!fits) {
    throw Error(classes ? "classes are resampled by copy, near or fraction"
                        : "values are resampled by copy, near, bilinear or average");
  }
}

Field Resampler::Impl::resample(const Field& source, const Window& tile, Method method) const {
  check(tile, method, false);
  switch (method) {
    case Method::kBilinear:
      return parallel_ ? bilinear_parallel(source, tile) : bilinear_points(source, tile);
    case Method::kAverage:
      return parallel_ ? average_parallel(source, tile) : average_points(source, tile);
    default:
      return parallel_ ? near_parallel(source, tile) : near_points(source, tile);
  }
}

Resampler::Resampler(Grid target, SourceGrid source,
                     std::shared_ptr<const CoordinateTransform> to_source, double min_valid)
    : impl_(std::make_unique<Impl>(std::move(target), source, std::move(to_source), min_valid)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

Fit Resampler::fit() const { return impl_->fit(); }
bool Resampler::parallel() const { return impl_->parallel(); }
double Resampler::ratio() const { return impl_->ratio(); }
Window Resampler::source_window(const Window& tile, Method method) const {
  return impl_->source_window(tile, method);
}
Field Resampler::resample(const Field& source, const Window& tile, Method method) const {
  return impl_->resample(source, tile, method);
}
ClassFractions Resampler::resample_classes(const Field& source, const Window& tile,
                                           Method method) const {
  return impl_->resample_classes(source, tile, method);
}

}  // namespace cnci::engine
