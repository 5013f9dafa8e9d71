// One field of a cube, read window by window: a window is a chunk as it is stored, so that decoding
// it can be left to another thread. Fields that this program has not written (other filters or
// types, no chunks) are read through HDF5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "io/hdf5_handles.h"

namespace cnci::io {

/// What was read of a window, not decoded yet; without bytes and values all of it is missing.
struct RawWindow {
  std::vector<std::byte> deflated;
  std::vector<float> values;
};

class FieldReader {
 public:
  /// Throws Error naming file and variable where the cube has no such float32 field.
  FieldReader(const std::string& path, const std::string& variable);

  std::string unit;
  std::string long_name;
  std::size_t years = 0;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t window_rows = 512;
  std::int64_t window_cols = 512;
  /// A value that stands for missing, beside NaN.
  float fill = std::numeric_limits<float>::quiet_NaN();

  /// One call at a time, from any thread. `row` and `col` are multiples of the window's.
  [[nodiscard]] RawWindow read(std::size_t year, std::int64_t row, std::int64_t col) const;
  /// All values of a whole window, what lies beyond the grid included; empty where all are missing.
  /// Calls may run at the same time.
  [[nodiscard]] std::vector<float> decode(RawWindow raw) const;

 private:
  void read_extent();
  void read_layout();
  [[nodiscard]] bool is_decoded_here(hid_t properties) const;
  [[nodiscard]] std::size_t window_cells() const {
    return static_cast<std::size_t>(window_rows * window_cols);
  }
  [[nodiscard]] std::vector<float> read_through_hdf5(std::size_t year, std::int64_t row,
                                                     std::int64_t col) const;

  std::string path_;
  std::string name_;
  h5::Handle file_;
  h5::Handle field_;
  bool decoded_here_ = false;
};

/// Names of the float32 fields over time, rows and columns; not those of classes (`flag_values`),
/// which have no mean.
[[nodiscard]] std::vector<std::string> cube_variables(const std::string& cube_path);

}  // namespace cnci::io
