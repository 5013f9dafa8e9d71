// A finished cube opened for reading: what it was made from, its stored chunks, and its values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/grid.h"
#include "io/cube.h"
#include "io/hdf5_handles.h"

namespace cnci::io {

class StoredCube {
 public:
  /// Throws Error where the file is damaged or no cube of this program: nothing that it claims
  /// about itself is taken on trust.
  explicit StoredCube(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const CubeSpec& spec() const { return spec_; }

  /// The stored bytes of a chunk; empty where it was never written.
  [[nodiscard]] std::vector<std::byte> chunk(std::size_t variable, std::size_t year,
                                             std::int64_t chunk_row, std::int64_t chunk_col) const;
  /// The values of a window inside the grid, row by row; NaN where there is none.
  void read(std::size_t variable, std::size_t year, const engine::Window& window,
            std::span<float> values) const;

 private:
  void read_filters();
  /// Every variable must be what the grid, the years and the first variable's chunks say.
  void check_field(std::size_t variable) const;
  void read_attributes();

  std::string path_;
  h5::Handle file_;
  CubeSpec spec_;
  std::vector<h5::Handle> fields_;
};

}  // namespace cnci::io
