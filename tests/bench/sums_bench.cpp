// Zone sums of one variable over a tile of 512 x 512 cells, in ns per cell: by segment length, with
// mixed cells, in one call and in blocks that stay in cache, against a loop that adds every cell to
// its 128-bit sums.
#include <benchmark/benchmark.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "engine/sum_tree.h"

namespace cnci::engine {
namespace {

constexpr std::int64_t kSide = 512;
constexpr std::size_t kCells = std::size_t{kSide} * kSide;
constexpr std::uint32_t kZones = 40;
constexpr std::size_t kVariables = 8;
const SumVariable kFlux{"flux", 0x1p-30};

struct Tile {
  Coverage coverage;
  std::vector<double> areas_km2;
  std::vector<std::int32_t> bands;
  std::vector<double> value;
};

/// Rows of segments of `segment` cells. Of all cells `mixed_percent` lie in two zones,
/// `missing_percent` have no value and `large_percent` have amounts of more than 2^51 quanta.
Tile make_tile(const benchmark::State& state) {
  const std::int64_t segment = state.range(0);
  const std::int64_t mixed_percent = state.range(1);
  const std::int64_t missing_percent = state.range(2);
  const std::int64_t large_percent = state.range(3);
  std::mt19937_64 random(7);
  const auto chosen = [&](std::int64_t percent) {
    return percent > 0 && static_cast<std::int64_t>(random() % 100) < percent;
  };
  std::uniform_real_distribution<double> flux(-500, 500);
  Tile tile;
  Coverage& c = tile.coverage;
  c.window = {0, 0, kSide, kSide};
  for (std::int64_t row = 0; row < kSide; ++row) {
    for (std::int64_t col = 0; col < kSide; ++col) {
      const auto cell = static_cast<std::uint32_t>(row * kSide + col);
      const auto zone = static_cast<std::uint32_t>((col / segment + row / 64) % (kZones - 1));
      tile.areas_km2.push_back(0.73 + 1e-4 * static_cast<double>(row));
      tile.bands.push_back(static_cast<std::int32_t>(row / 12));
      tile.value.push_back(flux(random) * (chosen(large_percent) ? 1e6 : 1));
      if (chosen(missing_percent)) tile.value.back() = std::nan("");
      if (chosen(mixed_percent)) {
        c.mixed.push_back({cell, static_cast<std::uint32_t>(c.shares.size()), 2});
        const auto weight = static_cast<std::uint32_t>(1 + random() % (kWeightOne - 1));
        c.shares.push_back({zone, weight});
        c.shares.push_back({zone + 1, kWeightOne - weight});
      } else if (!c.runs.empty() && c.runs.back().zone == zone && col % kSide != 0 &&
                 c.runs.back().cell + c.runs.back().length == cell) {
        ++c.runs.back().length;
      } else {
        c.runs.push_back({cell, 1, zone});
      }
    }
  }
  return tile;
}

void report(benchmark::State& state, double cells) {
  using benchmark::Counter;
  state.counters["ns_per_cell"] =
      Counter(cells * 1e-9, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

/// Sums on one target while it lives.
class OnTarget {
 public:
  OnTarget(benchmark::State& state, std::int64_t target) {
    hwy::SetSupportedTargetsForTest(0);
    if ((hwy::SupportedTargets() & target) == 0) {
      state.SkipWithError("not on this processor");
      return;
    }
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~OnTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
};

/// The whole window in one call.
void sums_window(benchmark::State& state, std::int64_t target) {
  const OnTarget on(state, target);
  const Tile tile = make_tile(state);
  TileSums sums(tile.coverage, tile.areas_km2, tile.bands, 1, 1);
  for (auto _ : state) sums.add(0, 0, kFlux, 0, tile.value);
  benchmark::DoNotOptimize(sums.serialise().data());
  report(state, static_cast<double>(kCells));
}

/// Blocks of 1024 cells, all variables of a block before the next one, as a fused pass does it.
void sums_blocks(benchmark::State& state, std::int64_t target) {
  const OnTarget on(state, target);
  const Tile tile = make_tile(state);
  TileSums sums(tile.coverage, tile.areas_km2, tile.bands, 1, kVariables);
  for (auto _ : state) {
    for (std::size_t first = 0; first < kCells; first += kBlockCells) {
      const auto value = std::span(tile.value).subspan(first, kBlockCells);
      for (std::size_t v = 0; v < kVariables; ++v) sums.add(0, v, kFlux, first, value);
    }
  }
  benchmark::DoNotOptimize(sums.serialise().data());
  report(state, static_cast<double>(kCells * kVariables));
}

/// Every part of every cell straight into 128 bits.
void sums_plain(benchmark::State& state) {
  struct Piece {
    std::uint32_t cell;
    std::uint32_t weight;
    std::uint32_t zone;
    std::uint32_t band;
  };
  const Tile tile = make_tile(state);
  std::vector<Piece> pieces;
  for (const Coverage::Run& run : tile.coverage.runs) {
    for (std::uint32_t cell = run.cell; cell < run.cell + run.length; ++cell) {
      pieces.push_back({cell, kWeightOne, run.zone, static_cast<std::uint32_t>(tile.bands[cell])});
    }
  }
  for (const Coverage::Mixed& mixed : tile.coverage.mixed) {
    for (std::uint32_t i = mixed.first; i < mixed.first + mixed.count; ++i) {
      pieces.push_back({mixed.cell, tile.coverage.shares[i].weight, tile.coverage.shares[i].zone,
                        static_cast<std::uint32_t>(tile.bands[mixed.cell])});
    }
  }
  std::vector<std::int64_t> quanta(kCells);
  std::vector<std::int64_t> areas;
  for (const double area : tile.areas_km2) areas.push_back(to_quanta(area, kAreaQuantum));
  std::vector<Sums> zones(kZones);
  std::vector<Sums> bands(kSide);
  Sums total;
  for (auto _ : state) {
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      if (std::isnan(tile.value[cell])) continue;
      quanta[cell] = to_quanta(tile.value[cell] * tile.areas_km2[cell], kFlux.quantum);
      total.add(quanta[cell], areas[cell], kWeightOne);
    }
    for (const Piece& piece : pieces) {
      zones[piece.zone].add(quanta[piece.cell], areas[piece.cell], piece.weight);
      bands[piece.band].add(quanta[piece.cell], areas[piece.cell], piece.weight);
    }
    benchmark::DoNotOptimize(zones.data());
    benchmark::DoNotOptimize(bands.data());
    benchmark::DoNotOptimize(total);
  }
  report(state, static_cast<double>(kCells));
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"segment", "mixed", "missing", "large"});
  for (const std::int64_t segment : {4, 20, 100, 512}) bench->Args({segment, 0, 0, 0});
  bench->Args({100, 10, 0, 0})->Args({100, 0, 10, 0})->Args({100, 0, 0, 1});
}

BENCHMARK(sums_plain)->Apply(arguments);
BENCHMARK_CAPTURE(sums_window, avx512, HWY_AVX3)->Apply(arguments);
BENCHMARK_CAPTURE(sums_window, avx2, HWY_AVX2)->Apply(arguments);
BENCHMARK_CAPTURE(sums_blocks, avx512, HWY_AVX3)->Apply(arguments);
BENCHMARK_CAPTURE(sums_blocks, avx2, HWY_AVX2)->Apply(arguments);
BENCHMARK_CAPTURE(sums_blocks, sse4, HWY_SSE4)->Apply(arguments);
BENCHMARK_CAPTURE(sums_blocks, scalar, HWY_SCALAR)->Apply(arguments);

}  // namespace
}  // namespace cnci::engine
