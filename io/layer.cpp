#include "io/layer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "io/crs.h"
#include "io/layer_impl.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Fit;
using engine::Method;

const char* name_of(Method method) {
  static constexpr std::array kNames = {"copy",    "near",     "bilinear",
                                        "average", "fraction", "conserve"};
  return kNames.at(static_cast<std::size_t>(method));
}

Method default_method(const Quantity& quantity, Fit fit) {
  if (quantity.kind == Kind::kAmount) return Method::kConserve;
  if (fit == Fit::kSameLattice) return Method::kCopy;
  if (quantity.kind == Kind::kClass) return fit == Fit::kFiner ? Method::kFraction : Method::kNear;
  if (fit == Fit::kFiner) return Method::kAverage;
  return quantity.average_finer_near_coarser ? Method::kNear : Method::kBilinear;
}

bool method_fits(Method method, Kind kind) {
  switch (method) {
    case Method::kCopy:
    case Method::kNear:
      return kind != Kind::kAmount;
    case Method::kBilinear:
    case Method::kAverage:
      return kind == Kind::kDensity;
    case Method::kFraction:
      return kind == Kind::kClass;
    case Method::kConserve:
      return kind == Kind::kAmount;
  }
  return false;
}

// What the keys say among themselves, before any file is opened.
void check_keys(const LayerSpec& spec) {
  const Kind kind = spec.quantity.kind;
  const std::string key = "layer." + spec.name;
  const bool amount = kind == Kind::kAmount;
  if (spec.kind && *spec.kind != kind && !(amount && *spec.kind == Kind::kDensity)) {
    throw Error(fmt::format("{}.kind does not suit this layer; take it out", key));
  }
  if (kind == Kind::kClass && spec.legend.empty()) {
    throw Error(
        fmt::format("{}.legend is missing: say glim, or a CSV file of codes and classes", key));
  }
  const bool coded = kind == Kind::kClass || !spec.classes.empty();
  if (coded && (spec.scale || spec.offset || spec.reduce != Reduce::kNone)) {
    throw Error(fmt::format("{}: codes have no scale, offset or reduce; take them out", key));
  }
  if (amount && !spec.classes.empty()) {
    throw Error(fmt::format("{}.classes is for densities and factors only", key));
  }
  if (!spec.months.empty() && !has_month(spec.path)) {
    throw Error(fmt::format("{}.months needs a path with {{month}}", key));
  }
  if (!(spec.min_valid > 0 && spec.min_valid <= 1)) {
    throw Error(fmt::format("{}.min_valid = {} is not above 0 and at most 1", key, spec.min_valid));
  }
}

}  // namespace

LayerCounters& LayerCounters::operator+=(const LayerCounters& other) {
  bytes_read += other.bytes_read;
  bytes_needed += other.bytes_needed;
  outside_range += other.outside_range;
  return *this;
}

Layer::Impl::Impl(LayerSpec spec, const engine::Grid& grid,
                  std::shared_ptr<const engine::CellArea> area, int first_year,
                  std::shared_ptr<BlockCache> cache)
    : spec_(std::move(spec)),
      grid_(grid),
      area_(std::move(area)),
      cache_(cache ? std::move(cache) : std::make_shared<BlockCache>(kSmallCacheBytes)),
      open_year_(first_year) {
  check_keys(spec_);
  source_.emplace(spec_, first_year, cache_);
  lattice_ = place(source_->info());
  to_source_ = make_transform(grid_.crs_wkt, source_->crs_wkt());
  to_target_ = make_transform(source_->crs_wkt(), grid_.crs_wkt);
  resampler_ = std::make_unique<engine::Resampler>(grid_, lattice_, to_source_, spec_.min_valid);
  choose_method();
  if (is_amount()) {
    conserver_ =
        std::make_unique<engine::Conserver>(grid_, lattice_, to_source_, to_target_,
                                            make_transform(source_->crs_wkt(), wgs84_wkt()), area_);
  }
}

engine::SourceGrid Layer::Impl::place(const RasterInfo& info) const {
  engine::SourceGrid lattice = info.grid;
  lattice.geographic = crs_is_geographic(source_->crs_wkt());
  lattice = engine::snap(lattice, grid_, crs_same(source_->crs_wkt(), grid_.crs_wkt));
  const double span = lattice.dx * static_cast<double>(lattice.cols);
  const bool whole_turn = lattice.geographic && std::abs(span - 360) <= 0.01 * lattice.dx;
  if (spec_.wrap.value_or(false) && !whole_turn) {
    throw Error(
        fmt::format("{}: layer.{}.wrap is for files over 360 degrees of longitude; this one "
                    "spans {} {}",
                    info.path, spec_.name, span, crs_unit(source_->crs_wkt())));
  }
  lattice.wraps = spec_.wrap.value_or(whole_turn);
  return lattice;
}

void Layer::Impl::choose_method() {
  const Fit fit = resampler_->fit();
  method_ = spec_.resample.value_or(default_method(spec_.quantity, fit));
  if (!method_fits(method_, spec_.quantity.kind)) {
    throw Error(fmt::format("layer.{}.resample = {} does not suit {}; the default is {}",
                            spec_.name, name_of(method_),
                            is_amount()                           ? "an amount"
                            : spec_.quantity.kind == Kind::kClass ? "classes"
                                                                  : "a density",
                            name_of(default_method(spec_.quantity, fit))));
  }
  if (method_ == Method::kCopy && fit != Fit::kSameLattice) {
    throw Error(fmt::format("{}: layer.{}.resample = copy needs a source on the grid's own cells",
                            source_->info().path, spec_.name));
  }
}

void Layer::Impl::open(int year) {
  if (year == open_year_ || !has_year(spec_.path)) return;
  LayerSource next(spec_, year, cache_);
  const engine::SourceGrid lattice = place(next.info());
  if (next.crs_wkt() != source_->crs_wkt() || lattice.cols != lattice_.cols ||
      lattice.rows != lattice_.rows || lattice.x0 != lattice_.x0 || lattice.y0 != lattice_.y0 ||
      lattice.dx != lattice_.dx || lattice.dy != lattice_.dy) {
    throw Error(fmt::format("{}: not on the same pixels or in the same CRS as {}", next.info().path,
                            source_->info().path));
  }
  counters_.bytes_read += source_->bytes_read();
  cost_ += source_->cost();
  source_.emplace(std::move(next));
  open_year_ = year;
}

LayerCounters Layer::Impl::counters() const {
  LayerCounters counters = counters_;
  counters.bytes_read += source_->bytes_read();
  return counters;
}

ReadCost Layer::Impl::cost() const {
  ReadCost cost = cost_;
  cost += source_->cost();
  return cost;
}

LayerInfo Layer::Impl::info() {
  if (!last_sample_) {
    Sample sample;
    sample_blocks(grid_.whole(), sample);
    last_sample_ = std::move(sample);
  }
  const Sample& sample = *last_sample_;
  LayerInfo info;
  info.name = spec_.name;
  info.file = source_->info().path;
  info.crs_name = crs_name(source_->crs_wkt());
  info.resolution =
      fmt::format("{:.6g} x {:.6g} {}", lattice_.dx, lattice_.dy, crs_unit(source_->crs_wkt()));
  info.unit = source_->conversion().description;
  info.method = fmt::format("{} (source {:.1f} cells)", name_of(method_), resampler_->ratio());
  info.sample_min = sample.count > 0 ? sample.min : engine::kMissing;
  info.sample_max = sample.count > 0 ? sample.max : engine::kMissing;
  info.sample_mean =
      sample.count > 0 ? sample.sum / static_cast<double>(sample.count) : engine::kMissing;
  info.covered = 1 - cover(grid_.whole()).outside_share;
  constexpr std::int64_t kTile = 512;
  const engine::Window middle{std::max<std::int64_t>(0, (grid_.cols - kTile) / 2),
                              std::max<std::int64_t>(0, (grid_.rows - kTile) / 2),
                              std::min(kTile, grid_.cols), std::min(kTile, grid_.rows)};
  // The mass of an amount is summed over the whole raster.
  info.source_window_bytes = piece_bytes(
      is_amount() ? engine::Window{0, 0, lattice_.cols, lattice_.rows} : source_window(middle));
  info.source_block_bytes = source_->info().block_bytes;
  info.kept_block_bytes = source_->kept_block_bytes();
  return info;
}

Layer::Layer(LayerSpec spec, const engine::Grid& grid, std::shared_ptr<const engine::CellArea> area,
             int first_year, std::shared_ptr<BlockCache> cache) {
  const std::string name = spec.name;
  try {
    impl_ = std::make_unique<Impl>(std::move(spec), grid, std::move(area), first_year,
                                   std::move(cache));
  } catch (const Error& error) {
    throw Error("layer." + name + ": " + error.what());
  }
}
Layer::~Layer() = default;
Layer::Layer(Layer&&) noexcept = default;
Layer& Layer::operator=(Layer&&) noexcept = default;

const LayerSpec& Layer::spec() const { return impl_->spec(); }
bool Layer::is_static() const { return !has_year(impl_->spec().path); }
Kind Layer::kind() const { return impl_->spec().quantity.kind; }
engine::Method Layer::method() const { return impl_->method(); }
LayerCounters Layer::counters() const { return impl_->counters(); }
void Layer::set_weights(WeightProvider provider) { impl_->set_weights(std::move(provider)); }

std::vector<std::string> layer_files(const LayerSpec& spec, const std::vector<int>& years) {
  std::vector<std::string> all;
  for (const int year : years) {
    for (std::string& file : files_of_year(spec, year)) all.push_back(std::move(file));
    if (!has_year(spec.path)) break;
  }
  return all;
}

std::vector<engine::Finding> Layer::check(const std::vector<int>& years,
                                          const engine::Window& needed) {
  return impl_->check(years, needed);
}
LayerInfo Layer::info() {
  return impl_->named([&] { return impl_->info(); });
}
std::size_t Layer::block_bytes() const { return impl_->block_bytes(); }
bool Layer::caches_blocks() const { return impl_->caches_blocks(); }
std::size_t Layer::cached_bytes(const engine::Window& window) const {
  return impl_->cached_bytes(window);
}
engine::Window Layer::weights_window(const engine::Window& tile) const {
  return impl_->weights_window(tile);
}
bool Layer::suits_strips() const { return impl_->suits_strips(); }
ReadCost Layer::cost() const { return impl_->cost(); }
void Layer::fetch_ahead(int year, const engine::Window& tile) { impl_->fetch_ahead(year, tile); }
engine::Field Layer::annual(int year, const engine::Window& tile) {
  return impl_->named([&] { return impl_->annual(year, tile); });
}
std::array<engine::Field, 12> Layer::monthly(int year, const engine::Window& tile) {
  return impl_->named([&] { return impl_->monthly(year, tile); });
}
engine::Field Layer::annual_of(const std::array<engine::Field, 12>& months, int) const {
  return impl_->annual_of(months);
}
engine::ClassFractions Layer::classes(int year, const engine::Window& tile) {
  return impl_->named([&] { return impl_->classes(year, tile); });
}
LayerMass Layer::mass(int year) {
  return mass(year, [] { return true; }).value();
}
std::optional<LayerMass> Layer::mass(int year, const std::function<bool()>& go_on) {
  return impl_->named([&] { return impl_->mass(year, go_on); });
}

}  // namespace cnci::io
