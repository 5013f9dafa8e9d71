// Tiles of a layer: source windows in pieces that fit in memory, resampled and put together. A
// cell's value is a pure function of source and cell, so that pieces cannot be told from a whole.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "io/layer_impl.h"

namespace cnci::io {
namespace {

using engine::ClassFractions;
using engine::Error;
using engine::Field;
using engine::Window;

constexpr std::size_t kPieceBytes = std::size_t{64} << 20;
// Of a whole raster, row by row.
constexpr std::size_t kStripBytes = std::size_t{8} << 20;
// Value and validity, of the sum and, where a raster wraps, of the band that is added to it.
constexpr std::size_t kBytesPerPixel = 2 * (sizeof(double) + 1);

void paste(const Field& piece, Field& whole) {
  for (std::int64_t row = piece.window.row; row < piece.window.row_end(); ++row) {
    const auto from = static_cast<std::ptrdiff_t>(piece.index(piece.window.col, row));
    const auto to = static_cast<std::ptrdiff_t>(whole.index(piece.window.col, row));
    std::copy_n(piece.value.begin() + from, piece.window.cols, whole.value.begin() + to);
    std::copy_n(piece.valid.begin() + from, piece.window.cols, whole.valid.begin() + to);
  }
}

// Collects the classes of pieces; a class absent from a piece is 0 there.
class ClassCollector {
 public:
  explicit ClassCollector(const Window& tile) : frame_(tile) {}

  void add(const ClassFractions& piece) {
    Field part(piece.window);
    if (!piece.only_class.empty()) {
      only_class_.resize(frame_.value.size(), 0);
      for (std::int64_t row = piece.window.row; row < piece.window.row_end(); ++row) {
        std::copy_n(
            piece.only_class.begin() +
                static_cast<std::ptrdiff_t>(part.index(piece.window.col, row)),
            piece.window.cols,
            only_class_.begin() + static_cast<std::ptrdiff_t>(frame_.index(piece.window.col, row)));
      }
    }
    part.valid = piece.valid;
    for (const ClassFractions::Plane& plane : piece.planes) {
      part.value = plane.fraction;
      Field& whole = planes_.try_emplace(plane.class_id, zeros()).first->second;
      paste(part, whole);
    }
    part.value.assign(piece.window.cells(), 0.0);
    paste(part, frame_);
  }

  ClassFractions take() {
    ClassFractions result;
    result.window = frame_.window;
    result.valid = std::move(frame_.valid);
    result.only_class = std::move(only_class_);
    for (auto& [id, plane] : planes_) result.planes.push_back({id, std::move(plane.value)});
    return result;
  }

 private:
  [[nodiscard]] Field zeros() const {
    Field field(frame_.window);
    std::fill(field.value.begin(), field.value.end(), 0.0);
    return field;
  }

  Field frame_;  ///< its validity is the tile's
  std::map<int, Field> planes_;
  engine::Cells<std::int32_t> only_class_;
};

// Sum with the lost low-order parts carried along (Neumaier).
class CarefulSum {
 public:
  void add(double value) {
    const double total = sum_ + value;
    carry_ += std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
    sum_ = total;
  }
  [[nodiscard]] double total() const { return sum_ + carry_; }

 private:
  double sum_ = 0;
  double carry_ = 0;
};

}  // namespace

std::size_t Layer::Impl::piece_bytes(const Window& window) {
  return std::min(window.cells() * kBytesPerPixel, kPieceBytes);
}

Window Layer::Impl::source_window(const Window& tile) const {
  if (!(tile == last_place_.tile)) {
    last_place_ = {tile, is_amount() ? conserver_->source_window(tile)
                                     : resampler_->source_window(tile, method_)};
  }
  return last_place_.pixels;
}

std::size_t Layer::Impl::cached_bytes(const Window& window) const {
  return source_->cached_bytes(source_window(window));
}

bool Layer::Impl::suits_strips() const {
  return !is_amount() && resampler_->parallel() && caches_blocks();
}

Window Layer::Impl::weights_window(const Window& tile) const {
  if (!is_amount() || spec_.distribute == Distribute::kUniform) return {};
  const Window pixels = source_window(tile);
  return pixels.empty() ? Window{} : conserver_->target_window(pixels);
}

void Layer::Impl::in_pieces(const Window& tile,
                            const std::function<void(const Window&)>& make) const {
  if (tile.empty()) return;
  const bool small = source_window(tile).cells() * kBytesPerPixel <= kPieceBytes;
  if (small || (tile.rows == 1 && tile.cols == 1)) {
    make(tile);
    return;
  }
  Window first = tile;
  Window second = tile;
  if (tile.rows > 1) {
    first.rows = tile.rows / 2;
    second.row += first.rows;
    second.rows -= first.rows;
  } else {
    first.cols = tile.cols / 2;
    second.col += first.cols;
    second.cols -= first.cols;
  }
  in_pieces(first, make);
  in_pieces(second, make);
}

void Layer::Impl::count_needed(const Window& tile, std::size_t pixel_bytes) {
  counters_.bytes_needed += source_window(tile).cells() * pixel_bytes;
}

bool Layer::Impl::are_the_cells(const Window& pixels, const Window& piece) const {
  if (pixels.cols != piece.cols || pixels.rows != piece.rows) return false;
  // Where a piece lies on both sides of the raster's edge, the window of its pixels may be the
  // raster's whole width, in another order than the grid's.
  const double x = lattice_.x0 + (static_cast<double>(pixels.col) + 0.5) * lattice_.dx;
  const double off = x - grid_.x_at(static_cast<double>(piece.col) + 0.5);
  return std::abs(grid_.geographic ? std::remainder(off, 360.0) : off) < lattice_.dx / 2;
}

Field Layer::Impl::density_of_piece(const Window& piece, Field pixels) {
  apply_range(pixels, nullptr, piece);
  if (method_ == engine::Method::kCopy && are_the_cells(pixels.window, piece)) {
    pixels.window = piece;
    return pixels;
  }
  return resampler_->resample(pixels, piece, method_);
}

ClassFractions Layer::Impl::classes_of_piece(const Window& piece, Field pixels) {
  if (method_ == engine::Method::kCopy && are_the_cells(pixels.window, piece)) {
    pixels.window = piece;
    return engine::classes_of_cells(std::move(pixels));
  }
  return resampler_->resample_classes(pixels, piece, method_);
}

Field Layer::Impl::whole_of_pieces(const Window& tile,
                                   const std::function<Field(const Window&)>& make) const {
  Field result;
  in_pieces(tile, [&](const Window& piece) {
    Field part = make(piece);
    if (piece == tile) {
      result = std::move(part);
      return;
    }
    if (result.value.empty()) result = Field(tile);
    paste(part, result);
  });
  return result;
}

Field Layer::Impl::density(const Window& tile, const PixelReader& read) {
  return whole_of_pieces(tile, [&](const Window& piece) {
    const Window window = source_window(piece);
    return window.empty() ? Field(piece) : density_of_piece(piece, read(window));
  });
}

// Amounts per pixel, canonical unit; range applied.
Field Layer::Impl::amounts_of_pixels(const Window& window, const Window& counted) {
  Field pixels = source_->year(window, lattice_.wraps);
  const bool per_area = source_->conversion().per_area;
  if (!per_area && !has_range()) return pixels;
  const std::vector<double> areas = conserver_->source_areas_km2(window);
  if (per_area) {
    for (std::size_t i = 0; i < areas.size(); ++i) pixels.value[i] *= areas[i];
  }
  apply_range(pixels, &areas, counted);
  return pixels;
}

Field Layer::Impl::amount(int year, const Window& tile) {
  if (spec_.distribute != Distribute::kUniform && !weights_) {
    throw Error(fmt::format("layer.{}.distribute needs weights, and none are given", spec_.name));
  }
  Field result =
      whole_of_pieces(tile, [&](const Window& piece) { return amount_of_piece(year, piece); });
  make_density(year, result);
  return result;
}

Field Layer::Impl::amount_of_piece(int year, const Window& piece) {
  const Window window = source_window(piece);
  if (window.empty()) return Field(piece);
  const Field pixels = amounts_of_pixels(window, piece);
  if (spec_.distribute == Distribute::kUniform) {
    return conserver_->distribute(pixels, piece, nullptr);
  }
  const auto weights = weights_(year, conserver_->target_window(window));
  return conserver_->distribute(pixels, piece, weights.get());
}

void Layer::Impl::make_density(int year, Field& amounts) const {
  const Window& tile = amounts.window;
  const bool rows_are_alike = grid_.geographic && !tile.empty();
  const std::vector<double> areas =
      area_->areas_km2(rows_are_alike ? Window{tile.col, tile.row, 1, tile.rows} : tile);
  const auto cols = rows_are_alike ? static_cast<std::size_t>(tile.cols) : 1;
  for (std::size_t i = 0; i < areas.size(); ++i) {
    const auto cells = std::span(amounts.value).subspan(i * cols, cols);
    for (double& amount : cells) amount /= areas[i];
  }
  if (spec_.distribute != Distribute::kZoned || tile.empty()) return;
  // All of a cell's amount lies in its zoned part: the density is that of the part, so that zones
  // sum up to the whole amount.
  const auto parts = weights_(year, tile);
  for (std::int64_t row = tile.row; row < tile.row_end(); ++row) {
    const std::size_t from = parts->index(tile.col, row);
    const std::size_t to = amounts.index(tile.col, row);
    for (std::size_t i = 0; i < static_cast<std::size_t>(tile.cols); ++i) {
      const double part = parts->value[from + i];
      // Most cells lie in zones with all they have.
      if (part != 1 && parts->valid[from + i] != 0 && part > 0) amounts.value[to + i] /= part;
    }
  }
}

Field Layer::Impl::annual(int year, const Window& tile) {
  if (spec_.quantity.kind == Kind::kClass) {
    throw Error("classes have no annual value");
  }
  open(year);
  count_needed(tile, source_->pixel_bytes());
  if (is_amount()) return amount(year, tile);
  return density(tile, [&](const Window& window) { return source_->year(window, lattice_.wraps); });
}

std::array<Field, 12> Layer::Impl::monthly(int year, const Window& tile) {
  if (spec_.quantity.kind != Kind::kDensity || !spec_.classes.empty()) {
    throw Error("only densities have months");
  }
  open(year);
  count_needed(tile, source_->pixel_bytes());
  std::array<Field, 12> months;
  for (std::size_t m = 0; m < months.size(); ++m) {
    months.at(m) = density(
        tile, [&](const Window& window) { return source_->month(m, window, lattice_.wraps); });
  }
  return months;
}

Field Layer::Impl::annual_of(const std::array<Field, 12>& months) const {
  Field year(months.front().window);
  for (std::size_t i = 0; i < year.value.size(); ++i) {
    double sum = 0;
    bool valid = true;
    for (const Field& month : months) {
      sum += month.value[i];
      valid = valid && month.valid[i] != 0;
    }
    if (!valid) continue;
    year.value[i] = spec_.quantity.annual ? sum : sum / static_cast<double>(months.size());
    year.valid[i] = 1;
  }
  return year;
}

ClassFractions Layer::Impl::classes(int year, const Window& tile) {
  if (spec_.quantity.kind != Kind::kClass) throw Error("this layer has no classes");
  open(year);
  count_needed(tile, source_->pixel_bytes());
  std::optional<ClassFractions> whole;
  ClassCollector collector(tile);
  in_pieces(tile, [&](const Window& piece) {
    const Window window = source_window(piece);
    if (window.empty()) return;
    ClassFractions part = classes_of_piece(piece, source_->year(window, lattice_.wraps));
    if (piece == tile) {
      whole = std::move(part);
    } else {
      collector.add(part);
    }
  });
  return whole ? *std::move(whole) : collector.take();
}

void Layer::Impl::fetch_ahead(int year, const Window& tile) {
  if (year != open_year_ && has_year(spec_.path)) return;
  try {
    const Window window = source_window(tile);
    if (!window.empty()) source_->fetch_ahead(window, lattice_.wraps);
  } catch (const Error&) {  // said where the tile is read
  }
}

std::optional<LayerMass> Layer::Impl::mass(int year, const std::function<bool()>& go_on) {
  if (!is_amount()) throw Error("only amounts have a mass");
  open(year);
  const LayerCounters before = counters_;
  const auto row_bytes = static_cast<std::size_t>(lattice_.cols) * kBytesPerPixel;
  const auto strip = std::max<std::int64_t>(1, static_cast<std::int64_t>(kStripBytes / row_bytes));
  CarefulSum inventory;
  CarefulSum inside;
  CarefulSum outside;
  for (std::int64_t row = 0; row < lattice_.rows; row += strip) {
    if (!go_on()) return std::nullopt;
    const Window window{0, row, lattice_.cols, std::min(strip, lattice_.rows - row)};
    const Field pixels = amounts_of_pixels(window, Window{});
    const std::vector<double> share = conserver_->inside_share(window);
    for (std::size_t i = 0; i < pixels.value.size(); ++i) {
      if (pixels.valid[i] == 0 || pixels.value[i] == 0) continue;
      const double part = pixels.value[i] * share[i];
      inventory.add(pixels.value[i]);
      inside.add(part);
      outside.add(pixels.value[i] - part);
    }
  }
  counters_ = before;
  return LayerMass{inventory.total(), inside.total(), outside.total()};
}

}  // namespace cnci::io
