#include "jobs/check.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "engine/error.h"
#include "io/crs.h"
#include "io/raster.h"
#include "jobs/forecast.h"
#include "jobs/identity.h"
#include "jobs/message.h"
#include "jobs/run_start.h"

namespace cnci::jobs {
namespace {

/// Share of an inventory outside every zone above which a uniform distribution is questioned.
constexpr double kUnzonedWarning = 0.01;

void print_grid(const Setup& setup, const std::vector<engine::Tile>& plan) {
  const engine::Grid& grid = setup.grid;
  fmt::print("grid     {} x {} cells of {}{} in {}\n", grid.cols, grid.rows,
             grid.resolution.den == 1
                 ? fmt::format("{}", grid.resolution.num)
                 : fmt::format("{}/{}", grid.resolution.num, grid.resolution.den),
             grid.geographic ? " degree" : "", io::crs_name(grid.crs_wkt));
  fmt::print("         x {} to {}, y {} to {}\n", grid.x_edge(0), grid.x_edge(grid.cols),
             grid.y_edge(grid.rows), grid.y_edge(0));
  fmt::print("tiles    {} of {} cells that zones touch, chunks of {} x {}\n", plan.size(),
             setup.job.grid.tile, setup.chunk.rows, setup.chunk.cols);
}

void print_zones(const io::ZoneSource& zones) {
  const engine::ZoneTree& tree = zones.tree();
  for (std::size_t level = 0; level < tree.levels.size(); ++level) {
    std::size_t count = 0;
    for (const auto& node : tree.nodes) count += node.level == static_cast<int>(level) ? 1 : 0;
    fmt::print("{} {}: {} zones\n", level == 0 ? "zones   " : "        ", tree.levels[level],
               count);
  }
  fmt::print("         overlaps {:.6g} km2, gaps {:.6g} km2\n", zones.overlap_km2(),
             zones.gap_km2());
}

void print_layers(LayerSet& layers) {
  for (const auto& layer : layers.all()) {
    const io::LayerInfo info = layer->info();
    fmt::print("layer    {}\n         {}\n         {}, {}, {}\n", info.name, info.file,
               info.crs_name, info.resolution, info.unit);
    fmt::print("         {}; sampled {:.6g} to {:.6g}, mean {:.6g}; spans {:.1f} % of the grid\n",
               info.method, info.sample_min, info.sample_max, info.sample_mean, 100 * info.covered);
  }
}

/// Mass of uniformly distributed layers that falls outside every zone.
void check_mass(Preparation& state) {
  const Setup& setup = *state.setup;
  for (const auto& layer : state.layers->all()) {
    if (layer->kind() != io::Kind::kAmount) continue;
    const int year = setup.job.years.front();
    const io::LayerMass mass = layer->mass(year);
    double zoned = 0;
    for (const engine::Tile& tile : state.plan) {
      const auto covered = state.coverage->of(tile.window).coverage.covered();
      const auto areas = state.layers->area()->areas_km2(tile.window);
      const engine::Field field = layer->annual(year, tile.window);
      for (std::size_t i = 0; i < covered.size(); ++i) {
        if (field.valid[i] == 0) continue;
        zoned += field.value[i] * areas[i] * covered[i] / engine::kWeightOne;
      }
    }
    const double outside = 1 - zoned / std::max(mass.in_domain, 1e-300);
    fmt::print("mass     {} {}: {:.9g} {} in the file, {:.9g} inside the grid, {:.9g} in zones\n",
               layer->spec().name, year, mass.inventory, layer->spec().quantity.unit,
               mass.in_domain, zoned);
    if (layer->spec().distribute != io::Distribute::kUniform || outside <= kUnzonedWarning)
      continue;
    state.findings.push_back(
        {engine::Finding::Severity::kWarning, "layer." + layer->spec().name,
         fmt::format(
             "{:.1f} % of the mass inside the grid falls outside every zone; where the zones "
             "are all there is (a planet of countries) write distribute = zoned",
             100 * outside)});
  }
}

void print_forecast(Preparation& state, const CheckOptions& options) {
  const Setup& setup = *state.setup;
  if (state.plan.empty()) return;
  // One tile for real: its time stands for all.
  const engine::Tile& tile = state.plan[state.plan.size() / 2];
  TilePipeline pipeline(setup, *state.coverage, RankBlocks(1), nullptr);
  const auto start = std::chrono::steady_clock::now();
  static_cast<void>(pipeline.compute(tile.id)());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double cost = 0;
  for (const engine::Tile& each : state.plan) cost += each.cost;
  const double total = seconds * std::max(1.0, cost / std::max(tile.cost, 1.0));
  fmt::print("forecast memory {} MB a rank, disk {} MB, time {:.1f} s on one core\n",
             rank_memory_bytes(state, options.threads, 0) >> 20,
             (forecast_disk_bytes(setup, state.plan) >> 20) + 1, total);
}

}  // namespace

int check_command(const CheckOptions& options) {
  Messages messages({true, false, {}});
  io::configure_gdal(kGdalCacheBytes);
  const Job job = load_job(options.job.job_file, options.job.overrides);
  Preparation state = prepare(job, {.hash_inputs = options.hash_inputs});
  if (state.setup && state.zones && !state.failed()) {
    try {
      print_grid(*state.setup, state.plan);
      print_zones(*state.zones);
      print_layers(*state.layers);
      check_mass(state);
      print_forecast(state, options);
      static_cast<void>(rank_memory_bytes(state, options.threads, options.memory_mb));
    } catch (const engine::Error& error) {
      state.findings.push_back({engine::Finding::Severity::kError, "job", error.what()});
    }
  }
  std::cout.flush();
  print_findings(state.findings, messages);
  if (state.failed()) return 1;
  messages.note("the job can run");
  return 0;
}

}  // namespace cnci::jobs
