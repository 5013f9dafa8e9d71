// Amounts through a transform: A_ij from 8 x 8 sub-points of each target cell. Denominators come
// from all cells of the grid that touch a pixel, in row-major order, whatever the tile.
#include <algorithm>
#include <cmath>

#include "engine/conserve_impl.h"
#include "engine/error.h"
#include "engine/resample_cell.h"

namespace cnci::engine {
namespace {

/// Rectangles of pixels up to this size are asked pixel by pixel whether they lie inside the grid.
constexpr std::int64_t kSmallest = 4;
/// Points along each side of a cut pixel that has no image in part.
constexpr int kCutPoints = 16;

}  // namespace

template <class Visitor>
void Conserver::Impl::visit_pixels(const Window& cells, const Window& source_window,
                                   Visitor&& visit) const {
  const PointSource where(source_, pixels_, source_window);
  CellPixels found;
  lattice_.visit_cells(
      cells, kPoints, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
        found.size = 0;
        const std::size_t last = kPoints - 1;
        const std::int64_t corner = where.pixel(p.x[0], p.y[0]);
        if (p.smooth && corner >= 0) {  // the outermost four in one pixel: so are all
          const auto same = [&](std::size_t i) { return where.pixel(p.x[i], p.y[i]) == corner; };
          if (same(last) && same(last * p.stride) && same(last * p.stride + last)) {
            found.items[found.size++] = {corner, kPoints * kPoints};
            visit(col, row, found);
            return;
          }
        }
        for (std::size_t j = 0; j <= last; ++j) {
          for (std::size_t i = 0; i <= last; ++i) {
            const std::int64_t pixel = where.pixel(p.x[j * p.stride + i], p.y[j * p.stride + i]);
            if (pixel < 0) continue;
            std::size_t k = 0;
            while (k < found.size && found.items[k].pixel != pixel) ++k;
            if (k == found.size) found.items[found.size++] = {pixel, 0};
            ++found.items[k].count;
          }
        }
        if (found.size > 0) visit(col, row, found);
      });
}

Conserver::Impl::Image Conserver::Impl::image(const Window& pixels) const {
  const auto samples = [](std::int64_t count) {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(2 * count, 4, 32)) + 1;
  };
  const std::size_t nx = samples(pixels.cols);
  const std::size_t ny = samples(pixels.rows);
  std::vector<double> x(nx * ny);
  std::vector<double> y(nx * ny);
  for (std::size_t j = 0; j < ny; ++j) {
    for (std::size_t i = 0; i < nx; ++i) {
      const double u = static_cast<double>(i) / static_cast<double>(nx - 1);
      const double v = static_cast<double>(j) / static_cast<double>(ny - 1);
      x[j * nx + i] =
          source_.x0 +
          (static_cast<double>(pixels.col) + u * static_cast<double>(pixels.cols)) * source_.dx;
      y[j * nx + i] =
          source_.y0 -
          (static_cast<double>(pixels.row) + v * static_cast<double>(pixels.rows)) * source_.dy;
      if (source_.geographic) y[j * nx + i] = std::clamp(y[j * nx + i], -90.0, 90.0);
    }
  }
  to_target_->apply(x, y);
  Image box;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = near_grid(target_.col_of(x[i]));
    y[i] = target_.row_of(y[i]);
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      box.whole = false;
      continue;
    }
    box.col_low = box.any ? std::min(box.col_low, x[i]) : x[i];
    box.col_high = box.any ? std::max(box.col_high, x[i]) : x[i];
    box.row_low = box.any ? std::min(box.row_low, y[i]) : y[i];
    box.row_high = box.any ? std::max(box.row_high, y[i]) : y[i];
    box.any = true;
  }
  // Between samples the image bends by at most its second difference; next to a sample without an
  // image it may reach as far as the next sample would be.
  double room_col = 0;
  double room_row = 0;
  const auto bend = [&](std::size_t a, std::size_t b, std::size_t c) {
    const double first_col = x[b] - x[a];
    const double second_col = x[c] - x[b];
    const bool finite_a = std::isfinite(first_col);
    const bool finite_b = std::isfinite(second_col);
    if (turn_cells_ > 0 && ((finite_a && std::abs(first_col) > turn_cells_ / 2) ||
                            (finite_b && std::abs(second_col) > turn_cells_ / 2))) {
      box.jump = true;
      return;
    }
    if (finite_a && finite_b) {
      room_col = std::max(room_col, std::abs(second_col - first_col));
      room_row = std::max(room_row, std::abs(y[c] - 2 * y[b] + y[a]));
    } else if (finite_a || finite_b) {
      room_col = std::max(room_col, 2 * std::abs(finite_a ? first_col : second_col));
      room_row = std::max(room_row, 2 * std::abs(finite_a ? y[b] - y[a] : y[c] - y[b]));
    } else if (std::isfinite(x[b])) {
      room_col = static_cast<double>(target_.cols);
      room_row = static_cast<double>(target_.rows);
    }
  };
  for (std::size_t j = 0; j < ny; ++j) {
    for (std::size_t i = 1; i + 1 < nx; ++i) bend(j * nx + i - 1, j * nx + i, j * nx + i + 1);
  }
  for (std::size_t j = 1; j + 1 < ny; ++j) {
    for (std::size_t i = 0; i < nx; ++i) bend((j - 1) * nx + i, j * nx + i, (j + 1) * nx + i);
  }
  box.col_low -= room_col + 2;
  box.col_high += room_col + 2;
  box.row_low -= room_row + 2;
  box.row_high += room_row + 2;
  // A pole inside a projected window: all longitudes, up to the pole.
  if (target_.geographic && !source_.geographic) {
    std::array<double, 2> px{target_.x_at(0), target_.x_at(0)};
    std::array<double, 2> py{90, -90};
    to_source_->apply(px, py);
    for (std::size_t i = 0; i < 2; ++i) {
      const double c = pixels_.col(px[i]) - static_cast<double>(pixels.col);
      const double r = pixels_.row(py[i]) - static_cast<double>(pixels.row);
      if (c >= -1 && c <= static_cast<double>(pixels.cols + 1) && r >= -1 &&
          r <= static_cast<double>(pixels.rows + 1)) {
        const double pole_row = target_.row_of(i == 0 ? 90 : -90);
        box.row_low = box.any ? std::min(box.row_low, pole_row) : pole_row;
        box.row_high = box.any ? std::max(box.row_high, pole_row) : pole_row;
        box.any = true;
        box.jump = true;
      }
    }
  }
  return box;
}

Conserver::Impl::Outline Conserver::Impl::outline(std::int64_t pixel_col,
                                                  std::int64_t pixel_row) const {
  Outline line;
  for (std::size_t i = 0; i < line.col.size(); ++i) {
    const double t = static_cast<double>(i % kOutline) / kOutline;
    const std::size_t side = i / kOutline;
    const double u = side == 0 ? t : side == 1 ? 1 : side == 2 ? 1 - t : 0;
    const double v = side == 0 ? 0 : side == 1 ? t : side == 2 ? 1 : 1 - t;
    line.col[i] = source_.x0 + (static_cast<double>(pixel_col) + u) * source_.dx;
    line.row[i] = source_.y0 - (static_cast<double>(pixel_row) + v) * source_.dy;
    if (source_.geographic) line.row[i] = std::clamp(line.row[i], -90.0, 90.0);
  }
  to_target_->apply(line.col, line.row);
  for (std::size_t i = 0; i < line.col.size(); ++i) {
    line.col[i] = near_grid(target_.col_of(line.col[i]));
    line.row[i] = target_.row_of(line.row[i]);
  }
  return line;
}

void Conserver::Impl::mark_inside(const Window& pixels, const Window& source_window,
                                  std::vector<double>& inside) const {
  const Image box = image(pixels);
  const auto mark = [&](std::int64_t c, std::int64_t r, double value) {
    inside[static_cast<std::size_t>((r - source_window.row) * source_window.cols + c -
                                    source_window.col)] = value;
  };
  const auto cols = static_cast<double>(target_.cols);
  const auto rows = static_cast<double>(target_.rows);
  const bool all_cols =
      target_.spans_globe() || (!box.jump && box.col_low >= 0 && box.col_high <= cols);
  if (box.any && box.whole && all_cols && box.row_low >= 0 && box.row_high <= rows) {
    for (std::int64_t r = pixels.row; r < pixels.row_end(); ++r) {
      for (std::int64_t c = pixels.col; c < pixels.col_end(); ++c) mark(c, r, 1);
    }
    return;
  }
  if (pixels.cols > kSmallest || pixels.rows > kSmallest) {
    const std::int64_t half_cols = pixels.cols > kSmallest ? pixels.cols / 2 : pixels.cols;
    const std::int64_t half_rows = pixels.rows > kSmallest ? pixels.rows / 2 : pixels.rows;
    for (std::int64_t r = 0; r < pixels.rows; r += half_rows) {
      for (std::int64_t c = 0; c < pixels.cols; c += half_cols) {
        mark_inside({pixels.col + c, pixels.row + r, std::min(half_cols, pixels.cols - c),
                     std::min(half_rows, pixels.rows - r)},
                    source_window, inside);
      }
    }
    return;
  }
  for (std::int64_t r = pixels.row; r < pixels.row_end(); ++r) {
    for (std::int64_t c = pixels.col; c < pixels.col_end(); ++c) {
      const Outline line = outline(c, r);
      bool any = false;
      bool all = true;
      for (std::size_t i = 0; i < line.col.size(); ++i) {
        const double col = line.col[i];
        const double row = line.row[i];
        if (!std::isfinite(col) || !std::isfinite(row)) continue;  // off the globe: nothing there
        any = true;
        all = all && row >= -kEdgeTolerance && row <= rows + kEdgeTolerance &&
              (target_.spans_globe() || (col >= -kEdgeTolerance && col <= cols + kEdgeTolerance));
      }
      mark(c, r, any && all ? 1 : 0);
    }
  }
}

double Conserver::Impl::cut_share(std::int64_t pixel_col, std::int64_t pixel_row,
                                  double denominator) const {
  if (!(denominator > 0)) return 0;
  const double area = source_areas_km2({pixel_col, pixel_row, 1, 1}).front();
  if (area > 0) return std::min(1.0, denominator / area);  // false where it is NaN
  // Part of the pixel has no image: the share of its points that have one and lie in the grid.
  std::vector<double> x, y;
  for (int j = 0; j < kCutPoints; ++j) {
    for (int i = 0; i < kCutPoints; ++i) {
      x.push_back(source_.x0 +
                  (static_cast<double>(pixel_col) + (i + 0.5) / kCutPoints) * source_.dx);
      y.push_back(source_.y0 -
                  (static_cast<double>(pixel_row) + (j + 0.5) / kCutPoints) * source_.dy);
    }
  }
  to_target_->apply(x, y);
  int finite = 0;
  int in = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double col = near_grid(target_.col_of(x[i]));
    const double row = target_.row_of(y[i]);
    if (!std::isfinite(col) || !std::isfinite(row)) continue;
    ++finite;
    in += static_cast<int>(col >= 0 && col <= static_cast<double>(target_.cols) && row >= 0 &&
                           row <= static_cast<double>(target_.rows));
  }
  return finite > 0 ? static_cast<double>(in) / finite : 0;
}

const Conserver::Impl::Shares& Conserver::Impl::shares(const Window& source_window) const {
  if (shares_.window == source_window && !shares_.inside.empty()) return shares_;
  Shares s;
  s.window = source_window;
  s.denominator.assign(source_window.cells(), 0.0);
  s.inside.assign(source_window.cells(), 0.0);
  const Window cells = target_window(source_window);
  const std::vector<double> area =
      cells.empty() ? std::vector<double>{} : target_area_->areas_km2(cells);
  visit_pixels(
      cells, source_window, [&](std::int64_t col, std::int64_t row, const CellPixels& found) {
        const double share =
            area[static_cast<std::size_t>((row - cells.row) * cells.cols + col - cells.col)] /
            (kPoints * kPoints);
        for (std::size_t k = 0; k < found.size; ++k) {
          s.denominator[static_cast<std::size_t>(found.items[k].pixel)] +=
              share * found.items[k].count;
        }
      });
  if (!source_window.empty()) mark_inside(source_window, source_window, s.inside);
  for (std::size_t i = 0; i < s.inside.size(); ++i) {
    if (s.inside[i] == 1) continue;
    const auto at = static_cast<std::int64_t>(i);
    s.inside[i] = cut_share(source_window.col + at % source_window.cols,
                            source_window.row + at / source_window.cols, s.denominator[i]);
  }
  shares_ = std::move(s);
  return shares_;
}

const Window& Conserver::Impl::pixels_of_grid() const {
  if (!pixels_of_grid_) pixels_of_grid_ = source_window(target_.whole());
  return *pixels_of_grid_;
}

std::vector<double> Conserver::Impl::points_share(const Window& window) const {
  // Of an inventory of the planet most pixels are far from the grid, many of them without an image.
  std::vector<double> inside(window.cells(), 0.0);
  for (const std::int64_t turn : {-1, 0, 1}) {
    if (turn != 0 && !source_.wraps) continue;
    Window part = pixels_of_grid();
    part.col += turn * source_.cols;
    part = part.intersect(window);
    if (part.empty()) continue;
    const std::vector<double>& of_part = shares(part).inside;
    for (std::int64_t row = 0; row < part.rows; ++row) {
      std::copy_n(
          of_part.begin() + row * part.cols, part.cols,
          inside.begin() + (part.row - window.row + row) * window.cols + part.col - window.col);
    }
  }
  return inside;
}

bool Conserver::Impl::centre_cell(std::int64_t pixel_col, std::int64_t pixel_row, std::int64_t& col,
                                  std::int64_t& row) const {
  double x = source_.x0 + (static_cast<double>(pixel_col) + 0.5) * source_.dx;
  double y = source_.y0 - (static_cast<double>(pixel_row) + 0.5) * source_.dy;
  to_target_->apply(std::span(&x, 1), std::span(&y, 1));
  double c = near_grid(target_.col_of(x));
  double r = target_.row_of(y);
  if (!std::isfinite(c) || !std::isfinite(r)) {  // a pixel that is mostly off the globe
    const Outline line = outline(pixel_col, pixel_row);
    std::size_t i = 0;
    while (i < line.col.size() && !(std::isfinite(line.col[i]) && std::isfinite(line.row[i]))) ++i;
    if (i == line.col.size()) return false;
    c = line.col[i];
    r = line.row[i];
  }
  col = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(c)), 0, target_.cols - 1);
  row = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(r)), 0, target_.rows - 1);
  return true;
}

void Conserver::Impl::add_lone_pixels(const Field& source, const Window& source_window,
                                      const Shares& s, Field& out) const {
  // Pixels inside the grid that no sub-point meets (much smaller than a cell): all to the cell that
  // holds the centre, in the order of pixels of the whole source, wherever the window begins.
  struct Lone {
    std::int64_t row, col;
    std::size_t local;
  };
  std::vector<Lone> lone;
  const WindowIndex index(source_, source.window);
  for (std::size_t i = 0; i < s.inside.size(); ++i) {
    if (s.inside[i] != 1 || s.denominator[i] > 0) continue;
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t pc = source_window.col + at % source_window.cols;
    const std::int64_t pr = source_window.row + at / source_window.cols;
    const auto pixel = static_cast<std::size_t>(index.row(pr) * source.window.cols + index.col(pc));
    if (source.valid[pixel] == 0) continue;
    lone.push_back({pr, source_.wraps ? pc % source_.cols : pc, pixel});
  }
  std::sort(lone.begin(), lone.end(), [](const Lone& a, const Lone& b) {
    return a.row != b.row ? a.row < b.row : a.col < b.col;
  });
  for (const Lone& p : lone) {
    std::int64_t col = 0;
    std::int64_t row = 0;
    if (!centre_cell(p.col, p.row, col, row)) continue;
    if (col < out.window.col || col >= out.window.col_end() || row < out.window.row ||
        row >= out.window.row_end()) {
      continue;
    }
    const std::size_t cell = out.index(col, row);
    out.value[cell] = (out.valid[cell] != 0 ? out.value[cell] : 0) + source.value[p.local];
    out.valid[cell] = 1;
  }
}

Field Conserver::Impl::distribute_points(const Field& source, const Window& tile,
                                         const Field* weights) const {
  Field out(tile);
  const Window window = source_window(tile);
  if (window.empty()) return out;
  const Shares& s = shares(window);
  const WindowIndex index(source_, source.window);
  const Window cells = target_window(window);
  if (cells.empty()) return out;

  std::vector<double> weighted(weights != nullptr ? window.cells() : 0, 0.0);
  const auto weight_of = [&](std::int64_t col, std::int64_t row) {
    const std::size_t w = weights->index(col, row);
    return weights->valid[w] != 0 ? weights->value[w] : 0.0;
  };
  if (weights != nullptr) {
    if (!(weights->window.unite(cells) == weights->window)) {
      throw Error("the weights do not cover all cells that share the tile's source pixels");
    }
    const std::vector<double> area = target_area_->areas_km2(cells);
    visit_pixels(cells, window, [&](std::int64_t col, std::int64_t row, const CellPixels& found) {
      const double share =
          area[static_cast<std::size_t>((row - cells.row) * cells.cols + col - cells.col)] /
          (kPoints * kPoints) * weight_of(col, row);
      for (std::size_t k = 0; k < found.size; ++k) {
        weighted[static_cast<std::size_t>(found.items[k].pixel)] += share * found.items[k].count;
      }
    });
  }

  // Amount per km2 (times weight) of every pixel.
  std::vector<double> by_weight(weighted.size(), 0.0);
  std::vector<double> by_area(window.cells(), 0.0);
  std::vector<std::uint8_t> valid(window.cells(), 0);
  for (std::int64_t r = 0; r < window.rows; ++r) {
    for (std::int64_t c = 0; c < window.cols; ++c) {
      const auto i = static_cast<std::size_t>(r * window.cols + c);
      const std::int64_t lc = index.col(window.col + c);
      const std::int64_t lr = index.row(window.row + r);
      if (lc < 0 || lr < 0) throw Error("the source's window lacks a pixel of source_window(tile)");
      const auto pixel = static_cast<std::size_t>(lr * source.window.cols + lc);
      if (source.valid[pixel] == 0) continue;
      valid[i] = 1;
      if (!weighted.empty() && weighted[i] > 0) {
        by_weight[i] = source.value[pixel] * s.inside[i] / weighted[i];
      } else if (s.denominator[i] > 0) {
        by_area[i] = source.value[pixel] * s.inside[i] / s.denominator[i];
      }
    }
  }

  const std::vector<double> area = target_area_->areas_km2(tile);
  visit_pixels(tile, window, [&](std::int64_t col, std::int64_t row, const CellPixels& found) {
    const std::size_t cell = out.index(col, row);
    const double share = area[cell] / (kPoints * kPoints);
    const double weight = weights != nullptr ? weight_of(col, row) : 0;
    double amount = 0;
    bool any = false;
    for (std::size_t k = 0; k < found.size; ++k) {
      const auto i = static_cast<std::size_t>(found.items[k].pixel);
      if (valid[i] == 0) continue;
      any = true;
      double per_km2 = by_area[i];
      if (!by_weight.empty()) per_km2 += by_weight[i] * weight;
      amount += per_km2 * (share * found.items[k].count);
    }
    if (!any) return;
    out.value[cell] = amount;
    out.valid[cell] = 1;
  });
  add_lone_pixels(source, window, s, out);
  return out;
}

}  // namespace cnci::engine
