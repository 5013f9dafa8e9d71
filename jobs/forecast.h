// What a job will take of memory and disk, said before the first tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/plan.h"
#include "jobs/prepare.h"

namespace cnci::jobs {

/// GDAL's block cache of a rank.
inline constexpr std::size_t kGdalCacheBytes = std::size_t{32} << 20;

/// Upper estimate of the bytes that tables of all zones and years need on the disk.
[[nodiscard]] std::uintmax_t forecast_table_bytes(const Setup& setup);
/// The same of tile store, cube and tables together.
[[nodiscard]] std::uintmax_t forecast_disk_bytes(const Setup& setup,
                                                 const std::vector<engine::Tile>& plan);

/// Upper estimate of the resident memory of rank 0, which takes more than the others, in bytes: the
/// program; zones; sums and tables of zones and years; and for each computing thread columns,
/// source windows, blocks of source files with their caches, buffers. Throws Error where `limit_mb`
/// (0: none) is less.
[[nodiscard]] std::size_t rank_memory_bytes(Preparation& preparation, int threads,
                                            std::size_t limit_mb);

}  // namespace cnci::jobs
