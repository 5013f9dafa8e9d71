// Rank 0's side of a run: the sum tree, what tiles report, and what becomes of it at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/sum_tree.h"
#include "io/zone_table.h"
#include "jobs/message.h"
#include "jobs/provenance.h"
#include "jobs/run_start.h"

namespace cnci::jobs {

class RunResults {
 public:
  explicit RunResults(const RunStart& start);

  /// A finished tile, from a worker or from the store. Returns what it reports.
  void add(const TileRecord& record);
  [[nodiscard]] RunFacts& facts() { return facts_; }

  /// Rolls up, checks closure (throws Error where sums do not close), and returns the table by
  /// zone.
  [[nodiscard]] io::ZoneTable finish();

  /// Writes zones.csv, zones.gpkg and profile.csv, and accounts for the mass of every amount layer.
  /// Other facts may be set meanwhile. Throws Stopped soon after go_on(), which any thread may
  /// call, says no.
  void write_tables(const io::ZoneTable& table, const std::function<bool()>& go_on);

  /// Writes run.json, and publishes it with the tables and the cubes. Reads all inputs for their
  /// hashes, unless those are known, with `between_blocks`
  /// (io::content_hash()).
  void publish(const io::ZoneTable& table, const std::function<void()>& between_blocks) const;
  /// Mass by layer, closure, and the coarsest zones.
  void print(const io::ZoneTable& table, Messages& messages) const;

 private:
  void add_diagnostics();
  void add_mass(const std::function<bool()>& go_on);
  [[nodiscard]] double over_roots(std::size_t year, std::size_t variable, double quantum) const;

  const RunStart& start_;
  engine::SumTree tree_;
  RunFacts facts_;
};

}  // namespace cnci::jobs
