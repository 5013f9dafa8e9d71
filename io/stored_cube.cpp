#include "io/stored_cube.h"

#include <array>
#include <chrono>
#include <cmath>

#include "engine/error.h"
#include "io/cube_crs.h"
#include "io/cube_layout.h"
#include "io/hdf5_attributes.h"
#include "io/stored_field.h"
#include "io/tables.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr std::size_t kMostYears = 100'000;

std::vector<double> read_vector(hid_t file, const std::string& path, const std::string& name,
                                std::size_t most) {
  const std::string what = "read the variable " + name;
  const h5::Handle dataset(h5::check(H5Dopen2(file, name.c_str(), H5P_DEFAULT), path, what),
                           H5Dclose);
  std::vector<double> values(h5::element_count(dataset.get(), path, name, most));
  h5::check(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            path, what);
  return values;
}

int year_of_days(double days, const std::string& path) {
  const double since_epoch = days - days_to_year(1970);
  constexpr double kMostDays = 11'000'000;  // 30,000 years, as far as the calendar goes
  if (!(std::abs(since_epoch) < kMostDays)) {
    throw Error(path + ": is damaged: time_bnds has " + number_text(days) + ", which is no day");
  }
  const std::chrono::sys_days day{std::chrono::days{static_cast<int>(since_epoch)}};
  return static_cast<int>(std::chrono::year_month_day{day}.year());
}

CubeVariable read_variable(hid_t id, const std::string& path, const std::string& name) {
  CubeVariable variable;
  variable.name = name;
  variable.unit = h5::read_text(id, path, "units");
  variable.long_name = h5::read_text(id, path, "long_name");
  variable.standard_name = h5::read_text(id, path, "standard_name");
  variable.cell_methods = h5::read_text(id, path, "cell_methods");
  variable.comment = h5::read_text(id, path, "comment");
  if (h5::has_attribute(id, path, "valid_min")) {
    const auto least = h5::read_doubles(id, path, "valid_min");
    if (least.size() == 1) variable.valid_min = least.front();
  }
  if (h5::has_attribute(id, path, "flag_values")) {
    for (const double value : h5::read_doubles(id, path, "flag_values")) {
      variable.flag_values.push_back(static_cast<int>(value));
    }
    std::string meanings = h5::read_text(id, path, "flag_meanings") + " ";
    for (auto end = meanings.find(' '); end != std::string::npos; end = meanings.find(' ')) {
      variable.flag_meanings.push_back(meanings.substr(0, end));
      meanings.erase(0, end + 1);
    }
  }
  return variable;
}

constexpr hsize_t kMostChunkCells = hsize_t{1} << 28;      ///< 1 GiB of float32
constexpr std::int64_t kMostEdge = std::int64_t{1} << 26;  ///< rows or columns
constexpr std::int64_t kMostChunks = std::int64_t{1} << 31;

}  // namespace

StoredCube::StoredCube(const std::string& path)
    : path_(path), file_(h5::open_file_read_only(path)) {
  const hid_t file = file_.get();
  spec_.grid = read_grid(file, path);
  const auto bounds = read_vector(file, path, "time_bnds", 2 * kMostYears);
  for (std::size_t i = 0; i < bounds.size(); i += 2) {
    spec_.years.push_back(year_of_days(bounds[i], path));
  }
  for (const std::string& name : field_names(file, path)) {
    fields_.emplace_back(
        h5::check(H5Dopen2(file, name.c_str(), H5P_DEFAULT), path, "open the variable " + name),
        H5Dclose);
    spec_.variables.push_back(read_variable(fields_.back().get(), path, name));
  }
  if (fields_.empty()) throw Error(path + ": holds no variables");
  read_filters();
  for (std::size_t i = 0; i < fields_.size(); ++i) check_field(i);
  read_attributes();
}

std::vector<std::byte> StoredCube::chunk(std::size_t variable, std::size_t year,
                                         std::int64_t chunk_row, std::int64_t chunk_col) const {
  const std::array<hsize_t, 3> corner{year, static_cast<hsize_t>(chunk_row * spec_.chunk.rows),
                                      static_cast<hsize_t>(chunk_col * spec_.chunk.cols)};
  const auto raw = static_cast<std::size_t>(spec_.chunk.rows * spec_.chunk.cols) * sizeof(float);
  FieldChunk chunk = read_stored_chunk(fields_[variable].get(), path_,
                                       spec_.variables[variable].name, corner, raw);
  if (!chunk.filtered) throw Error(path_ + ": a chunk is not shuffled and deflated");
  return std::move(chunk.bytes);
}

void StoredCube::read(std::size_t variable, std::size_t year, const engine::Window& window,
                      std::span<float> values) const {
  const std::string& name = spec_.variables.at(variable).name;
  const std::string what = "read the values of " + name;
  if (window.intersect(spec_.grid.whole()) != window || window.cells() != values.size() ||
      year >= spec_.years.size()) {
    throw Error(path_ + ": no such window of " + name);
  }
  const hid_t field = fields_[variable].get();
  const std::array<hsize_t, 3> corner{year, static_cast<hsize_t>(window.row),
                                      static_cast<hsize_t>(window.col)};
  const std::array<hsize_t, 3> extent{1, static_cast<hsize_t>(window.rows),
                                      static_cast<hsize_t>(window.cols)};
  h5::silence_errors();
  const h5::Handle space(h5::check(H5Dget_space(field), path_, what), H5Sclose);
  h5::check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, corner.data(), nullptr, extent.data(),
                                nullptr),
            path_, what);
  const h5::Handle memory(h5::check(H5Screate_simple(3, extent.data(), nullptr), path_, what),
                          H5Sclose);
  h5::check(H5Dread(field, H5T_NATIVE_FLOAT, memory.get(), space.get(), H5P_DEFAULT, values.data()),
            path_, what);
}

void StoredCube::read_filters() {
  const std::string what = "read the chunk and filters of " + spec_.variables.front().name;
  const h5::Handle properties(h5::check(H5Dget_create_plist(fields_.front().get()), path_, what),
                              H5Pclose);
  std::array<hsize_t, 3> chunk{};
  h5::check(H5Pget_chunk(properties.get(), 3, chunk.data()), path_, what);
  constexpr hsize_t kLongest = 65'536;  // HDF5's own bound is 4 GB a chunk
  if (chunk[0] != 1 || chunk[1] < 1 || chunk[2] < 1 || chunk[1] > kLongest || chunk[2] > kLongest ||
      chunk[1] * chunk[2] > kMostChunkCells) {
    throw Error(path_ + ": chunks of " + std::to_string(chunk[1]) + " x " +
                std::to_string(chunk[2]) + " cells are not as this program writes them");
  }
  spec_.chunk = {.rows = static_cast<std::int64_t>(chunk[1]),
                 .cols = static_cast<std::int64_t>(chunk[2])};
  unsigned flags = 0;
  unsigned level = 1;
  std::size_t values = 1;
  h5::check(H5Pget_filter_by_id2(properties.get(), H5Z_FILTER_DEFLATE, &flags, &values, &level, 0,
                                 nullptr, nullptr),
            path_, what);
  spec_.compression = static_cast<int>(level);
  spec_.significant_bits = 24;
  if (h5::check(H5Lexists(file_.get(), kQuantization, H5P_DEFAULT), path_, what) > 0) {
    const h5::Handle info(h5::check(H5Dopen2(file_.get(), kQuantization, H5P_DEFAULT), path_, what),
                          H5Dclose);
    spec_.significant_bits = h5::read_int(info.get(), path_, kSignificantBits);
  }
}

void StoredCube::check_field(std::size_t variable) const {
  const std::string& name = spec_.variables[variable].name;
  const std::string what = "read the extent of " + name;
  const hid_t field = fields_[variable].get();
  const h5::Handle space(h5::check(H5Dget_space(field), path_, what), H5Sclose);
  const h5::Handle properties(h5::check(H5Dget_create_plist(field), path_, what), H5Pclose);
  const h5::Handle type(h5::check(H5Dget_type(field), path_, what), H5Tclose);
  std::array<hsize_t, 3> extent{};
  std::array<hsize_t, 3> chunk{};
  h5::check(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), path_, what);
  h5::check(H5Pget_chunk(properties.get(), 3, chunk.data()), path_, what);
  const std::array<hsize_t, 3> grid{spec_.years.size(), static_cast<hsize_t>(spec_.grid.rows),
                                    static_cast<hsize_t>(spec_.grid.cols)};
  const std::array<hsize_t, 3> chunks{1, static_cast<hsize_t>(spec_.chunk.rows),
                                      static_cast<hsize_t>(spec_.chunk.cols)};
  const bool type_fits = h5::check(H5Tequal(type.get(), H5T_IEEE_F32LE), path_, what) > 0;
  if (extent != grid || chunk != chunks || !type_fits) {
    throw Error(path_ + ": the variable " + name +
                " does not fit the grid, the years or the chunks of the file; it is damaged or "
                "was not written by this program");
  }
  if (spec_.grid.rows > kMostEdge || spec_.grid.cols > kMostEdge || spec_.grid.resolution.num < 1 ||
      spec_.grid.resolution.den < 1) {
    throw Error(path_ + ": a grid of " + std::to_string(spec_.grid.rows) + " x " +
                std::to_string(spec_.grid.cols) + " cells of " +
                std::to_string(spec_.grid.resolution.num) + "/" +
                std::to_string(spec_.grid.resolution.den) + " is not one of this program");
  }
  const auto per_row = (spec_.grid.cols + spec_.chunk.cols - 1) / spec_.chunk.cols;
  const auto per_column = (spec_.grid.rows + spec_.chunk.rows - 1) / spec_.chunk.rows;
  if (per_row > kMostChunks / per_column) {
    throw Error(path_ + ": " + std::to_string(per_column) + " x " + std::to_string(per_row) +
                " chunks are more than the " + std::to_string(kMostChunks) + " that are copied");
  }
}

void StoredCube::read_attributes() {
  for (const std::string& name : h5::attribute_names(file_.get(), path_)) {
    spec_.attributes.emplace_back(name, h5::read_text(file_.get(), path_, name));
  }
}

}  // namespace cnci::io
