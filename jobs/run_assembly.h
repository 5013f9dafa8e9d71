// The assembly of a run's yearly cubes, by all its ranks in turn. (A single cube is put together
// while tiles are computed: running_assembly.h.)
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "engine/mpi.h"
#include "engine/plan.h"
#include "io/zone_table.h"
#include "jobs/run_start.h"

namespace cnci::jobs {

/// What the assembling ranks need of rank 0: the tiles, and the tables for the cubes' /zones group.
[[nodiscard]] std::vector<std::byte> serialise_for_assembly(const std::vector<engine::Tile>& plan,
                                                            const io::ZoneTable& table);

/// This rank's part, from what rank 0 serialised. `go_on` is asked before every tile; returns false
/// where it said no, and the cube is then left unfinished.
[[nodiscard]] bool assemble_years_on_ranks(const engine::Mpi& mpi, const RunStart& start,
                                           std::span<const std::byte> shared,
                                           const std::function<bool()>& go_on);

}  // namespace cnci::jobs
