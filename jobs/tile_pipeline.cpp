#include "jobs/tile_pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/plan.h"
#include "io/chunk_codec.h"
#include "jobs/latitude_band.h"

namespace cnci::jobs {
namespace {

enum Phase { kCoverage, kLayers, kKernels, kSums, kCompress, kWrite };

/// Adds the time since the last call to a phase.
class Stopwatch {
 public:
  explicit Stopwatch(PhaseSeconds& phases) : phases_(phases) {}
  void lap(Phase phase) {
    const auto now = std::chrono::steady_clock::now();
    phases_.seconds.at(phase) += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  PhaseSeconds& phases_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

kernels::Column column_of(const engine::Field& field) { return {field.value, field.valid}; }

io::LayerCounters difference(io::LayerCounters now, const io::LayerCounters& before) {
  now.bytes_read -= before.bytes_read;
  now.bytes_needed -= before.bytes_needed;
  now.outside_range -= before.outside_range;
  return now;
}

/// The kernels declare which inputs they take month by month.
bool monthly_input(const Selection& selection, const std::string& layer) {
  for (const kernels::Kernel* kernel : selection.kernels) {
    for (const kernels::Input& input : kernel->inputs) {
      if (input.monthly && input.name == layer) return true;
    }
  }
  return false;
}

}  // namespace

PhaseSeconds& PhaseSeconds::operator+=(const PhaseSeconds& other) {
  for (std::size_t i = 0; i < seconds.size(); ++i) seconds.at(i) += other.seconds.at(i);
  return *this;
}

std::vector<std::byte> TileRecord::serialise() const {
  engine::ByteWriter out;
  out.put(phases);
  out.put(counters);
  out.put(touched_cells);
  out.put_all(std::span<const std::byte>(sums.serialise()));
  return out.take();
}

TileRecord TileRecord::parse(std::span<const std::byte> bytes) {
  engine::ByteReader in(bytes);
  TileRecord record;
  record.phases = in.get<PhaseSeconds>();
  record.counters = in.get<io::LayerCounters>();
  record.touched_cells = in.get<std::uint64_t>();
  record.sums = engine::TileSums::parse(in.get_all<std::byte>());
  return record;
}

/// Everything known of a tile's cells in one year, by name. Static layers stay from year to year.
struct TilePipeline::YearColumns {
  std::map<std::string, engine::Field> layers;
  std::map<std::string, std::array<engine::Field, 12>> months;
  std::map<std::string, engine::ClassFractions> classes;
  std::map<std::string, engine::Field> outputs;
  std::set<std::string> done;  ///< static layers that are read

  [[nodiscard]] const engine::Field& find(const std::string& name) const {
    const auto output = outputs.find(name);
    return output != outputs.end() ? output->second : layers.at(name);
  }
};

TilePipeline::TilePipeline(const Setup& setup, const io::TileStore* store)
    : setup_(setup), store_(store), layers_(setup.job, setup.grid, setup.zones) {}

void TilePipeline::read_year(int year, const engine::Window& window, YearColumns& columns) {
  for (const auto& layer : layers_.all()) {
    const std::string& name = layer->spec().name;
    if (columns.done.contains(name)) continue;
    if (layer->kind() == io::Kind::kClass) {
      columns.classes[name] = layer->classes(year, window);
    } else if (setup_.selection.monthly && monthly_input(setup_.selection, name)) {
      columns.months[name] = layer->monthly(year, window);
      columns.layers[name] = layer->annual_of(columns.months[name], year);
    } else {
      columns.layers[name] = layer->annual(year, window);
    }
    if (!layers_.changes(*layer)) columns.done.insert(name);
  }
}

void TilePipeline::run_kernels(std::size_t cells, YearColumns& columns) const {
  kernels::TileInputs inputs(cells);
  for (const auto& [name, field] : columns.layers) inputs.set(name, column_of(field));
  for (const auto& [name, months] : columns.months) {
    std::array<kernels::Column, 12> twelve;
    std::transform(months.begin(), months.end(), twelve.begin(), column_of);
    inputs.set_monthly(name, twelve);
  }
  for (const auto& [name, fractions] : columns.classes) {
    kernels::ClassColumns view{{}, fractions.valid};
    for (const auto& plane : fractions.planes)
      view.planes.push_back({plane.class_id, plane.fraction});
    inputs.set_classes(name, std::move(view));
  }
  for (const kernels::Kernel* kernel : setup_.selection.kernels) {
    std::vector<kernels::OutputColumn> out;
    for (const kernels::Output& output : kernel->outputs) {
      engine::Field& field = columns.outputs[std::string(output.name)];
      field.value.assign(cells, engine::kMissing);
      field.valid.assign(cells, 0);
      out.push_back({field.value, field.valid});
    }
    kernel->compute(inputs, setup_.job.parameters, out);
    for (const kernels::Output& output : kernel->outputs) {
      const std::string name(output.name);
      inputs.set(name, column_of(columns.outputs.at(name)));
    }
  }
}

void TilePipeline::add_sums(std::size_t year, const YearColumns& columns,
                            engine::TileSums& sums) const {
  const auto& variables = setup_.selection.sums;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const SummedVariable& variable = variables[v];
    const engine::Field& field = variable.output == nullptr ? columns.layers.at(variable.layer)
                                                            : columns.find(variable.sum.name);
    if (variable.output == nullptr || variable.output->support_of.empty()) {
      sums.add(year, v, variable.sum, field.value, field.valid);
      continue;
    }
    // An area counts where the output it supports has a value.
    std::vector<std::uint8_t> valid = field.valid;
    const engine::Field& supported = columns.find(std::string(variable.output->support_of));
    for (std::size_t i = 0; i < valid.size(); ++i) {
      valid[i] = static_cast<std::uint8_t>(valid[i] != 0 && supported.valid[i] != 0);
    }
    sums.add(year, v, variable.sum, field.value, valid);
  }
}

void TilePipeline::encode_chunks(std::uint32_t year, const engine::Window& window,
                                 const std::vector<std::uint32_t>& covered,
                                 const YearColumns& columns,
                                 std::vector<io::StoredChunk>& chunks) const {
  const io::ChunkShape shape = setup_.chunk;
  std::vector<float> values(static_cast<std::size_t>(shape.rows * shape.cols));
  for (std::uint32_t v = 0; v < setup_.selection.cube.size(); ++v) {
    const kernels::Output& output = *setup_.selection.cube[v];
    const engine::Field& field = columns.find(std::string(output.name));
    // Codes are exact in float32 with all its bits.
    const int bits = output.flag_values.empty() ? setup_.job.output.significant_bits : 24;
    for (std::int64_t r0 = window.row; r0 < window.row_end(); r0 += shape.rows) {
      for (std::int64_t c0 = window.col; c0 < window.col_end(); c0 += shape.cols) {
        std::fill(values.begin(), values.end(), std::numeric_limits<float>::quiet_NaN());
        bool any = false;
        const engine::Window part =
            engine::Window{c0, r0, shape.cols, shape.rows}.intersect(window);
        for (std::int64_t r = part.row; r < part.row_end(); ++r) {
          for (std::int64_t c = part.col; c < part.col_end(); ++c) {
            const auto i =
                static_cast<std::size_t>((r - window.row) * window.cols + c - window.col);
            if (covered[i] == 0 || field.valid[i] == 0) continue;
            any = true;
            values[static_cast<std::size_t>((r - r0) * shape.cols + c - c0)] =
                io::round_mantissa(static_cast<float>(field.value[i]), bits);
          }
        }
        if (!any) continue;
        chunks.push_back({v, year, r0 / shape.rows, c0 / shape.cols,
                          io::encode_chunk(values, setup_.job.output.compression)});
      }
    }
  }
}

std::vector<std::int32_t> TilePipeline::bands(const engine::Window& window) const {
  const std::vector<double> latitudes = layers_.area()->latitudes_deg(window);
  std::vector<std::int32_t> out(latitudes.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::isfinite(latitudes[i]) ? latitude_band(latitudes[i], setup_.job.profile_step_deg)
                                         : std::numeric_limits<std::int32_t>::min();
  }
  return out;
}

std::vector<std::byte> TilePipeline::compute(std::uint32_t tile) {
  const engine::Window window = engine::tile_window(setup_.grid, setup_.job.grid.tile, tile);
  try {
    TileRecord record;
    Stopwatch watch(record.phases);
    const io::LayerCounters before = layers_.counters();
    const engine::Coverage coverage = engine::cover(setup_.zones, window);
    const std::vector<std::uint32_t> covered = coverage.covered();
    record.sums = engine::TileSums(coverage, layers_.area()->areas_km2(window), bands(window),
                                   setup_.job.years.size(), setup_.selection.sums.size());
    watch.lap(kCoverage);
    io::StoredTile stored;
    stored.tile = tile;
    YearColumns columns;
    for (std::uint32_t year = 0; year < setup_.job.years.size() && !coverage.empty(); ++year) {
      read_year(setup_.job.years[year], window, columns);
      watch.lap(kLayers);
      run_kernels(window.cells(), columns);
      watch.lap(kKernels);
      add_sums(year, columns, record.sums);
      watch.lap(kSums);
      encode_chunks(year, window, covered, columns, stored.chunks);
      watch.lap(kCompress);
    }
    record.counters = difference(layers_.counters(), before);
    record.touched_cells = static_cast<std::uint64_t>(
        std::count_if(covered.begin(), covered.end(), [](std::uint32_t w) { return w > 0; }));
    if (store_ != nullptr) {
      stored.sums = record.serialise();
      store_->write(stored);
    }
    watch.lap(kWrite);
    return record.serialise();
  } catch (const std::exception& error) {
    throw engine::Error("tile " + std::to_string(tile) + " (columns " + std::to_string(window.col) +
                        "-" + std::to_string(window.col_end() - 1) + ", rows " +
                        std::to_string(window.row) + "-" + std::to_string(window.row_end() - 1) +
                        "): " + error.what());
  }
}

}  // namespace cnci::jobs
