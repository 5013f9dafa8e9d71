// From a job to everything a run needs: zones read and repaired, the grid, the plan, all layers
// opened and checked. Collects every finding before anything is computed or written. Rank 0 only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/error.h"
#include "engine/plan.h"
#include "io/zones.h"
#include "jobs/layer_set.h"
#include "jobs/output_check.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

struct Preparation {
  std::vector<engine::Finding> findings;
  std::unique_ptr<io::ZoneSource> zones;  ///< null where the zones cannot be read
  std::unique_ptr<Setup> setup;           ///< null where there is no grid
  std::vector<engine::Tile> plan;
  std::unique_ptr<io::CoverageCache> coverage;  ///< reads, until a run begins to keep
  std::unique_ptr<LayerSet> layers;
  std::vector<io::JoinedTable> tables;  ///< in the order of Job::tables

  [[nodiscard]] bool failed() const;
};

struct PrepareOptions {
  bool hash_inputs = false;  ///< the identity holds the content hashes of all inputs
  StartOver start_over = {};
};

/// Inputs are read for their hashes with `between_blocks` (io::content_hash()). Throws
/// HopelessError where an input changes meanwhile.
[[nodiscard]] Preparation prepare(const Job& job, const PrepareOptions& options = {},
                                  const std::function<void()>& between_blocks = {});

/// Below output.path; `setup` must outlive it.
[[nodiscard]] std::unique_ptr<io::CoverageCache> coverage_of(const Setup& setup);

/// The setup for other ranks: grid, zone shapes, identity (the job they read themselves).
[[nodiscard]] std::vector<std::byte> serialise_setup(const Setup& setup);
[[nodiscard]] Setup parse_setup(const Job& job, std::span<const std::byte> bytes);

}  // namespace cnci::jobs
