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

std::vector<double> Conserver::Impl::parallel_denominator(
    const Window& source_window, const Window& cells, const std::vector<double>& effective) const {
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

Field Conserver::Impl::distribute_parallel(const Field& source, const Window& tile,
                                           const Field* weights) const {
  Field out(tile);
  const Window window = source_window(tile);
  if (window.empty()) return out;
  const Window cells = target_window(window);
  if (weights != nullptr && !(weights->window.unite(cells) == weights->window)) {
    throw Error("the weights do not cover all cells that share the tile's source pixels");
  }
  const WindowIndex index(source_, source.window);
  std::vector<double> area;
  if (!target_.geographic) area = target_area_->areas_km2(cells);
  std::vector<double> effective;  // e_j: weight, times the cell's area where A_ij lacks it
  std::vector<double> weighted;
  if (weights != nullptr) {
    effective.resize(cells.cells());
    for (std::int64_t r = 0; r < cells.rows; ++r) {
      for (std::int64_t c = 0; c < cells.cols; ++c) {
        const std::size_t w = weights->index(cells.col + c, cells.row + r);
        const auto i = static_cast<std::size_t>(r * cells.cols + c);
        effective[i] = weights->valid[w] != 0 ? weights->value[w] : 0;
        if (!area.empty()) effective[i] *= area[i];
      }
    }
    weighted = parallel_denominator(window, cells, effective);
  }
  const std::vector<double> share = parallel_share(window);
  std::vector<double> uniform;
  if (!target_.geographic) uniform = parallel_denominator(window, cells, area);

  // Amount per unit of A_ij e_j: by weights where a pixel has any, else uniform.
  std::vector<double> by_weight(window.cells(), 0.0);
  std::vector<double> by_area(window.cells(), 0.0);
  std::vector<std::uint8_t> valid(window.cells(), 0);
  for (std::int64_t r = 0; r < window.rows; ++r) {
    const double height = rows_.pixel_weight(window.row + r);
    for (std::int64_t c = 0; c < window.cols; ++c) {
      const auto i = static_cast<std::size_t>(r * window.cols + c);
      const std::int64_t lc = index.col(window.col + c);
      const std::int64_t lr = index.row(window.row + r);
      if (lc < 0 || lr < 0) throw Error("the source's window lacks a pixel of source_window(tile)");
      const auto pixel = static_cast<std::size_t>(lr * source.window.cols + lc);
      if (source.valid[pixel] == 0) continue;
      valid[i] = 1;
      const double amount = source.value[pixel];
      if (!weighted.empty() && weighted[i] > 0) {
        by_weight[i] = amount * share[i] / weighted[i];
      } else if (!uniform.empty()) {
        by_area[i] = uniform[i] > 0 ? amount * share[i] / uniform[i] : 0;
      } else {
        by_area[i] = amount / (cols_.width(wrapped(window.col + c, source_)) * height);
      }
    }
  }

  const WindowIndex own(source_, window);
  OverlapTable cols;
  std::vector<Overlap> overlaps;
  for (std::int64_t c = tile.col; c < tile.col_end(); ++c) {
    overlaps.clear();
    cols_.pixels_of(c, overlaps);
    cols.add(overlaps);
  }
  for (Overlap& o : cols.items()) o.index = own.col(o.index);
  std::size_t cell = 0;
  for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
    overlaps.clear();
    rows_.pixels_of(r, overlaps);
    for (std::size_t c = 0; c < cols.size(); ++c, ++cell) {
      const std::int64_t at_col = tile.col + static_cast<std::int64_t>(c);
      const auto j = static_cast<std::size_t>((r - cells.row) * cells.cols + at_col - cells.col);
      double amount = 0;
      bool any = false;
      for (const Overlap& row : overlaps) {
        for (const Overlap& col : cols[c]) {
          const auto i =
              static_cast<std::size_t>((row.index - window.row) * window.cols + col.index);
          if (valid[i] == 0) continue;
          any = true;
          const double overlap = col.weight * row.weight;
          double part = by_area[i] * overlap;
          if (!area.empty()) part *= area[j];
          if (!effective.empty()) part += by_weight[i] * overlap * effective[j];
          amount += part;
        }
      }
      if (!any) continue;
      out.value[cell] = amount;
      out.valid[cell] = 1;
    }
  }
  return out;
}

}  // namespace cnci::engine
