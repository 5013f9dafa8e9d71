// Methods through a coordinate transform: points of the coordinate lattice.
#include "engine/error.h"
#include "engine/resample_cell.h"
#include "engine/resample_impl.h"

namespace cnci::engine {
namespace {

std::size_t held(std::int64_t pixel) {
  if (pixel == PointSource::kLacking) {
    throw Error("the source's window lacks a pixel that the tile needs: read source_window(tile)");
  }
  return static_cast<std::size_t>(pixel);
}

}  // namespace

Field Resampler::Impl::near_points(const Field& source, const Window& tile) const {
  Field out(tile);
  const PointSource where(source_, pixels_, source.window);
  lattice_.visit_cells(tile, 1, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
    const std::int64_t pixel = where.pixel(*p.x, *p.y);
    if (pixel == -1 || source.valid[held(pixel)] == 0) return;
    const std::size_t cell = out.index(col, row);
    out.value[cell] = source.value[held(pixel)];
    out.valid[cell] = 1;
  });
  return out;
}

Field Resampler::Impl::bilinear_points(const Field& source, const Window& tile) const {
  Field out(tile);
  const WindowIndex index(source_, source.window);
  lattice_.visit_cells(tile, 1, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
    double c = 0;
    double r = 0;
    if (!pixels_.locate(*p.x, *p.y, c, r)) return;
    Tap tc = tap_at(c, source_.cols, source_.wraps);
    Tap tr = tap_at(r, source_.rows, false);
    tc = {local_col(index, tc.first), local_col(index, tc.second), local_col(index, tc.nearest),
          tc.part};
    tr = {local_row(index, tr.first), local_row(index, tr.second), local_row(index, tr.nearest),
          tr.part};
    bilinear_cell(source, tc, tr, out.index(col, row), out);
  });
  return out;
}

Field Resampler::Impl::average_points(const Field& source, const Window& tile) const {
  Field out(tile);
  const PointSource where(source_, pixels_, source.window);
  const double whole = static_cast<double>(points_) * points_;
  lattice_.visit_cells(tile, points_, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
    Mean mean;
    for (int j = 0; j < p.k; ++j) {
      const std::size_t line = static_cast<std::size_t>(j) * p.stride;
      for (std::size_t i = line; i < line + static_cast<std::size_t>(p.k); ++i) {
        const std::int64_t pixel = where.pixel(p.x[i], p.y[i]);
        if (pixel == -1) continue;
        if (source.valid[held(pixel)] != 0) mean.add(source.value[held(pixel)], 1);
      }
    }
    if (!enough(mean.weight, whole)) return;
    const std::size_t cell = out.index(col, row);
    out.value[cell] = mean.value();
    out.valid[cell] = 1;
  });
  return out;
}

}  // namespace cnci::engine
