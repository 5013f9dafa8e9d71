#include "jobs/forecast.h"

#include <algorithm>
#include <string>

#include "engine/error.h"

namespace cnci::jobs {
namespace {

// All measured on the samples (docs/hpc.md) and rounded up.

/// The program: 59 MB of files mapped, its own before the first tile, and gaps that the heap keeps.
constexpr std::size_t kProgramBytes = std::size_t{75} << 20;
/// Of a vertex while zones are read, repaired and merged: 125 where borders are shared, 245 where
/// none is.
constexpr std::size_t kVertexBytes = 280;
/// Of a sum of a zone and year while tables are written: the sum, its columns, its part of a line.
constexpr std::size_t kSumBytes = 160;
constexpr std::uintmax_t kSumDiskBytes = 100;
/// In a GeoPackage, where borders may stand once for each level: two doubles a vertex, of a ring
/// the vertex that closes it and headers, and what a row leaves empty of a page.
constexpr std::uintmax_t kVertexDiskBytes = 2 * sizeof(double);
constexpr std::uintmax_t kRingDiskBytes = kVertexDiskBytes + 13;
constexpr std::uintmax_t kPageBytes = 4096;
/// Of a chunk beside its values, and of a year in run.json and profile.csv.
constexpr std::uintmax_t kChunkDiskBytes = 512;
/// The coverage cache, a cell: those of tiles and of zoned layers' windows.
constexpr double kCoverageDiskBytes = 2;
constexpr std::uintmax_t kYearDiskBytes = 4096;

std::size_t vertices(const Setup& setup) {
  std::size_t count = 0;
  for (const engine::ZoneShape& zone : setup.zones.zones()) {
    for (const auto& ring : zone.rings) count += ring.size();
  }
  return count;
}

std::size_t rings(const Setup& setup) {
  std::size_t count = 0;
  for (const engine::ZoneShape& zone : setup.zones.zones()) count += zone.rings.size();
  return count;
}

std::size_t tile_memory_bytes(Preparation& preparation) {
  const Setup& setup = *preparation.setup;
  const auto side = static_cast<std::size_t>(setup.job.grid.tile);
  const std::size_t cells = std::min(setup.grid.whole().cells(), side * side);
  constexpr std::size_t kColumnBytes = sizeof(double) + 1;
  constexpr std::size_t kClassPlanes = 8;
  std::size_t columns = 4;  // areas, their quanta, bands, coverage
  std::size_t window = 0;
  std::size_t largest_block = 0;
  std::size_t kept_blocks = 0;
  for (const auto& layer : preparation.layers->all()) {
    columns += layer->method() == engine::Method::kFraction ? kClassPlanes : 1;
    if (setup.selection.monthly) columns += 12;
    const io::LayerInfo info = layer->info();
    window = std::max(window, info.source_window_bytes);
    largest_block = std::max(largest_block, info.source_block_bytes);
    kept_blocks += info.kept_block_bytes;
  }
  for (const kernels::Kernel* kernel : setup.selection.kernels) columns += kernel->outputs.size();
  const std::size_t chunks =
      setup.job.years.size() * setup.selection.cube.size() * cells * sizeof(float);
  // A block that is decoded stands beside its compressed bytes and the one that it displaces from
  // the cache, which keeps one of any size.
  const std::size_t blocks = std::max(kBlockCacheBytes, largest_block) + 2 * largest_block;
  return cells * columns * kColumnBytes + window + chunks + blocks + kept_blocks;
}

}  // namespace

std::uintmax_t forecast_table_bytes(const Setup& setup) {
  constexpr double kZonesALeaf = 1.25;  // with those of the levels above
  const double zones = kZonesALeaf * static_cast<double>(setup.zones.zones().size());
  const double of_year =
      kYearDiskBytes +
      zones * static_cast<double>(setup.selection.sums.size() * kSumDiskBytes + kPageBytes) +
      static_cast<double>((vertices(setup) * kVertexDiskBytes + rings(setup) * kRingDiskBytes) *
                          setup.job.zones.levels.size());
  return static_cast<std::uintmax_t>(of_year * static_cast<double>(setup.job.years.size()));
}

std::uintmax_t forecast_disk_bytes(const Setup& setup, const std::vector<engine::Tile>& plan) {
  double cells = 0;
  for (const engine::Tile& tile : plan) {
    cells += std::min(static_cast<double>(tile.window.cells()), 1.1 * tile.cost + 1000);
  }
  // About 2 bytes a value at 16 significant bits; store and cube hold both.
  const double bytes_per_value = std::max(1.0, setup.job.output.significant_bits / 8.0);
  const double chunk_bytes = static_cast<double>(plan.size() * kChunkDiskBytes);
  return static_cast<std::uintmax_t>((cells * bytes_per_value + chunk_bytes) * 2.0 *
                                         static_cast<double>(setup.selection.cube.size()) *
                                         static_cast<double>(setup.job.years.size()) +
                                     cells * kCoverageDiskBytes) +
         forecast_table_bytes(setup);
}

std::size_t rank_memory_bytes(Preparation& preparation, int threads, std::size_t limit_mb) {
  const Setup& setup = *preparation.setup;
  const std::size_t sums =
      preparation.zones->tree().nodes.size() * setup.job.years.size() * setup.selection.sums.size();
  const std::size_t need =
      kProgramBytes + kGdalCacheBytes + vertices(setup) * kVertexBytes + sums * kSumBytes +
      tile_memory_bytes(preparation) * static_cast<std::size_t>(std::max(1, threads));
  if (limit_mb > 0 && need > limit_mb << 20) {
    throw engine::Error("a rank needs about " + std::to_string(need >> 20) +
                        " MB for the program, zones, tiles and caches, --memory allows " +
                        std::to_string(limit_mb) +
                        " MB; use a smaller grid.tile or fewer --threads");
  }
  return need;
}

}  // namespace cnci::jobs
