#include "jobs/tile_pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/plan.h"
#include "io/chunk_codec.h"
#include "io/float_bits.h"
#include "jobs/identity.h"
#include "jobs/latitude_band.h"
#include "kernels/store.h"

namespace cnci::jobs {
namespace {

enum Phase { kCoverage, kRead, kDecode, kResample, kKernels, kSums, kCompress, kWrite };

io::LayerCounters difference(io::LayerCounters now, const io::LayerCounters& before) {
  now.bytes_read -= before.bytes_read;
  now.bytes_needed -= before.bytes_needed;
  now.outside_range -= before.outside_range;
  return now;
}

/// Whether a layer is passed month by month: the job wants it, and a kernel declares it.
bool monthly_input(const Selection& selection, const std::string& layer) {
  if (!selection.monthly) return false;
  for (const kernels::Kernel* kernel : selection.kernels) {
    for (const kernels::Input& input : kernel->inputs) {
      if (input.monthly && input.name == layer) return true;
    }
  }
  return false;
}

/// The job's kernels bound to its layers, for what is summed and written.
kernels::Pass make_pass(const Setup& setup, const LayerSet& layers) {
  const Selection& selection = setup.selection;
  kernels::LayerNames names;
  for (const auto& layer : layers.all()) {
    const std::string& name = layer->spec().name;
    (layer->kind() == io::Kind::kClass ? names.classes : names.columns).insert(name);
    if (monthly_input(selection, name)) names.monthly.insert(name);
  }
  std::vector<std::string> wanted;
  for (const SummedVariable& variable : selection.sums) {
    wanted.push_back(variable.sum.name);
    if (variable.output != nullptr && !variable.output->support_of.empty()) {
      wanted.emplace_back(variable.output->support_of);
    }
  }
  for (const kernels::Output* output : selection.cube) wanted.emplace_back(output->name);
  return {selection.kernels, setup.job.parameters, names, wanted};
}

std::string tile_name(std::uint32_t tile, const engine::Window& window) {
  return "tile " + std::to_string(tile) + " (columns " + std::to_string(window.col) + "-" +
         std::to_string(window.col_end() - 1) + ", rows " + std::to_string(window.row) + "-" +
         std::to_string(window.row_end() - 1) + "): ";
}

/// Runs a step of a tile; its errors name the tile.
template <typename Step>
auto in_tile(std::uint32_t tile, const engine::Window& window, const Step& step) {
  try {
    return step();
  } catch (const engine::HopelessError& error) {
    throw engine::HopelessError(tile_name(tile, window) + error.what());
  } catch (const std::exception& error) {
    throw engine::Error(tile_name(tile, window) + error.what());
  }
}

}  // namespace

PhaseSeconds& PhaseSeconds::operator+=(const PhaseSeconds& other) {
  for (std::size_t i = 0; i < seconds.size(); ++i) seconds.at(i) += other.seconds.at(i);
  return *this;
}

std::string PhaseSeconds::json() const {
  auto json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < kNames.size(); ++i) json[kNames.at(i)] = seconds.at(i);
  return json.dump();
}

PhaseSeconds PhaseSeconds::parse(const std::string& json) {
  PhaseSeconds phases;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return phases;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    phases.seconds.at(i) = parsed.value(kNames.at(i), 0.0);
  }
  return phases;
}

std::vector<std::byte> TileRecord::results() const {
  engine::ByteWriter out;
  out.put(counters);
  out.put(touched_cells);
  out.put_all(std::span<const std::byte>(sums.serialise()));
  return out.take();
}

std::vector<std::byte> TileRecord::serialise() const {
  engine::ByteWriter out;
  out.put_text(phases.json());
  out.put(static_cast<std::uint8_t>(coverage_was_kept));
  out.put(decoded_bytes);
  out.put_all(std::span<const std::byte>(results()));
  return out.take();
}

TileRecord TileRecord::of(const io::StoredTile& tile) {
  engine::ByteReader in(tile.sums);
  TileRecord record;
  record.counters = in.get<io::LayerCounters>();
  record.touched_cells = in.get<std::uint64_t>();
  record.sums = engine::TileSums::parse(in.get_all<std::byte>());
  record.phases = PhaseSeconds::parse(tile.timings_json);
  return record;
}

TileRecord TileRecord::parse(std::span<const std::byte> bytes) {
  engine::ByteReader in(bytes);
  io::StoredTile tile;
  tile.timings_json = in.get_text();
  const bool coverage_was_kept = in.get<std::uint8_t>() != 0;
  const auto decoded_bytes = in.get<std::uint64_t>();
  tile.sums = in.get_all<std::byte>();
  TileRecord record = of(tile);
  record.coverage_was_kept = coverage_was_kept;
  record.decoded_bytes = decoded_bytes;
  return record;
}

/// Adds the time since the last call to a phase.
class TilePipeline::Stopwatch {
 public:
  explicit Stopwatch(PhaseSeconds& phases) : phases_(phases) {}
  void lap(Phase phase) {
    const auto now = std::chrono::steady_clock::now();
    phases_.seconds.at(phase) += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  /// Part of one phase belongs to another.
  void move(Phase from, Phase to, double seconds) {
    phases_.seconds.at(from) -= seconds;
    phases_.seconds.at(to) += seconds;
  }

 private:
  PhaseSeconds& phases_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// The layers of a tile, or of a strip of it, in one year, by name.
struct TilePipeline::Layers {
  std::map<std::string, engine::Field> annual;
  std::map<std::string, std::array<engine::Field, 12>> months;
  std::map<std::string, engine::ClassFractions> classes;
  std::set<std::string> done;  ///< read for all years
};

TilePipeline::TilePipeline(const Setup& setup, const io::CoverageCache& coverage,
                           const RankBlocks& blocks, const io::TileStore* store)
    : setup_(setup),
      store_(store),
      layers_(setup.job, setup.grid, coverage, blocks),
      pass_(make_pass(setup, layers_)),
      block_(pass_.block()) {
  for (const SummedVariable& variable : setup.selection.sums) {
    Summed& summed = summed_.emplace_back();
    summed.slot = pass_.slot(variable.sum.name);
    if (variable.output != nullptr && !variable.output->support_of.empty()) {
      summed.supported = pass_.slot(variable.output->support_of);
    }
  }
  for (const kernels::Output* output : setup.selection.cube) {
    cube_slots_.push_back(pass_.slot(output->name));
  }
}

std::vector<io::Layer*> TilePipeline::layers_in_strips(const engine::Window& tile) {
  std::vector<io::Layer*> in_strips;
  if (!layers_.holds_blocks_of(tile)) return in_strips;
  for (const auto& layer : layers_.all()) {
    // What serves all years is read once.
    const bool once = setup_.job.years.size() == 1 || layers_.changes(*layer);
    if (once && layer->suits_strips()) in_strips.push_back(layer.get());
  }
  return in_strips;
}

void TilePipeline::read(io::Layer& layer, int year, const engine::Window& window,
                        Layers& layers) const {
  const std::string& name = layer.spec().name;
  if (layer.kind() == io::Kind::kClass) {
    layers.classes[name] = layer.classes(year, window);
  } else if (monthly_input(setup_.selection, name)) {
    layers.months[name] = layer.monthly(year, window);
    layers.annual[name] = layer.annual_of(layers.months[name], year);
  } else {
    layers.annual[name] = layer.annual(year, window);
  }
}

void TilePipeline::set_inputs(const Layers& layers, std::size_t origin, const Strip& strip,
                              kernels::TileInputs& inputs) const {
  const auto part = [&](const auto& column) {
    return column.empty() ? std::span(column)
                          : std::span(column).subspan(strip.first - origin, strip.cells);
  };
  const auto column_of = [&](const engine::Field& field) {
    return kernels::Column{part(field.value), part(field.valid)};
  };
  for (const auto& [name, field] : layers.annual) inputs.set(name, column_of(field));
  for (const auto& [name, months] : layers.months) {
    std::array<kernels::Column, 12> twelve;
    std::transform(months.begin(), months.end(), twelve.begin(), column_of);
    inputs.set_monthly(name, twelve);
  }
  for (const auto& [name, fractions] : layers.classes) {
    kernels::ClassColumns view{{}, part(fractions.valid), part(fractions.only_class)};
    for (const auto& plane : fractions.planes) {
      view.planes.push_back({plane.class_id, part(plane.fraction)});
    }
    inputs.set_classes(name, std::move(view));
  }
}

void TilePipeline::add_sums(std::size_t year, std::size_t first, engine::TileSums& sums) {
  const auto& variables = setup_.selection.sums;
  std::array<double, kernels::kBlockCells> masked;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    std::span<const double> value = block_.column(summed_[v].slot);
    if (summed_[v].supported) {
      const std::span<const double> supported = block_.column(*summed_[v].supported);
      for (std::size_t i = 0; i < value.size(); ++i) {
        masked[i] = supported[i] == supported[i] ? value[i] : engine::kMissing;  // not NaN
      }
      value = std::span<const double>(masked).first(value.size());
    }
    sums.add(year, v, variables[v].sum, first, value);
  }
}

ChunkPlanes TilePipeline::compute_year(std::size_t year, const engine::Window& window,
                                       const std::vector<io::Layer*>& in_strips, Layers& whole,
                                       const std::vector<std::uint32_t>& covered,
                                       TileRecord& record, Stopwatch& watch) {
  const int calendar_year = setup_.job.years[year];
  // The layers of so many cells stay in the second cache until they are computed.
  constexpr std::int64_t kStripCells = 32 * 1024;
  const std::int64_t strip_rows = std::max<std::int64_t>(1, kStripCells / window.cols);
  ChunkPlanes planes(window, setup_.chunk, cube_slots_.size());
  io::ReadCost cost = layers_.cost();
  const auto lap_reading = [&] {
    const io::ReadCost now = layers_.cost();
    watch.lap(kResample);
    watch.move(kResample, kRead, now.read_s - cost.read_s);
    watch.move(kResample, kDecode, now.decode_s - cost.decode_s);
    record.decoded_bytes += now.decoded_bytes - cost.decoded_bytes;
    cost = now;
  };
  for (const auto& layer : layers_.all()) {
    const std::string& name = layer->spec().name;
    if (whole.done.contains(name) || std::ranges::find(in_strips, layer.get()) != in_strips.end()) {
      continue;
    }
    read(*layer, calendar_year, window, whole);
    if (!layers_.changes(*layer)) whole.done.insert(name);
  }
  for (std::int64_t row = window.row; row < window.row_end(); row += strip_rows) {
    const engine::Window rows =
        engine::Window{window.col, row, window.cols, strip_rows}.intersect(window);
    const Strip strip{static_cast<std::size_t>((row - window.row) * window.cols), rows.cells()};
    Layers layers;
    for (io::Layer* layer : in_strips) read(*layer, calendar_year, rows, layers);
    kernels::TileInputs inputs(strip.cells);
    set_inputs(whole, 0, strip, inputs);
    set_inputs(layers, strip.first, strip, inputs);
    // Most blocks of the tile are there with its first rows.
    if (row == window.row && year + 1 == setup_.job.years.size()) fetch_ahead();
    lap_reading();
    compute_strip(year, strip, inputs, covered, record.sums, planes, watch);
  }
  return planes;
}

void TilePipeline::compute_strip(std::size_t year, const Strip& strip,
                                 const kernels::TileInputs& inputs,
                                 const std::vector<std::uint32_t>& covered, engine::TileSums& sums,
                                 ChunkPlanes& planes, Stopwatch& watch) {
  const kernels::Pass::Sources sources = pass_.attach(inputs);
  for (std::size_t done = 0; done < strip.cells; done += kernels::kBlockCells) {
    const std::size_t count = std::min(kernels::kBlockCells, strip.cells - done);
    const std::size_t first = strip.first + done;
    const auto touched = std::span(covered).subspan(first, count);
    if (std::ranges::all_of(touched, [](std::uint32_t weight) { return weight == 0; })) {
      planes.set_missing(first, count);
      continue;
    }
    pass_.compute(sources, done, count, block_);
    watch.lap(kKernels);
    add_sums(year, first, sums);
    watch.lap(kSums);
    planes.visit_pieces(first, count, [&](std::size_t cell, std::size_t cells, std::size_t place) {
      for (std::size_t v = 0; v < planes.variables(); ++v) {
        kernels::store_float32(block_, cube_slots_[v], cell, touched.subspan(cell, cells),
                               planes.plane(v) + place);
      }
    });
    watch.lap(kCompress);
  }
}

void TilePipeline::encode_chunks(std::uint32_t year, const engine::Window& window,
                                 ChunkPlanes& planes, std::vector<io::StoredChunk>& chunks) const {
  const io::ChunkShape shape = setup_.chunk;
  const auto across = static_cast<std::int64_t>(planes.chunks_across());
  io::ChunkEncoder encoder(setup_.job.output.compression);
  for (std::uint32_t v = 0; v < planes.variables(); ++v) {
    // Codes are exact in float32 with all its bits.
    const bool codes = !setup_.selection.cube[v]->flag_values.empty();
    const int bits = codes ? 24 : setup_.job.output.significant_bits;
    for (std::size_t number = 0; number < planes.chunks(); ++number) {
      const std::span<float> values = planes.chunk(v, number);
      if (std::ranges::all_of(values, [](float x) { return std::isnan(x); })) continue;
      io::round_mantissas(values, bits);
      const auto place = static_cast<std::int64_t>(number);
      chunks.push_back({v, year, window.row / shape.rows + place / across,
                        window.col / shape.cols + place % across, encoder.encode(values)});
    }
  }
}

std::vector<std::int32_t> TilePipeline::bands(const engine::Window& window) const {
  // All of a row lies in one on geographic grids.
  const engine::Window centres =
      setup_.grid.geographic ? engine::Window{window.col, window.row, 1, window.rows} : window;
  const std::vector<double> latitudes = layers_.area()->latitudes_deg(centres);
  std::vector<std::int32_t> out(latitudes.size());
  std::ranges::transform(latitudes, out.begin(), [&](double latitude) {
    return std::isfinite(latitude) ? latitude_band(latitude, setup_.job.profile_step_deg)
                                   : std::numeric_limits<std::int32_t>::min();
  });
  return out;
}

/// A tile on its way to the store.
struct TilePipeline::ComputedTile {
  engine::Window window;
  TileRecord record;
  io::StoredTile stored;
  ChunkPlanes last_planes;  ///< of the last year, to be encoded
};

engine::TileRest TilePipeline::compute(std::uint32_t tile) {
  const engine::Window window = engine::tile_window(setup_.grid, setup_.job.grid.tile, tile);
  return in_tile(tile, window, [&]() -> engine::TileRest {
    auto computed = std::make_shared<ComputedTile>();
    computed->window = window;
    computed->stored.tile = tile;
    TileRecord& record = computed->record;
    Stopwatch watch(record.phases);
    const io::LayerCounters before = layers_.counters();
    const io::CoverageCache::Found found = layers_.coverage(window);
    const engine::Coverage& coverage = found.coverage;
    record.coverage_was_kept = found.was_kept;
    watch.lap(kCoverage);
    const std::vector<std::uint32_t> covered = coverage.covered();
    const auto years = static_cast<std::uint32_t>(setup_.job.years.size());
    record.sums = engine::TileSums(coverage, layers_.area()->areas_km2(window), bands(window),
                                   years, setup_.selection.sums.size());
    record.touched_cells = static_cast<std::uint64_t>(
        std::count_if(covered.begin(), covered.end(), [](std::uint32_t w) { return w > 0; }));
    watch.lap(kSums);
    Layers whole;
    const std::vector<io::Layer*> in_strips = layers_in_strips(window);
    for (std::uint32_t year = 0; year < years && !coverage.empty(); ++year) {
      ChunkPlanes planes = compute_year(year, window, in_strips, whole, covered, record, watch);
      if (year + 1 == years) {
        computed->last_planes = std::move(planes);
      } else {
        encode_chunks(year, window, planes, computed->stored.chunks);
      }
      watch.lap(kCompress);
    }
    record.counters = difference(layers_.counters(), before);
    return [this, computed] {
      return in_tile(computed->stored.tile, computed->window, [&] { return finish(*computed); });
    };
  });
}

void TilePipeline::fetch_ahead() {
  const std::optional<std::uint32_t> tile = next_ ? next_() : std::nullopt;
  if (!tile) return;
  const engine::Window window = engine::tile_window(setup_.grid, setup_.job.grid.tile, *tile);
  for (const auto& layer : layers_.all()) layer->fetch_ahead(setup_.job.years.front(), window);
}

std::vector<std::byte> TilePipeline::finish(ComputedTile& computed) const {
  TileRecord& record = computed.record;
  Stopwatch watch(record.phases);
  ChunkPlanes planes = std::exchange(computed.last_planes, {});
  encode_chunks(static_cast<std::uint32_t>(setup_.job.years.size() - 1), computed.window, planes,
                computed.stored.chunks);
  planes = {};
  watch.lap(kCompress);
  if (store_ != nullptr) {
    require_unchanged(setup_.inputs);
    computed.stored.sums = record.results();
    computed.stored.timings_json = record.phases.json();
    store_->write(computed.stored);
  }
  watch.lap(kWrite);
  return record.serialise();
}

}  // namespace cnci::jobs
