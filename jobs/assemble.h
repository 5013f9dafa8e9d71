// From finished tiles to the cube: compressed chunks are copied, never compressed again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/cube.h"
#include "io/tile_store.h"
#include "io/zone_table.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

/// Name of the cube of all years, or of one year (files = yearly).
[[nodiscard]] std::string cube_name(const Job& job, int year);

/// Names of all files of a complete output, in the order of publishing; run.json is the last.
[[nodiscard]] std::vector<std::string> result_names(const Job& job);

/// Names of all cubes of a job.
[[nodiscard]] std::vector<std::string> cube_names(const Job& job);

/// A cube that is put together tile by tile, in any order.
class CubeInParts {
 public:
  /// Of the years `first` to `first + count - 1` (indices), under `path`; `setup` must outlive it.
  CubeInParts(const Setup& setup, std::size_t first, std::size_t count, std::string path);

  /// Copies a chunk, where it is of these years.
  void put(const io::StoredChunk& chunk);
  /// Adds the tables and makes it durable, and the sidecar beside it.
  void finish(const io::ZoneTable& table);

 private:
  const Setup& setup_;
  std::size_t first_;
  std::size_t count_;
  std::string path_;
  io::Cube cube_;
};

/// Writes the cube that holds the years `first` to `first + count - 1` (indices) under `path`. Asks
/// `go_on` before every tile and returns false, with the file unfinished, where it says no.
[[nodiscard]] bool assemble_cube(const Setup& setup, const io::TileStore& store,
                                 const std::vector<std::uint32_t>& tiles, std::size_t first,
                                 std::size_t count, const io::ZoneTable& table,
                                 const std::string& path, const std::function<bool()>& go_on);

}  // namespace cnci::jobs
