// One tile, from zones to its file: coverage -> strips of rows (layers -> blocks of cells: kernels
// -> exact sums and float32 planes, all while they are in cache) -> chunks -> store.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/grid.h"
#include "engine/schedule.h"
#include "engine/sum_tree.h"
#include "io/coverage_cache.h"
#include "io/cube.h"
#include "io/layer.h"
#include "io/tile_store.h"
#include "jobs/chunk_planes.h"
#include "jobs/input_files.h"
#include "jobs/job.h"
#include "jobs/layer_set.h"
#include "jobs/selection.h"
#include "kernels/pass.h"

namespace cnci::jobs {

/// What every rank knows of a job before the first tile.
struct Setup {
  Job job;
  Selection selection;
  engine::Grid grid;
  engine::ZoneIndex zones{{}};
  io::ChunkShape chunk;
  io::StoreIdentity identity;
  InputFiles inputs;  ///< as they were before the job was checked
};

/// Seconds spent in the phases of a tile.
struct PhaseSeconds {
  static constexpr std::array<const char*, 8> kNames{"coverage", "read", "decode",   "resample",
                                                     "kernels",  "sums", "compress", "write"};
  std::array<double, kNames.size()> seconds{};
  PhaseSeconds& operator+=(const PhaseSeconds& other);
  [[nodiscard]] std::string json() const;
  /// Zeros for what the text does not say.
  [[nodiscard]] static PhaseSeconds parse(const std::string& json);
};

/// What rank 0 learns of a finished tile, from its worker or from the store.
struct TileRecord {
  engine::TileSums sums;
  PhaseSeconds phases;
  io::LayerCounters counters;
  std::uint64_t touched_cells = 0;
  // Not known of a tile from the store:
  bool coverage_was_kept = false;   ///< by an earlier run
  std::uint64_t decoded_bytes = 0;  ///< see io::ReadCost

  [[nodiscard]] std::vector<std::byte> serialise() const;
  [[nodiscard]] static TileRecord parse(std::span<const std::byte> bytes);
  /// What is the same for the same tile, however it came about.
  [[nodiscard]] std::vector<std::byte> results() const;
  [[nodiscard]] static TileRecord of(const io::StoredTile& tile);
};

class TilePipeline final : public engine::TileWorker {
 public:
  /// `store` may be null: nothing is written then (trial of `cnci check`). All must outlive this.
  TilePipeline(const Setup& setup, const io::CoverageCache& coverage, const RankBlocks& blocks,
               const io::TileStore* store);
  /// Leaves the last year's compression and the store to the rest, which changes nothing here.
  [[nodiscard]] engine::TileRest compute(std::uint32_t tile) override;
  /// Once a tile is read, the inputs of the next one are fetched from the disk.
  void set_outlook(const NextTile& next) override { next_ = next; }

 private:
  struct Layers;
  struct ComputedTile;
  class Stopwatch;
  struct Summed {
    kernels::Slot slot = 0;
    std::optional<kernels::Slot> supported;  ///< an area counts where this has a value
  };
  /// Cells of a tile, in the order of its rows.
  struct Strip {
    std::size_t first = 0;
    std::size_t cells = 0;
  };
  void read(io::Layer& layer, int year, const engine::Window& window, Layers& layers) const;
  /// Layers of a tile that are read strip by strip; the others are read over the whole of it.
  [[nodiscard]] std::vector<io::Layer*> layers_in_strips(const engine::Window& tile);
  /// What `layers`, which begin with cell `origin` of the tile, hold of a strip.
  void set_inputs(const Layers& layers, std::size_t origin, const Strip& strip,
                  kernels::TileInputs& inputs) const;
  /// Reads and computes a year, adds its sums, and returns the planes of the cube's variables.
  [[nodiscard]] ChunkPlanes compute_year(std::size_t year, const engine::Window& window,
                                         const std::vector<io::Layer*>& in_strips, Layers& whole,
                                         const std::vector<std::uint32_t>& covered,
                                         TileRecord& record, Stopwatch& watch);
  void compute_strip(std::size_t year, const Strip& strip, const kernels::TileInputs& inputs,
                     const std::vector<std::uint32_t>& covered, engine::TileSums& sums,
                     ChunkPlanes& planes, Stopwatch& watch);
  void add_sums(std::size_t year, std::size_t first, engine::TileSums& sums);
  void encode_chunks(std::uint32_t year, const engine::Window& window, ChunkPlanes& planes,
                     std::vector<io::StoredChunk>& chunks) const;
  void fetch_ahead();
  [[nodiscard]] std::vector<std::byte> finish(ComputedTile& computed) const;
  /// As TileSums wants them.
  [[nodiscard]] std::vector<std::int32_t> bands(const engine::Window& window) const;

  const Setup& setup_;
  const io::TileStore* store_;
  LayerSet layers_;
  kernels::Pass pass_;
  kernels::Block block_;
  NextTile next_;
  std::vector<Summed> summed_;             ///< in the order of Selection::sums
  std::vector<kernels::Slot> cube_slots_;  ///< in the order of Selection::cube
};

}  // namespace cnci::jobs
