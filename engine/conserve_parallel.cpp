// Amounts on parallel lattices: exact overlaps, separable in columns and rows. In a geographic CRS
// A_ij = length x authalic height and everything is analytic; in a projected one A_ij = overlap (in
// cells) x true area of the cell.
#include <algorithm>
#include <cmath>

#include "engine/conserve_impl.h"
#include "engine/error.h"

namespace cnci::engine {
namespace {

std::int64_t wrapped(std::int64_t col, const SourceGrid& source) {
  if (!source.wraps) return col;
  const std::int64_t c = col % source.cols;
  return c < 0 ? c + source.cols : c;
}

double sum(std::span<const Overlap> overlaps) {
  double total = 0;
  for (const Overlap& o : overlaps) total += o.weight;
  return total;
}

/// Target columns that lie each in one pixel, the same for all; or any others.
struct ColumnRun {
  std::size_t first = 0;
  std::size_t end = 0;
  bool one_pixel = false;
};

std::vector<ColumnRun> runs_of_columns(const OverlapTable& cols) {
  std::vector<ColumnRun> runs;
  for (std::size_t c = 0; c < cols.size(); ++c) {
    const bool one = cols[c].size() == 1;
    const bool goes_on = !runs.empty() && runs.back().one_pixel == one &&
                         (!one || cols[c].front().index == cols[runs.back().first].front().index);
    if (goes_on) {
      runs.back().end = c + 1;
    } else {
      runs.push_back({c, c + 1, one});
    }
  }
  return runs;
}

}  // namespace

Conserver::Impl::PixelTables Conserver::Impl::pixel_tables(const Window& source_window) const {
  PixelTables t;
  std::vector<Overlap> overlaps;
  for (std::int64_t c = source_window.col; c < source_window.col_end(); ++c) {
    overlaps.clear();
    cols_.columns_of(wrapped(c, source_), overlaps);
    t.cols.add(overlaps);
  }
  for (std::int64_t r = source_window.row; r < source_window.row_end(); ++r) {
    overlaps.clear();
    rows_.rows_of(r, overlaps);
    t.rows.add(overlaps);
  }
  return t;
}

bool Conserver::Impl::inside_by_edges(std::int64_t pixel_col, std::int64_t pixel_row) const {
  return cols_.edge(pixel_col, 0) >= 0 &&
         cols_.edge(pixel_col + 1, 0) <= static_cast<double>(target_.cols) &&
         rows_.edge(pixel_row) >= 0 &&
         rows_.edge(pixel_row + 1) <= static_cast<double>(target_.rows);
}

std::vector<double> Conserver::Impl::parallel_share(const Window& source_window) const {
  const PixelTables t = pixel_tables(source_window);
  std::vector<double> share;
  share.reserve(source_window.cells());
  if (!target_.geographic) {
    const Window cells = target_window(source_window);
    const std::vector<double> inside =
        parallel_denominator(source_window, cells, target_area_->areas_km2(cells));
    for (std::int64_t r = source_window.row; r < source_window.row_end(); ++r) {
      for (std::int64_t c = source_window.col; c < source_window.col_end(); ++c) {
        const double area = inside[share.size()];
        share.push_back(inside_by_edges(c, r) ? 1
                        : area > 0            ? std::min(1.0, area / projected_area_km2(c, r))
                                              : 0);
      }
    }
    return share;
  }
  // Rounding of a wholly inside pixel's parts must not leave anything outside.
  const auto part = [](double inside, double whole) {
    return inside >= whole * (1 - 1e-12) ? 1 : inside / whole;
  };
  std::vector<double> col_part;
  for (std::size_t c = 0; c < t.cols.size(); ++c) {
    const std::int64_t pixel = wrapped(source_window.col + static_cast<std::int64_t>(c), source_);
    col_part.push_back(part(sum(t.cols[c]), cols_.width(pixel)));
  }
  for (std::size_t r = 0; r < t.rows.size(); ++r) {
    const double whole = rows_.pixel_weight(source_window.row + static_cast<std::int64_t>(r));
    const double row_part = whole > 0 ? part(sum(t.rows[r]), whole) : 0;
    for (const double c : col_part) share.push_back(c * row_part);
  }
  return share;
}

std::vector<double> Conserver::Impl::parallel_denominator(const Window& source_window,
                                                          const Window& cells,
                                                          std::span<const double> effective) const {
  const PixelTables t = pixel_tables(source_window);
  std::vector<double> denominator;
  denominator.reserve(source_window.cells());
  for (std::size_t r = 0; r < t.rows.size(); ++r) {
    for (std::size_t c = 0; c < t.cols.size(); ++c) {
      double total = 0;
      for (const Overlap& row : t.rows[r]) {
        const auto first = static_cast<std::size_t>((row.index - cells.row) * cells.cols);
        double line = 0;
        for (const Overlap& col : t.cols[c]) {
          line += col.weight * effective[first + static_cast<std::size_t>(col.index - cells.col)];
        }
        total += row.weight * line;
      }
      denominator.push_back(total);
    }
  }
  return denominator;
}

void Conserver::Impl::ParallelUnits::fill(std::size_t i, double height,
                                          std::span<const double> widths, std::size_t j,
                                          double* amounts) const {
  const double uniform = by_area[i];
  const double weighted = by_weight[i];
  const double* const areas = area.empty() ? nullptr : area.data() + j;
  const double* const weights = effective.empty() ? nullptr : effective.data() + j;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    const double overlap = widths[c] * height;
    double amount = uniform * overlap;
    if (areas != nullptr) amount *= areas[c];
    if (weights != nullptr) amount += weighted * overlap * weights[c];
    amounts[c] = 0.0 + amount;  // as the sum of one part
  }
}

Conserver::Impl::ParallelUnits Conserver::Impl::parallel_units(const Field& source,
                                                               const Window& window,
                                                               const Field* weights) const {
  ParallelUnits u;
  u.cells = target_window(window);
  const Window& cells = u.cells;
  if (weights != nullptr && !(weights->window.unite(cells) == weights->window)) {
    throw Error("the weights do not cover all cells that share the tile's source pixels");
  }
  const WindowIndex index(source_, source.window);
  if (!target_.geographic) u.area = target_area_->areas_km2(cells);
  std::vector<double> weighted;
  if (weights != nullptr) {
    const bool as_they_are = u.area.empty() && weights->window == cells &&
                             std::ranges::find(weights->valid, 0) == weights->valid.end();
    if (as_they_are) {
      u.effective = weights->value;
    } else {
      u.own_effective.resize(cells.cells());
      for (std::int64_t r = 0; r < cells.rows; ++r) {
        for (std::int64_t c = 0; c < cells.cols; ++c) {
          const std::size_t w = weights->index(cells.col + c, cells.row + r);
          const auto i = static_cast<std::size_t>(r * cells.cols + c);
          u.own_effective[i] = weights->valid[w] != 0 ? weights->value[w] : 0;
          if (!u.area.empty()) u.own_effective[i] *= u.area[i];
        }
      }
      u.effective = u.own_effective;
    }
    weighted = parallel_denominator(window, cells, u.effective);
  }
  const std::vector<double> share = parallel_share(window);
  std::vector<double> uniform;
  if (!target_.geographic) uniform = parallel_denominator(window, cells, u.area);

  u.by_weight.assign(window.cells(), 0.0);
  u.by_area.assign(window.cells(), 0.0);
  u.valid.assign(window.cells(), 0);
  for (std::int64_t r = 0; r < window.rows; ++r) {
    const double height = rows_.pixel_weight(window.row + r);
    for (std::int64_t c = 0; c < window.cols; ++c) {
      const auto i = static_cast<std::size_t>(r * window.cols + c);
      const std::int64_t lc = index.col(window.col + c);
      const std::int64_t lr = index.row(window.row + r);
      if (lc < 0 || lr < 0) throw Error("the source's window lacks a pixel of source_window(tile)");
      const auto pixel = static_cast<std::size_t>(lr * source.window.cols + lc);
      if (source.valid[pixel] == 0) continue;
      u.valid[i] = 1;
      const double amount = source.value[pixel];
      if (!weighted.empty() && weighted[i] > 0) {
        u.by_weight[i] = amount * share[i] / weighted[i];
      } else if (!uniform.empty()) {
        u.by_area[i] = uniform[i] > 0 ? amount * share[i] / uniform[i] : 0;
      } else {
        u.by_area[i] = amount / (cols_.width(wrapped(window.col + c, source_)) * height);
      }
    }
  }
  return u;
}

Field Conserver::Impl::distribute_parallel(const Field& source, const Window& tile,
                                           const Field* weights) const {
  Field out(tile);
  const Window window = source_window(tile);
  if (window.empty()) return out;
  const ParallelUnits u = parallel_units(source, window, weights);

  const WindowIndex own(source_, window);
  OverlapTable cols;
  std::vector<Overlap> overlaps;
  for (std::int64_t c = tile.col; c < tile.col_end(); ++c) {
    overlaps.clear();
    cols_.pixels_of(c, overlaps);
    cols.add(overlaps);
  }
  for (Overlap& o : cols.items()) o.index = own.col(o.index);
  const std::vector<ColumnRun> runs = runs_of_columns(cols);
  std::vector<double> widths(cols.size());
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (cols[c].size() == 1) widths[c] = cols[c].front().weight;
  }
  for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
    overlaps.clear();
    rows_.pixels_of(r, overlaps);
    const auto cell = static_cast<std::size_t>((r - tile.row) * tile.cols);
    const auto j =
        static_cast<std::size_t>((r - u.cells.row) * u.cells.cols + tile.col - u.cells.col);
    for (const ColumnRun& run : runs) {
      if (run.one_pixel && overlaps.size() == 1) {
        const Overlap& row = overlaps.front();
        const auto i = static_cast<std::size_t>((row.index - window.row) * window.cols +
                                                cols[run.first].front().index);
        if (u.valid[i] == 0) continue;
        u.fill(i, row.weight, std::span(widths).subspan(run.first, run.end - run.first),
               j + run.first, out.value.data() + cell + run.first);
        std::fill_n(out.valid.begin() + static_cast<std::ptrdiff_t>(cell + run.first),
                    run.end - run.first, std::uint8_t{1});
        continue;
      }
      for (std::size_t c = run.first; c < run.end; ++c) {
        for (const Overlap& row : overlaps) {
          for (const Overlap& col : cols[c]) {
            const auto i =
                static_cast<std::size_t>((row.index - window.row) * window.cols + col.index);
            if (u.valid[i] == 0) continue;
            const double before = out.valid[cell + c] != 0 ? out.value[cell + c] : 0.0;
            out.value[cell + c] = before + u.part(i, j + c, col.weight * row.weight);
            out.valid[cell + c] = 1;
          }
        }
      }
    }
  }
  return out;
}

}  // namespace cnci::engine
