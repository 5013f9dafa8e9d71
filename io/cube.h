// The result as a CF-1.10 cube in HDF5, readable as netCDF-4: dimensions time, lat/y, lon/x, chunks
// one year deep, assembled from compressed chunks. Rows run north to south.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/cell_area.h"
#include "engine/grid.h"
#include "io/zone_table.h"

namespace cnci::io {

struct CubeVariable {
  std::string name;
  std::string unit;
  std::string long_name;
  std::string standard_name;
  std::string cell_methods;
  std::string comment;
  std::vector<int> flag_values;
  std::vector<std::string> flag_meanings;
  std::optional<double> valid_min = {};  ///< no value lies below
};

/// Cells of a chunk of the cube.
struct ChunkShape {
  std::int64_t rows = 512;
  std::int64_t cols = 512;
  bool operator==(const ChunkShape&) const = default;
};

/// The chunk for a job's `output.chunk` and `grid.tile`: at most the tile and the grid. Throws
/// Error where a tile larger than a chunk is no multiple of it (unless one tile spans the grid that
/// way).
[[nodiscard]] ChunkShape chunk_shape(const engine::Grid& grid, std::int64_t tile,
                                     std::int64_t chunk);

struct CubeSpec {
  engine::Grid grid;
  std::vector<int> years;
  std::vector<CubeVariable> variables;
  ChunkShape chunk;
  int compression = 1;
  int significant_bits = 16;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< global: title, history, ...
};

class Cube {
 public:
  /// Creates the file (under the name given; the caller renames it when complete).
  Cube(const std::string& path, const CubeSpec& spec, const engine::CellArea& area);
  ~Cube();
  Cube(Cube&&) noexcept;
  Cube& operator=(Cube&&) noexcept;

  /// A chunk as encode_chunk() made it: rows x cols values of the chunk shape, NaN beyond the grid.
  void put_chunk(std::size_t variable, std::size_t year, std::int64_t chunk_row,
                 std::int64_t chunk_col, std::span<const std::byte> bytes);
  /// Group /zones: node table and every column over (time, zone).
  void write_zones(const ZoneTable& table);
  /// Flushes, syncs and closes; throws Error where that fails.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Copies the years of several cubes of one grid and one set of variables into a new one, without
/// compressing again; throws Error naming the first difference. `history`: a line for the attribute
/// of that name.
void join_cubes(const std::vector<std::string>& paths, const std::string& into,
                const ZoneTable& table, const std::string& history = {});

}  // namespace cnci::io
