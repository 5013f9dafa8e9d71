#include "io/layer_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "engine/error.h"
#include "engine/floor_div.h"
#include "io/crs.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Field;
using engine::Window;

bool is_coded(const LayerSpec& spec) {
  return spec.quantity.kind == Kind::kClass || !spec.classes.empty();
}

/// Maps that change something.
std::vector<LinearMap> chain(std::initializer_list<LinearMap> maps) {
  std::vector<LinearMap> chain;
  for (const LinearMap& map : maps) {
    if (map.a != 1 || map.b != 0) chain.push_back(map);
  }
  return chain;
}

/// A pixel without one of its values has no sum.
void add_columns(const Field& part, std::int64_t col, Field& sum) {
  for (std::int64_t row = part.window.row; row < part.window.row_end(); ++row) {
    const std::size_t from = part.index(part.window.col, row);
    const std::size_t to = sum.index(col, row);
    for (std::size_t i = 0; i < static_cast<std::size_t>(part.window.cols); ++i) {
      sum.value[to + i] += part.value[from + i];
      sum.valid[to + i] &= part.valid[from + i];
    }
  }
}

void copy_columns(const Field& part, std::int64_t col, Field& field) {
  for (std::int64_t row = part.window.row; row < part.window.row_end(); ++row) {
    const auto from = static_cast<std::ptrdiff_t>(part.index(part.window.col, row));
    const auto to = static_cast<std::ptrdiff_t>(field.index(col, row));
    std::copy_n(part.value.begin() + from, part.window.cols, field.value.begin() + to);
    std::copy_n(part.valid.begin() + from, part.window.cols, field.valid.begin() + to);
  }
}

/// Columns of a wrapping raster, as runs inside it: `visit(part, col)`, `col` as in the window.
template <class Visit>
void inside_the_raster(const Window& window, std::int64_t cols, const Visit& visit) {
  for (std::int64_t col = window.col; col < window.col_end();) {
    const std::int64_t from = ((col % cols) + cols) % cols;
    const std::int64_t count = std::min(cols - from, window.col_end() - col);
    visit(Window{from, window.row, count, window.rows}, col);
    col += count;
  }
}

bool same_lattice(const engine::SourceGrid& a, const engine::SourceGrid& b) {
  const double close = 1e-3;
  return a.cols == b.cols && a.rows == b.rows && std::abs(a.x0 - b.x0) < close * a.dx &&
         std::abs(a.y0 - b.y0) < close * a.dy &&
         std::abs(a.dx - b.dx) * static_cast<double>(a.cols) < close * a.dx &&
         std::abs(a.dy - b.dy) * static_cast<double>(a.rows) < close * a.dy;
}

}  // namespace

LayerSource::LayerSource(const LayerSpec& spec, int year, std::shared_ptr<BlockCache> cache)
    : spec_(spec), year_(year), nominal_year_(has_year(spec.path) ? year : 0), codes_(spec) {
  if (!cache) cache = std::make_shared<BlockCache>(kSmallCacheBytes);
  open_files(cache);
  choose_bands();
  choose_crs();
  choose_unit();
}

void LayerSource::open_files(const std::shared_ptr<BlockCache>& cache) {
  paths_ = files_of_year(spec_, year_);
  for (const std::string& path : paths_) {
    files_.emplace_back(path, spec_.variable, cache);
    const RasterInfo& first = files_.front().info();
    const RasterInfo& info = files_.back().info();
    if (!same_lattice(first.grid, info.grid) || first.crs_wkt != info.crs_wkt) {
      throw Error(
          fmt::format("{}: not on the same pixels or in the same CRS as {}", path, paths_.front()));
    }
  }
}

void LayerSource::choose_bands() {
  const bool months_in_path = has_month(spec_.path);
  for (std::size_t f = 0; f < files_.size(); ++f) {
    const auto available = static_cast<int>(files_[f].info().bands.size());
    std::vector<int> wanted = spec_.bands;
    if (wanted.empty()) {
      for (int band = 1; band <= available; ++band) wanted.push_back(band);
    }
    if (months_in_path && wanted.size() != 1) {
      throw Error(fmt::format("{}: a file of one month has {} bands; say layer.{}.bands = N",
                              paths_[f], wanted.size(), spec_.name));
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] < 1 || wanted[i] > available) {
        throw Error(fmt::format("{}: layer.{}.bands names band {}, but the file has {}", paths_[f],
                                spec_.name, wanted[i], available));
      }
      Band band;
      band.file = f;
      band.band = wanted[i];
      if (months_in_path) {
        band.month = spec_.months.empty() ? static_cast<int>(f) + 1 : spec_.months[f];
      } else if (wanted.size() == 12) {
        band.month = static_cast<int>(i) + 1;
      }
      const BandInfo& info = files_[f].info().bands[static_cast<std::size_t>(wanted[i] - 1)];
      band.decoding.nodata = spec_.nodata;
      if (!is_coded(spec_)) {
        band.decoding.scale = spec_.scale.value_or(info.scale);
        band.decoding.offset = spec_.offset.value_or(info.offset);
      }
      bands_.push_back(std::move(band));
    }
  }
  if (is_coded(spec_) && bands_.size() != 1) {
    throw Error(fmt::format("{}: codes cannot be reduced; say layer.{}.bands = N", files_text(),
                            spec_.name));
  }
}

void LayerSource::choose_crs() {
  const std::string& own = info().crs_wkt;
  if (own.empty() && !spec_.crs) {
    throw Error(
        fmt::format("{}: the file has no coordinate reference system; say layer.{}.crs = "
                    "EPSG:4326 if it is in longitude and latitude, else its own",
                    paths_.front(), spec_.name));
  }
  crs_wkt_ = own.empty() ? ::cnci::io::crs_wkt(*spec_.crs) : own;
  if (!own.empty() && spec_.crs && !crs_same(own, ::cnci::io::crs_wkt(*spec_.crs))) {
    throw Error(
        fmt::format("{}: the file is in {}; layer.{}.crs is only for files that have none: "
                    "take it out",
                    paths_.front(), crs_name(own), spec_.name));
  }
}

void LayerSource::choose_unit() {
  if (is_coded(spec_)) {
    conversion_.description =
        spec_.quantity.kind == Kind::kClass ? "classes" : "codes -> " + spec_.quantity.unit;
    return;
  }
  std::string unit = spec_.unit.value_or("");
  for (const Band& band : bands_) {
    if (spec_.unit) break;
    const std::string& own =
        files_[band.file].info().bands[static_cast<std::size_t>(band.band - 1)].unit;
    if (own.empty()) {
      throw Error(
          fmt::format("{}: the file does not say its unit; say layer.{}.unit = {} or what "
                      "it is",
                      paths_[band.file], spec_.name, spec_.quantity.unit));
    }
    if (!unit.empty() && own != unit) {
      throw Error(fmt::format("{}: bands in different units, '{}' and '{}'; say layer.{}.unit",
                              paths_[band.file], unit, own, spec_.name));
    }
    unit = own;
  }
  try {
    conversion_ = conversion_of(spec_, unit);
    check_reduction(spec_, conversion_.per, bands_.size());
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", files_text(), error.what()));
  }
}

std::string LayerSource::files_text() const {
  if (paths_.size() == 1) return paths_.front();
  return fmt::format("{} and {} more", paths_.front(), paths_.size() - 1);
}

std::size_t LayerSource::pixel_bytes() const {
  std::size_t bytes = 0;
  for (const Band& band : bands_) {
    bytes += static_cast<std::size_t>(
        files_[band.file].info().bands[static_cast<std::size_t>(band.band - 1)].type_bytes);
  }
  return bytes;
}

std::size_t LayerSource::cached_bytes(const Window& window) const {
  if (window.empty()) return 0;
  std::size_t bytes = 0;
  for (std::size_t f = 0; f < files_.size(); ++f) {
    const RasterInfo& info = files_[f].info();
    if (!info.past_gdal) continue;
    const auto blocks = [](std::int64_t first, std::int64_t end, std::int64_t size) {
      return static_cast<std::size_t>(engine::floor_div(end - 1, size) -
                                      engine::floor_div(first, size) + 1);
    };
    const auto of_file = static_cast<std::size_t>(
        std::ranges::count_if(bands_, [f](const Band& band) { return band.file == f; }));
    const auto pixels = static_cast<std::size_t>(info.block_cols * info.block_rows);
    const bool interleaved =
        info.block_bytes > pixels * static_cast<std::size_t>(info.bands.front().type_bytes);
    const std::int64_t first_row =
        info.south_up ? info.grid.rows - window.row_end() : window.row;  // of the file
    bytes += blocks(window.col, window.col_end(), info.block_cols) *
             blocks(first_row, first_row + window.rows, info.block_rows) * info.block_bytes *
             (interleaved ? 1 : of_file);
  }
  return bytes;
}

std::size_t LayerSource::kept_block_bytes() const {
  std::size_t bytes = 0;
  for (const Raster& file : files_) {
    if (!file.info().past_gdal) bytes += file.info().block_bytes;
  }
  return bytes;
}

ReadCost LayerSource::cost() const {
  ReadCost sum;
  for (const Raster& file : files_) sum += file.cost();
  return sum;
}

std::uint64_t LayerSource::bytes_read() const {
  std::uint64_t bytes = 0;
  for (const Raster& file : files_) bytes += file.bytes_read();
  return bytes;
}

Field LayerSource::read(const Band& band, const std::vector<LinearMap>& then, const Window& window,
                        bool wraps) const {
  Raster::Decoding decoding = band.decoding;
  decoding.then = then;
  return read(files_[band.file], band.band, decoding, window, wraps);
}

Field LayerSource::read(const Raster& file, int band, const Raster::Decoding& decoding,
                        const Window& window, bool wraps) const {
  const std::int64_t cols = info().grid.cols;
  if (!wraps || (window.col >= 0 && window.col_end() <= cols)) {
    return file.read(band, window, decoding);
  }
  Field field(window);
  inside_the_raster(window, cols, [&](const Window& part, std::int64_t col) {
    copy_columns(file.read(band, part, decoding), col, field);
  });
  return field;
}

void LayerSource::add(const Band& band, const std::vector<LinearMap>& then, bool wraps,
                      Field& sum) const {
  const Raster& file = files_[band.file];
  Raster::Decoding decoding = band.decoding;
  decoding.then = then;
  const std::int64_t cols = info().grid.cols;
  if (!wraps || (sum.window.col >= 0 && sum.window.col_end() <= cols)) {
    file.add(band.band, decoding, sum);
    return;
  }
  inside_the_raster(sum.window, cols, [&](const Window& part, std::int64_t col) {
    add_columns(file.read(band.band, part, decoding), col, sum);
  });
}

Field LayerSource::decoded_codes(const Window& window, bool wraps,
                                 std::set<double>* unknown) const {
  const Band& band = bands_.front();
  std::set<double> found;
  Raster::Decoding decoding = band.decoding;
  decoding.codes = &codes_;
  decoding.unknown_codes = unknown != nullptr ? unknown : &found;
  Field field = read(files_[band.file], band.band, decoding, window, wraps);
  if (!found.empty()) {
    throw Error(fmt::format(
        "{}: codes without an entry in layer.{}.{}: {}; add them, or name them "
        "in layer.{}.nodata",
        files_text(), spec_.name, spec_.quantity.kind == Kind::kClass ? "legend" : "classes",
        fmt::join(found, ", "), spec_.name));
  }
  return field;
}

Field LayerSource::year(const Window& window, bool wraps, std::set<double>* unknown) const {
  if (is_coded(spec_)) {
    return decoded_codes(window, wraps, unknown);
  }
  const bool rate = spec_.reduce == Reduce::kNone || spec_.reduce == Reduce::kMean;
  const double periods =
      rate && spec_.quantity.annual ? periods_in_year(conversion_.per, nominal_year_) : 1;
  const auto maps = [&](const Band& band) {
    if (spec_.reduce == Reduce::kDays) {
      return chain(
          {conversion_.map, {periods_in_month(conversion_.per, nominal_year_, band.month)}});
    }
    // A mean is multiplied once it is made.
    return chain({conversion_.map, {bands_.size() == 1 ? periods : 1}});
  };
  Field field = read(bands_.front(), maps(bands_.front()), window, wraps);
  if (bands_.size() == 1) return field;
  for (std::size_t i = 1; i < bands_.size(); ++i) add(bands_[i], maps(bands_[i]), wraps, field);
  if (spec_.reduce == Reduce::kMean) {
    const auto count = static_cast<double>(bands_.size());
    for (double& value : field.value) value = value / count * periods;
  }
  return field;
}

Field LayerSource::month(std::size_t index, const Window& window, bool wraps) const {
  const auto found = std::find_if(bands_.begin(), bands_.end(), [&](const Band& band) {
    return band.month == static_cast<int>(index) + 1;
  });
  if (!is_monthly() || found == bands_.end()) {
    throw Error(fmt::format("{}: twelve months are needed, the layer has {} band(s)", files_text(),
                            bands_.size()));
  }
  double factor = 1;
  if (spec_.reduce == Reduce::kDays) {
    factor = periods_in_month(conversion_.per, nominal_year_, found->month);
  } else if (spec_.reduce == Reduce::kMean && spec_.quantity.annual) {
    // A twelfth of the year: the months add up to what reduce = mean makes of them.
    factor = periods_in_year(conversion_.per, nominal_year_) / 12;
  }
  return read(*found, chain({conversion_.map, {factor}}), window, wraps);
}

void LayerSource::fetch_ahead(const Window& window, bool wraps) const {
  const Window raster{0, 0, info().grid.cols, info().grid.rows};
  for (const Band& band : bands_) {
    const auto fetch = [&](const Window& part) {
      files_[band.file].fetch_ahead(band.band, part.intersect(raster));
    };
    if (wraps) {
      inside_the_raster(window, raster.cols,
                        [&](const Window& part, std::int64_t) { fetch(part); });
    } else {
      fetch(window);
    }
  }
}

void LayerSource::probe(const Window& window) const {
  for (const Band& band : bands_) (void)read(band, {}, window, false);
}

}  // namespace cnci::io
