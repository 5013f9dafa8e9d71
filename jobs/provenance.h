// run.json: what was computed, from what, by what, and what it adds up to. The last file that a run
// publishes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/sum_tree.h"
#include "io/layer.h"
#include "io/zone_table.h"
#include "jobs/identity.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

/// Amounts of a layer in a year, from the file to the zones.
struct MassLine {
  std::string layer;
  int year = 0;
  std::string unit;
  io::LayerMass mass;
  double zoned = 0;
  [[nodiscard]] double unzoned() const { return mass.in_domain - zoned; }
};

struct RunFacts {
  int ranks = 1;
  int threads = 1;
  std::size_t tiles = 0;
  std::size_t tiles_resumed = 0;
  std::size_t tiles_of_kept_coverage = 0;  ///< an earlier run had kept it
  std::uint64_t decoded_bytes = 0;         ///< see io::ReadCost; of tiles computed by this run
  bool keeps_tiles = false;                ///< the tile store stays beside the results
  std::string started_over_as;             ///< the name that --fresh-once gave, if any
  std::uint64_t touched_cells = 0;
  PhaseSeconds phases;                         ///< summed over tiles
  std::map<std::string, double> wall_seconds;  ///< plan, tiles, assemble, total
  io::LayerCounters counters;
  std::vector<MassLine> mass;
  std::vector<engine::SumTree::Closure> closure;
  std::vector<std::string> notes;                            ///< warnings and notes of the run
  std::map<int, std::map<std::string, double>> diagnostics;  ///< km2, by year and output
};

/// `inputs`: Setup::inputs with content hashes. `results`: the files that are published with it; of
/// each the name and the bytes.
[[nodiscard]] std::string provenance_json(const Setup& setup, const RunFacts& facts,
                                          const io::ZoneTable& table,
                                          const std::vector<io::FileFacts>& inputs,
                                          const std::vector<io::FileFacts>& results);

}  // namespace cnci::jobs
