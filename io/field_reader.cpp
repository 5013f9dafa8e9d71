#include "io/field_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/error.h"
#include "io/chunk_codec.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_elsewhere.h"
#include "io/stored_field.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr std::int64_t kMostFieldEdge = std::int64_t{1} << 26;  ///< rows or columns
constexpr hsize_t kMostWindowCells = hsize_t{1} << 28;          ///< 1 GiB of float32

bool is_float32(hid_t field, const std::string& path, const std::string& name) {
  const h5::Handle type(h5::check(H5Dget_type(field), path, "read the type of " + name), H5Tclose);
  return H5Tget_class(type.get()) == H5T_FLOAT && H5Tget_size(type.get()) == sizeof(float);
}

std::vector<std::string> float_field_names(hid_t file, const std::string& path) {
  std::vector<std::string> names;
  for (std::string& name : field_names(file, path)) {
    const h5::Handle field(
        h5::check(H5Dopen2(file, name.c_str(), H5P_DEFAULT), path, "open the variable " + name),
        H5Dclose);
    if (is_float32(field.get(), path, name)) names.push_back(std::move(name));
  }
  return names;
}

h5::Handle open_cube(const std::string& path) {
  require_values_inside(path);
  return h5::open_file_read_only(path);
}

}  // namespace

FieldReader::FieldReader(const std::string& path, const std::string& variable)
    : path_(path), name_(variable), file_(open_cube(path)) {
  const std::vector<std::string> names = float_field_names(file_.get(), path);
  if (std::ranges::find(names, variable) == names.end()) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    throw Error(path + ": has no variable " + variable + "; it has " +
                (list.empty() ? "none over time, rows and columns" : list));
  }
  field_ = h5::Handle(h5::check(H5Dopen2(file_.get(), variable.c_str(), H5P_DEFAULT), path,
                                "open the variable " + variable),
                      H5Dclose);
  unit = h5::read_text(field_.get(), path, "units");
  long_name = h5::read_text(field_.get(), path, "long_name");
  if (h5::has_attribute(field_.get(), path, "_FillValue")) {
    const std::vector<double> values = h5::read_doubles(field_.get(), path, "_FillValue");
    if (values.size() == 1) fill = static_cast<float>(values.front());
  }
  read_extent();
  read_layout();
}

void FieldReader::read_extent() {
  const std::string what = "read the extent of " + name_;
  const h5::Handle space(h5::check(H5Dget_space(field_.get()), path_, what), H5Sclose);
  std::array<hsize_t, 3> extent{};
  h5::check(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), path_, what);
  if (extent[1] < 1 || extent[2] < 1 || extent[1] > kMostFieldEdge || extent[2] > kMostFieldEdge) {
    throw Error(path_ + ": the variable " + name_ + " has " + std::to_string(extent[1]) + " x " +
                std::to_string(extent[2]) + " cells, which is no grid");
  }
  years = extent[0];
  rows = static_cast<std::int64_t>(extent[1]);
  cols = static_cast<std::int64_t>(extent[2]);
}

void FieldReader::read_layout() {
  const std::string what = "read the chunk and filters of " + name_;
  const h5::Handle properties(h5::check(H5Dget_create_plist(field_.get()), path_, what), H5Pclose);
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) {
    window_rows = std::min(window_rows, rows);
    window_cols = std::min(window_cols, cols);
    return;
  }
  std::array<hsize_t, 3> chunk{};
  h5::check(H5Pget_chunk(properties.get(), 3, chunk.data()), path_, what);
  if (chunk[1] < 1 || chunk[2] < 1 || chunk[1] > kMostWindowCells / chunk[2] ||
      chunk[0] > kMostWindowCells / (chunk[1] * chunk[2])) {
    throw Error(path_ + ": chunks of " + std::to_string(chunk[1]) + " x " +
                std::to_string(chunk[2]) + " cells of " + name_ + " are too large");
  }
  window_rows = static_cast<std::int64_t>(chunk[1]);
  window_cols = static_cast<std::int64_t>(chunk[2]);
  decoded_here_ = chunk[0] == 1 && is_decoded_here(properties.get());
}

/// Shuffled and deflated little-endian values; what was never written is NaN.
bool FieldReader::is_decoded_here(hid_t properties) const {
  const std::string what = "read the filters of " + name_;
  const h5::Handle type(h5::check(H5Dget_type(field_.get()), path_, what), H5Tclose);
  if (h5::check(H5Tequal(type.get(), H5T_IEEE_F32LE), path_, what) == 0) return false;
  float never_written = 0;
  h5::check(H5Pget_fill_value(properties, H5T_NATIVE_FLOAT, &never_written), path_, what);
  if (!std::isnan(never_written)) return false;
  if (h5::check(H5Pget_nfilters(properties), path_, what) != 2) return false;
  const auto filter = [&](unsigned index) {
    unsigned flags = 0;
    std::size_t values = 0;
    return h5::check(
        H5Pget_filter2(properties, index, &flags, &values, nullptr, 0, nullptr, nullptr), path_,
        what);
  };
  return filter(0) == H5Z_FILTER_SHUFFLE && filter(1) == H5Z_FILTER_DEFLATE;
}

RawWindow FieldReader::read(std::size_t year, std::int64_t row, std::int64_t col) const {
  h5::silence_errors();  // of this thread
  if (!decoded_here_) return {.deflated = {}, .values = read_through_hdf5(year, row, col)};
  FieldChunk chunk = read_stored_chunk(field_.get(), path_, name_,
                                       {year, static_cast<hsize_t>(row), static_cast<hsize_t>(col)},
                                       window_cells() * sizeof(float));
  if (!chunk.filtered) return {.deflated = {}, .values = read_through_hdf5(year, row, col)};
  return {.deflated = std::move(chunk.bytes), .values = {}};
}

std::vector<float> FieldReader::read_through_hdf5(std::size_t year, std::int64_t row,
                                                  std::int64_t col) const {
  const std::string what = "read values of " + name_;
  const std::array<hsize_t, 3> from{year, static_cast<hsize_t>(row), static_cast<hsize_t>(col)};
  const std::array<hsize_t, 3> count{1, static_cast<hsize_t>(std::min(window_rows, rows - row)),
                                     static_cast<hsize_t>(std::min(window_cols, cols - col))};
  const std::array<hsize_t, 3> window{1, static_cast<hsize_t>(window_rows),
                                      static_cast<hsize_t>(window_cols)};
  const std::array<hsize_t, 3> corner{0, 0, 0};
  const h5::Handle stored(h5::check(H5Dget_space(field_.get()), path_, what), H5Sclose);
  const h5::Handle memory(h5::check(H5Screate_simple(3, window.data(), nullptr), path_, what),
                          H5Sclose);
  h5::check(H5Sselect_hyperslab(stored.get(), H5S_SELECT_SET, from.data(), nullptr, count.data(),
                                nullptr),
            path_, what);
  h5::check(H5Sselect_hyperslab(memory.get(), H5S_SELECT_SET, corner.data(), nullptr, count.data(),
                                nullptr),
            path_, what);
  std::vector<float> values(window_cells(), std::numeric_limits<float>::quiet_NaN());
  h5::check(H5Dread(field_.get(), H5T_NATIVE_FLOAT, memory.get(), stored.get(), H5P_DEFAULT,
                    values.data()),
            path_, what);
  return values;
}

std::vector<float> FieldReader::decode(RawWindow raw) const {
  if (raw.deflated.empty()) return std::move(raw.values);
  try {
    return decode_chunk(raw.deflated, window_cells());
  } catch (const Error& error) {
    throw Error(path_ + ": variable " + name_ + ": " + error.what());
  }
}

std::vector<std::string> cube_variables(const std::string& cube_path) {
  const h5::Handle file = open_cube(cube_path);
  std::vector<std::string> names;
  for (std::string& name : float_field_names(file.get(), cube_path)) {
    const h5::Handle field(h5::check(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), cube_path,
                                     "open the variable " + name),
                           H5Dclose);
    if (!h5::has_attribute(field.get(), cube_path, "flag_values")) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace cnci::io
