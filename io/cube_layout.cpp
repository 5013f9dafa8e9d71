#include "io/cube_layout.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include "engine/error.h"
#include "io/chunk_codec.h"
#include "io/cube_crs.h"
#include "io/hdf5_attributes.h"

namespace cnci::io {
namespace {

using engine::CellArea;
using engine::Grid;

constexpr int kEpochYear = 1850;
constexpr const char* kConventions = "CF-1.10";

/// The dimensions of a cube, each with its scale; `nv` has no values: a dimension only.
struct Dimensions {
  h5::Handle time;
  h5::Handle rows;
  h5::Handle cols;
  h5::Handle nv;
};

struct Axis {
  std::string name;
  std::string standard_name;
  std::string long_name;
  std::string unit;
  std::string letter;
  std::vector<double> centre;
  std::vector<double> bounds;  ///< two a cell
};

Axis row_axis(const Grid& grid) {
  Axis axis;
  axis.name = axis_names(grid).rows;
  axis.standard_name = grid.geographic ? "latitude" : "projection_y_coordinate";
  axis.long_name = grid.geographic ? "latitude of the cell centre" : "northing of the cell centre";
  axis.unit = grid.geographic ? "degrees_north" : coordinate_unit(grid);
  axis.letter = "Y";
  for (std::int64_t row = 0; row < grid.rows; ++row) {
    axis.centre.push_back(grid.y_at(static_cast<double>(row) + 0.5));
    axis.bounds.push_back(grid.y_edge(row));
    axis.bounds.push_back(grid.y_edge(row + 1));
  }
  return axis;
}

Axis col_axis(const Grid& grid) {
  Axis axis;
  axis.name = axis_names(grid).cols;
  axis.standard_name = grid.geographic ? "longitude" : "projection_x_coordinate";
  axis.long_name = grid.geographic ? "longitude of the cell centre" : "easting of the cell centre";
  axis.unit = grid.geographic ? "degrees_east" : coordinate_unit(grid);
  axis.letter = "X";
  for (std::int64_t col = 0; col < grid.cols; ++col) {
    axis.centre.push_back(grid.x_at(static_cast<double>(col) + 0.5));
    axis.bounds.push_back(grid.x_edge(col));
    axis.bounds.push_back(grid.x_edge(col + 1));
  }
  return axis;
}

Axis time_axis(const std::vector<int>& years) {
  Axis axis;
  axis.name = "time";
  axis.standard_name = "time";
  axis.long_name = "middle of the year";
  axis.unit = "days since " + std::to_string(kEpochYear) + "-01-01";
  axis.letter = "T";
  for (const int year : years) {
    const double begin = days_to_year(year);
    const double end = days_to_year(year + 1);
    axis.centre.push_back((begin + end) / 2);
    axis.bounds.push_back(begin);
    axis.bounds.push_back(end);
  }
  return axis;
}

/// netCDF-4's own way to have a dimension without a variable: a scale of this name.
h5::Handle write_bare_dimension(hid_t file, const std::string& path, const char* name,
                                hsize_t size) {
  const std::string what = std::string("create the dimension ") + name;
  const h5::Handle space(h5::check(H5Screate_simple(1, &size, nullptr), path, what), H5Sclose);
  const h5::Handle properties = h5::dataset_properties(path);
  h5::Handle dataset(h5::check(H5Dcreate2(file, name, H5T_IEEE_F32BE, space.get(), H5P_DEFAULT,
                                          properties.get(), H5P_DEFAULT),
                               path, what),
                     H5Dclose);
  std::array<char, 96> label{};
  std::snprintf(label.data(), label.size(),
                "This is a netCDF dimension but not a netCDF variable.%10llu",
                static_cast<unsigned long long>(size));
  make_scale(dataset, path, label.data());
  return dataset;
}

h5::Handle write_axis(hid_t file, const std::string& path, const Axis& axis, const h5::Handle& nv) {
  const std::string bounds = axis.name + "_bnds";
  const std::array<hsize_t, 2> extent{axis.centre.size(), 2};
  h5::Handle scale =
      write_doubles_dataset(file, path, axis.name, std::span(extent).first(1), axis.centre);
  make_scale(scale, path, axis.name);
  h5::write_text(scale.get(), path, "standard_name", axis.standard_name);
  h5::write_text(scale.get(), path, "long_name", axis.long_name);
  h5::write_text(scale.get(), path, "units", axis.unit);
  if (axis.letter == "T") h5::write_text(scale.get(), path, "calendar", "standard");
  h5::write_text(scale.get(), path, "axis", axis.letter);
  h5::write_text(scale.get(), path, "bounds", bounds);
  const h5::Handle edges = write_doubles_dataset(file, path, bounds, extent, axis.bounds);
  attach_scale(edges.get(), scale, 0, path);
  attach_scale(edges.get(), nv, 1, path);
  return scale;
}

/// Properties of float32 data in compressed chunks; what is never written reads as NaN.
h5::Handle chunked_properties(const std::string& path, std::span<const hsize_t> chunk,
                              int compression) {
  const std::string what = "set the chunks of a variable";
  h5::Handle properties = h5::dataset_properties(path);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  h5::check(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()), path,
            what);
  h5::check(H5Pset_fill_value(properties.get(), H5T_NATIVE_FLOAT, &nan), path, what);
  h5::check(H5Pset_shuffle(properties.get()), path, what);
  h5::check(H5Pset_deflate(properties.get(), static_cast<unsigned>(compression)), path, what);
  return properties;
}

void describe_cell_area(hid_t variable, const std::string& path) {
  h5::write_text(variable, path, "standard_name", "cell_area");
  h5::write_text(variable, path, "long_name", "area of a grid cell on the WGS84 ellipsoid");
  h5::write_text(variable, path, "units", "km2");
}

/// Areas of a geographic grid depend on latitude alone.
void write_latitude_areas(hid_t file, const std::string& path, const Grid& grid,
                          const CellArea& area, const Dimensions& dims) {
  const auto areas = area.areas_km2({.col = 0, .row = 0, .cols = 1, .rows = grid.rows});
  const hsize_t extent = areas.size();
  const h5::Handle variable = write_doubles_dataset(file, path, "cell_area", {&extent, 1}, areas);
  attach_scale(variable.get(), dims.rows, 0, path);
  describe_cell_area(variable.get(), path);
}

/// Areas of any other grid, chunk by chunk.
void write_area_field(hid_t file, const std::string& path, const CubeSpec& spec,
                      const CellArea& area, const Dimensions& dims) {
  const std::string what = "write the variable cell_area";
  const Grid& grid = spec.grid;
  const std::array<hsize_t, 2> extent{static_cast<hsize_t>(grid.rows),
                                      static_cast<hsize_t>(grid.cols)};
  const std::array<hsize_t, 2> chunk{static_cast<hsize_t>(spec.chunk.rows),
                                     static_cast<hsize_t>(spec.chunk.cols)};
  const h5::Handle space(h5::check(H5Screate_simple(2, extent.data(), nullptr), path, what),
                         H5Sclose);
  const h5::Handle properties = chunked_properties(path, chunk, spec.compression);
  const h5::Handle variable(h5::check(H5Dcreate2(file, "cell_area", H5T_IEEE_F32LE, space.get(),
                                                 H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                                      path, what),
                            H5Dclose);
  attach_scale(variable.get(), dims.rows, 0, path);
  attach_scale(variable.get(), dims.cols, 1, path);
  describe_cell_area(variable.get(), path);
  h5::write_text(variable.get(), path, "grid_mapping", "crs");
  for (std::int64_t row = 0; row < grid.rows; row += spec.chunk.rows) {
    for (std::int64_t col = 0; col < grid.cols; col += spec.chunk.cols) {
      const auto areas = area.areas_km2(
          {.col = col, .row = row, .cols = spec.chunk.cols, .rows = spec.chunk.rows});
      const std::vector<float> values(areas.begin(), areas.end());
      const auto bytes = encode_chunk(values, spec.compression);
      const std::array<hsize_t, 2> corner{static_cast<hsize_t>(row), static_cast<hsize_t>(col)};
      h5::check(
          H5Dwrite_chunk(variable.get(), H5P_DEFAULT, 0, corner.data(), bytes.size(), bytes.data()),
          path, what);
    }
  }
}

/// CF 1.12's container variable; earlier readers see attributes that do not concern them.
void write_quantization(hid_t file, const std::string& path, int significant_bits) {
  const std::string what = std::string("create the variable ") + kQuantization;
  const h5::Handle space(h5::check(H5Screate(H5S_SCALAR), path, what), H5Sclose);
  const h5::Handle properties = h5::dataset_properties(path);
  const h5::Handle variable(h5::check(H5Dcreate2(file, kQuantization, H5T_STD_I32LE, space.get(),
                                                 H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                                      path, what),
                            H5Dclose);
  const std::int32_t zero = 0;
  h5::check(H5Dwrite(variable.get(), H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, &zero), path,
            what);
  h5::write_text(variable.get(), path, "algorithm", "bitround");
  h5::write_text(variable.get(), path, "implementation",
                 "cnci, rounded to nearest, ties to even, before compression");
  h5::write_int(variable.get(), path, kSignificantBits, significant_bits);
}

void describe_flags(hid_t id, const std::string& path, const CubeVariable& variable) {
  const std::vector<float> values(variable.flag_values.begin(), variable.flag_values.end());
  std::string meanings;
  for (const std::string& meaning : variable.flag_meanings) {
    meanings += (meanings.empty() ? "" : " ") + meaning;
  }
  const auto [least, most] = std::ranges::minmax(values);
  const std::array<float, 2> range{least, most};
  h5::write_floats(id, path, "valid_range", range);
  h5::write_floats(id, path, "flag_values", values);
  h5::write_text(id, path, "flag_meanings", meanings);
}

void describe_variable(hid_t id, const std::string& path, const CubeVariable& variable,
                       const CubeSpec& spec) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  h5::write_floats(id, path, "_FillValue", {&nan, 1});
  h5::write_text(id, path, "long_name", variable.long_name);
  h5::write_text(id, path, "standard_name", variable.standard_name);
  h5::write_text(id, path, "units", variable.unit);
  h5::write_text(id, path, "cell_methods", variable.cell_methods);
  h5::write_text(id, path, "comment", variable.comment);
  if (variable.valid_min) {
    const auto least = static_cast<float>(*variable.valid_min);
    h5::write_floats(id, path, "valid_min", {&least, 1});
  }
  h5::write_text(id, path, "grid_mapping", "crs");
  // CDO takes areas by latitude alone for a field of them, and weighs by what is not there.
  if (!spec.grid.geographic) h5::write_text(id, path, "cell_measures", "area: cell_area");
  if (!variable.flag_values.empty()) {
    describe_flags(id, path, variable);
  } else if (spec.significant_bits < 24) {
    h5::write_text(id, path, "quantization", kQuantization);
    // CF counts the mantissa bits that are stored, not the implicit one.
    h5::write_int(id, path, "quantization_nsb", spec.significant_bits - 1);
  }
}

std::vector<h5::Handle> write_variables(hid_t file, const std::string& path, const CubeSpec& spec,
                                        const Dimensions& dims) {
  const std::array<hsize_t, 3> extent{spec.years.size(), static_cast<hsize_t>(spec.grid.rows),
                                      static_cast<hsize_t>(spec.grid.cols)};
  const std::array<hsize_t, 3> chunk{1, static_cast<hsize_t>(spec.chunk.rows),
                                     static_cast<hsize_t>(spec.chunk.cols)};
  std::vector<h5::Handle> variables;
  for (const CubeVariable& variable : spec.variables) {
    const std::string what = "create the variable " + variable.name;
    const h5::Handle space(h5::check(H5Screate_simple(3, extent.data(), nullptr), path, what),
                           H5Sclose);
    const h5::Handle properties = chunked_properties(path, chunk, spec.compression);
    h5::Handle dataset(
        h5::check(H5Dcreate2(file, variable.name.c_str(), H5T_IEEE_F32LE, space.get(), H5P_DEFAULT,
                             properties.get(), H5P_DEFAULT),
                  path, what),
        H5Dclose);
    attach_scale(dataset.get(), dims.time, 0, path);
    attach_scale(dataset.get(), dims.rows, 1, path);
    attach_scale(dataset.get(), dims.cols, 2, path);
    describe_variable(dataset.get(), path, variable, spec);
    variables.push_back(std::move(dataset));
  }
  return variables;
}

}  // namespace

AxisNames axis_names(const Grid& grid) {
  return grid.geographic ? AxisNames{"lat", "lon"} : AxisNames{"y", "x"};
}

double days_to_year(int year) {
  using std::chrono::January;
  const std::chrono::sys_days begin = std::chrono::year{year} / January / 1;
  const std::chrono::sys_days epoch = std::chrono::year{kEpochYear} / January / 1;
  return static_cast<double>((begin - epoch).count());
}

h5::Handle write_doubles_dataset(hid_t group, const std::string& file, const std::string& name,
                                 std::span<const hsize_t> extent, std::span<const double> values) {
  const std::string what = "write the variable " + name;
  const h5::Handle space(
      h5::check(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), file,
                what),
      H5Sclose);
  const h5::Handle properties = h5::dataset_properties(file);
  h5::check(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER), file, what);
  h5::Handle dataset(h5::check(H5Dcreate2(group, name.c_str(), H5T_IEEE_F64LE, space.get(),
                                          H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                               file, what),
                     H5Dclose);
  h5::check(
      H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
      file, what);
  return dataset;
}

void make_scale(const h5::Handle& dataset, const std::string& file, const std::string& name) {
  h5::check(H5DSset_scale(dataset.get(), name.c_str()), file, "make the dimension " + name);
}

void attach_scale(hid_t dataset, const h5::Handle& scale, unsigned axis, const std::string& file) {
  h5::check(H5DSattach_scale(dataset, scale.get(), axis), file, "attach a dimension");
}

std::vector<h5::Handle> write_layout(hid_t file, const std::string& path, const CubeSpec& spec,
                                     const CellArea& area) {
  h5::write_text(file, path, "Conventions", kConventions);
  for (const auto& [name, text] : spec.attributes) {
    if (name != "Conventions") h5::write_text(file, path, name, text);
  }
  Dimensions dims;
  dims.nv = write_bare_dimension(file, path, "nv", 2);
  dims.time = write_axis(file, path, time_axis(spec.years), dims.nv);
  dims.rows = write_axis(file, path, row_axis(spec.grid), dims.nv);
  dims.cols = write_axis(file, path, col_axis(spec.grid), dims.nv);
  write_grid_mapping(file, path, spec.grid);
  if (spec.significant_bits < 24) write_quantization(file, path, spec.significant_bits);
  if (spec.grid.geographic) {
    write_latitude_areas(file, path, spec.grid, area, dims);
  } else {
    write_area_field(file, path, spec, area, dims);
  }
  return write_variables(file, path, spec, dims);
}

}  // namespace cnci::io
