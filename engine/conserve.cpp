#include "engine/conserve.h"

#include <algorithm>
#include <cmath>

#include "engine/conserve_impl.h"
#include "engine/error.h"

namespace cnci::engine {
namespace {

/// Points along each side of a projected pixel's outline.
constexpr int kAreaOutline = 8;

}  // namespace

Conserver::Impl::Impl(Grid target, const SourceGrid& source,
                      std::shared_ptr<const CoordinateTransform> to_source,
                      std::shared_ptr<const CoordinateTransform> to_target,
                      std::shared_ptr<const CoordinateTransform> source_to_lonlat,
                      std::shared_ptr<const CellArea> target_area)
    : target_(std::move(target)),
      source_(source),
      to_source_(std::move(to_source)),
      to_target_(std::move(to_target)),
      source_to_lonlat_(std::move(source_to_lonlat)),
      target_area_(std::move(target_area)),
      parallel_(to_source_ && to_source_->identity()),
      cols_(target_, source_),
      rows_(target_, source_),
      lattice_(target_, to_source_, source_.geographic),
      pixels_(source_),
      turn_cells_(target_.geographic ? 360 / target_.resolution.value() : 0) {
  if (!to_source_ || !to_target_ || !source_to_lonlat_ || !target_area_) {
    throw Error("sharing amounts needs transforms between grid, source and longitude/latitude");
  }
  check_source(source_);
}

double Conserver::Impl::near_grid(double col) const {
  if (turn_cells_ == 0) return col;
  const double middle = static_cast<double>(target_.cols) / 2;
  return col - turn_cells_ * std::round((col - middle) / turn_cells_);
}

Window Conserver::Impl::source_window(const Window& tile) const {
  WindowBounds bounds(source_);
  if (!parallel_) {
    lattice_.visit_bounds(
        tile, kPoints, [&](double x_low, double x_high, double y_low, double y_high) {
          // Boxes are interpolated, centres of pixels exact: they differ by up to
          // 0.02 of a cell, and a box is at least as wide as a cell.
          const double slack =
              CoordinateLattice::kTolerance *
              std::max((x_high - x_low) / source_.dx, (y_high - y_low) / source_.dy);
          const int margin = 1 + static_cast<int>(std::ceil(std::clamp(slack, 0.0, 1e6)));
          bounds.add_cols(pixels_.col(x_low), pixels_.col(x_high), margin);
          bounds.add_rows(pixels_.row(y_high), pixels_.row(y_low), margin);
        });
    return bounds.window();
  }
  std::vector<Overlap> overlaps;
  for (std::int64_t c = tile.col; c < tile.col_end(); ++c) cols_.pixels_of(c, overlaps);
  for (const Overlap& o : overlaps) {
    bounds.add_cols(static_cast<double>(o.index) + 0.5, static_cast<double>(o.index) + 0.5, 0);
  }
  if (const auto rows = rows_.pixel_range(tile.row, tile.row_end())) {
    bounds.add_rows(static_cast<double>(rows->first) + 0.5, static_cast<double>(rows->second) + 0.5,
                    0);
  }
  return bounds.window();
}

Window Conserver::Impl::target_window(const Window& source_window) const {
  if (source_window.empty()) return {};
  if (parallel_) {
    PixelTables t = pixel_tables(source_window);
    Window w;
    for (const Overlap& o : t.cols.items()) w = w.unite({o.index, 0, 1, 1});
    Window h;
    for (const Overlap& o : t.rows.items()) h = h.unite({0, o.index, 1, 1});
    if (w.empty() || h.empty()) return {};
    return {w.col, h.row, w.cols, h.rows};
  }
  const Image box = image(source_window);
  if (!box.any) return {};
  Window w = target_.whole();
  const auto low = [](double v, std::int64_t end) {
    return static_cast<std::int64_t>(std::clamp(std::floor(v), 0.0, static_cast<double>(end)));
  };
  const auto high = [](double v, std::int64_t end) {
    return static_cast<std::int64_t>(std::clamp(std::ceil(v), 0.0, static_cast<double>(end)));
  };
  w.row = low(box.row_low, target_.rows);
  w.rows = high(box.row_high, target_.rows) - w.row;
  if (!box.jump) {
    w.col = low(box.col_low, target_.cols);
    w.cols = high(box.col_high, target_.cols) - w.col;
  }
  return w.empty() ? Window{} : w;
}

std::vector<double> Conserver::Impl::source_areas_km2(const Window& source_window) const {
  std::vector<double> areas;
  areas.reserve(source_window.cells());
  for (std::int64_t r = source_window.row; r < source_window.row_end(); ++r) {
    const double north = source_.y0 - static_cast<double>(r) * source_.dy;
    const double south = source_.y0 - static_cast<double>(r + 1) * source_.dy;
    const double area = source_.geographic
                            ? ellipsoid_area_km2(std::clamp(south, -90.0, 90.0),
                                                 std::clamp(north, -90.0, 90.0), source_.dx)
                            : 0;
    for (std::int64_t c = source_window.col; c < source_window.col_end(); ++c) {
      areas.push_back(source_.geographic ? area : projected_area_km2(c, r));
    }
  }
  return areas;
}

double Conserver::Impl::projected_area_km2(std::int64_t pixel_col, std::int64_t pixel_row) const {
  constexpr std::size_t kCount = 4 * kAreaOutline;
  std::array<double, kCount> x{};
  std::array<double, kCount> y{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const double t = static_cast<double>(i % kAreaOutline) / kAreaOutline;
    const std::size_t side = i / kAreaOutline;
    const double u = side == 0 ? t : side == 1 ? 1 : side == 2 ? 1 - t : 0;
    const double v = side == 0 ? 0 : side == 1 ? t : side == 2 ? 1 : 1 - t;
    x[i] = source_.x0 + (static_cast<double>(pixel_col) + u) * source_.dx;
    y[i] = source_.y0 - (static_cast<double>(pixel_row) + v) * source_.dy;
  }
  source_to_lonlat_->apply(x, y);
  // Integral of height dlambda around the outline; around a pole the longitudes make a full turn.
  double area = 0;
  double turn = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t next = (i + 1) % kCount;
    const double step = std::remainder(x[next] - x[i], 360.0);
    area +=
        step * kRadiansPerDegree * (authalic_height_km2(y[i]) + authalic_height_km2(y[next])) / 2;
    turn += step;
  }
  if (std::abs(turn) > 180) {
    return 2 * std::numbers::pi * authalic_height_km2(90) - std::abs(area);
  }
  return std::abs(area);
}

std::vector<double> Conserver::Impl::inside_share(const Window& source_window) const {
  return parallel_ ? parallel_share(source_window) : points_share(source_window);
}

Field Conserver::Impl::distribute(const Field& source, const Window& tile,
                                  const Field* weights) const {
  if (!(tile.intersect(target_.whole()) == tile)) throw Error("a tile reaches outside the grid");
  return parallel_ ? distribute_parallel(source, tile, weights)
                   : distribute_points(source, tile, weights);
}

Conserver::Conserver(Grid target, SourceGrid source,
                     std::shared_ptr<const CoordinateTransform> to_source,
                     std::shared_ptr<const CoordinateTransform> to_target,
                     std::shared_ptr<const CoordinateTransform> source_to_lonlat,
                     std::shared_ptr<const CellArea> target_area)
    : impl_(std::make_unique<Impl>(std::move(target), source, std::move(to_source),
                                   std::move(to_target), std::move(source_to_lonlat),
                                   std::move(target_area))) {}
Conserver::~Conserver() = default;
Conserver::Conserver(Conserver&&) noexcept = default;
Conserver& Conserver::operator=(Conserver&&) noexcept = default;

Window Conserver::source_window(const Window& tile) const { return impl_->source_window(tile); }
Window Conserver::target_window(const Window& source_window) const {
  return impl_->target_window(source_window);
}
std::vector<double> Conserver::source_areas_km2(const Window& source_window) const {
  return impl_->source_areas_km2(source_window);
}
Field Conserver::distribute(const Field& source, const Window& tile, const Field* weights) const {
  return impl_->distribute(source, tile, weights);
}
std::vector<double> Conserver::inside_share(const Window& source_window) const {
  return impl_->inside_share(source_window);
}

}  // namespace cnci::engine
