// The fixed parts of a cube: dimensions, coordinates with their bounds, cell areas, and the
// declarations of the variables, as CF and netCDF-4 want them.
#pragma once

#include <hdf5.h>

#include <span>
#include <string>
#include <vector>

#include "io/cube.h"
#include "io/hdf5_handles.h"

namespace cnci::io {

inline constexpr const char* kQuantization = "quantization_info";
inline constexpr const char* kSignificantBits = "significant_bits";

/// Names of the two horizontal dimensions: lat and lon, or y and x.
struct AxisNames {
  const char* rows;
  const char* cols;
};
[[nodiscard]] AxisNames axis_names(const engine::Grid& grid);

/// Days from the cube's epoch (1850-01-01) to the first of January of a year.
[[nodiscard]] double days_to_year(int year);

/// A dataset of doubles, contiguous, written at once; axis 0 first.
[[nodiscard]] h5::Handle write_doubles_dataset(hid_t group, const std::string& file,
                                               const std::string& name,
                                               std::span<const hsize_t> extent,
                                               std::span<const double> values);

/// Makes a dataset the scale of a dimension, or attaches the scale of axis `axis`.
void make_scale(const h5::Handle& dataset, const std::string& file, const std::string& name);
void attach_scale(hid_t dataset, const h5::Handle& scale, unsigned axis, const std::string& file);

/// Everything that does not depend on values; returns the variables, in the order of the spec.
[[nodiscard]] std::vector<h5::Handle> write_layout(hid_t file, const std::string& path,
                                                   const CubeSpec& spec,
                                                   const engine::CellArea& area);

}  // namespace cnci::io
