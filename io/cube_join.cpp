// Cubes of one grid and one set of variables, computed apart, become one: chunks are copied as they
// are stored.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "io/crs.h"
#include "io/cube.h"
#include "io/cube_crs.h"
#include "io/cube_layout.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_handles.h"
#include "io/stored_field.h"
#include "io/tables.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Grid;

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

/// A cube opened for reading: what it was made from, and its stored chunks.
class StoredCube {
 public:
  explicit StoredCube(const std::string& path) : path_(path), file_(h5::open_file_read_only(path)) {
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

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const CubeSpec& spec() const { return spec_; }

  /// The stored bytes of a chunk; empty where it was never written.
  [[nodiscard]] std::vector<std::byte> chunk(std::size_t variable, std::size_t year,
                                             std::int64_t chunk_row, std::int64_t chunk_col) const {
    const std::array<hsize_t, 3> corner{year, static_cast<hsize_t>(chunk_row * spec_.chunk.rows),
                                        static_cast<hsize_t>(chunk_col * spec_.chunk.cols)};
    const auto raw = static_cast<std::size_t>(spec_.chunk.rows * spec_.chunk.cols) * sizeof(float);
    StoredChunk chunk = read_stored_chunk(fields_[variable].get(), path_,
                                          spec_.variables[variable].name, corner, raw);
    if (!chunk.filtered) throw Error(path_ + ": a chunk is not shuffled and deflated");
    return std::move(chunk.bytes);
  }

 private:
  void read_filters() {
    const std::string what = "read the chunk and filters of " + spec_.variables.front().name;
    const h5::Handle properties(h5::check(H5Dget_create_plist(fields_.front().get()), path_, what),
                                H5Pclose);
    std::array<hsize_t, 3> chunk{};
    h5::check(H5Pget_chunk(properties.get(), 3, chunk.data()), path_, what);
    constexpr hsize_t kLongest = 65'536;  // HDF5's own bound is 4 GB a chunk
    if (chunk[0] != 1 || chunk[1] < 1 || chunk[2] < 1 || chunk[1] > kLongest ||
        chunk[2] > kLongest || chunk[1] * chunk[2] > kMostChunkCells) {
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
      const h5::Handle info(
          h5::check(H5Dopen2(file_.get(), kQuantization, H5P_DEFAULT), path_, what), H5Dclose);
      spec_.significant_bits = h5::read_int(info.get(), path_, kSignificantBits);
    }
  }

  /// Every variable must be what the grid, the years and the first variable's chunks say.
  void check_field(std::size_t variable) const {
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
    if (spec_.grid.rows > kMostEdge || spec_.grid.cols > kMostEdge ||
        spec_.grid.resolution.num < 1 || spec_.grid.resolution.den < 1) {
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

  void read_attributes() {
    for (const std::string& name : h5::attribute_names(file_.get(), path_)) {
      spec_.attributes.emplace_back(name, h5::read_text(file_.get(), path_, name));
    }
  }

  std::string path_;
  h5::Handle file_;
  CubeSpec spec_;
  std::vector<h5::Handle> fields_;
};

/// Compares what must agree; the first difference becomes the Error.
class Comparison {
 public:
  Comparison(const StoredCube& a, const StoredCube& b) : a_(a), b_(b) {
    grids(a.spec().grid, b.spec().grid);
    same("chunk rows", a.spec().chunk.rows, b.spec().chunk.rows);
    same("chunk columns", a.spec().chunk.cols, b.spec().chunk.cols);
    same("significant bits", a.spec().significant_bits, b.spec().significant_bits);
    same("number of variables", a.spec().variables.size(), b.spec().variables.size());
    for (std::size_t i = 0; i < a.spec().variables.size(); ++i) {
      variables(a.spec().variables[i], b.spec().variables[i]);
    }
  }

 private:
  void same(const std::string& what, const std::string& a, const std::string& b) const {
    if (a == b) return;
    throw Error(b_.path() + ": cannot be joined with " + a_.path() + ": the " + what +
                " differs ('" + b + "' against '" + a + "')");
  }
  template <std::integral T>
  void same(const std::string& what, T a, T b) const {
    same(what, std::to_string(a), std::to_string(b));
  }

  void grids(const Grid& a, const Grid& b) const {
    same("grid's kind", a.geographic ? "geographic" : "projected",
         b.geographic ? "geographic" : "projected");
    same("grid's origin", number_text(a.origin_x) + ", " + number_text(a.origin_y),
         number_text(b.origin_x) + ", " + number_text(b.origin_y));
    const auto ratio = [](const engine::Rational& r) {
      return std::to_string(r.num) + "/" + std::to_string(r.den);
    };
    same("grid's resolution", ratio(a.resolution), ratio(b.resolution));
    same("grid's western edge", a.west, b.west);
    same("grid's northern edge", a.north, b.north);
    same("number of columns", a.cols, b.cols);
    same("number of rows", a.rows, b.rows);
    same("grid's CRS", a.crs_wkt, b.crs_wkt);
  }

  void variables(const CubeVariable& a, const CubeVariable& b) const {
    same("name of a variable", a.name, b.name);
    same("unit of " + a.name, a.unit, b.unit);
    same("long_name of " + a.name, a.long_name, b.long_name);
    same("standard_name of " + a.name, a.standard_name, b.standard_name);
    same("cell_methods of " + a.name, a.cell_methods, b.cell_methods);
    same("comment of " + a.name, a.comment, b.comment);
    if (a.flag_values != b.flag_values || a.flag_meanings != b.flag_meanings) {
      same("flags of " + a.name, "these", "others");
    }
  }

  const StoredCube& a_;
  const StoredCube& b_;
};

/// Where a year of the joined cube comes from.
struct YearSource {
  int year = 0;
  std::size_t cube = 0;
  std::size_t position = 0;
};

std::vector<YearSource> ordered_years(const std::vector<StoredCube>& cubes) {
  std::vector<YearSource> years;
  for (std::size_t c = 0; c < cubes.size(); ++c) {
    for (std::size_t y = 0; y < cubes[c].spec().years.size(); ++y) {
      years.push_back({.year = cubes[c].spec().years[y], .cube = c, .position = y});
    }
  }
  std::stable_sort(years.begin(), years.end(),
                   [](const YearSource& a, const YearSource& b) { return a.year < b.year; });
  const auto twice =
      std::adjacent_find(years.begin(), years.end(),
                         [](const YearSource& a, const YearSource& b) { return a.year == b.year; });
  if (twice != years.end()) {
    throw Error(cubes[(twice + 1)->cube].path() + ": the year " + std::to_string(twice->year) +
                " is also in " + cubes[twice->cube].path() + "; leave one of them out");
  }
  return years;
}

/// Attributes of the first cube; where the cubes say different things, all of them, in order.
std::vector<std::pair<std::string, std::string>> joined_attributes(
    const std::vector<StoredCube>& cubes) {
  auto attributes = cubes.front().spec().attributes;
  for (auto& [name, text] : attributes) {
    std::vector<std::string> seen{text};
    for (const StoredCube& cube : cubes) {
      for (const auto& [other_name, other] : cube.spec().attributes) {
        if (other_name != name || std::find(seen.begin(), seen.end(), other) != seen.end())
          continue;
        seen.push_back(other);
        text += "; " + other;
      }
    }
  }
  return attributes;
}

void copy_chunks(const std::vector<StoredCube>& cubes, const std::vector<YearSource>& years,
                 const CubeSpec& spec, Cube& cube) {
  const std::int64_t rows = (spec.grid.rows + spec.chunk.rows - 1) / spec.chunk.rows;
  const std::int64_t cols = (spec.grid.cols + spec.chunk.cols - 1) / spec.chunk.cols;
  for (std::size_t year = 0; year < years.size(); ++year) {
    const StoredCube& source = cubes[years[year].cube];
    for (std::size_t variable = 0; variable < spec.variables.size(); ++variable) {
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t col = 0; col < cols; ++col) {
          const auto bytes = source.chunk(variable, years[year].position, row, col);
          if (!bytes.empty()) cube.put_chunk(variable, year, row, col, bytes);
        }
      }
    }
  }
}

}  // namespace

void join_cubes(const std::vector<std::string>& paths, const std::string& into,
                const ZoneTable& table) {
  if (paths.empty()) throw Error(into + ": no cubes to join");
  std::vector<StoredCube> cubes;
  cubes.reserve(paths.size());
  for (const std::string& path : paths) {
    std::error_code none;
    if (std::filesystem::equivalent(path, into, none)) {
      throw Error(into + ": is one of the cubes to join; choose another name");
    }
    cubes.emplace_back(path);
    static_cast<void>(Comparison(cubes.front(), cubes.back()));
  }
  const std::vector<YearSource> years = ordered_years(cubes);
  CubeSpec spec = cubes.front().spec();
  spec.years.clear();
  for (const YearSource& source : years) spec.years.push_back(source.year);
  spec.attributes = joined_attributes(cubes);

  const std::shared_ptr<const engine::CoordinateTransform> to_lonlat =
      spec.grid.geographic ? nullptr : make_transform(spec.grid.crs_wkt, wgs84_wkt());
  try {
    Cube cube(into, spec, engine::CellArea(spec.grid, to_lonlat));
    copy_chunks(cubes, years, spec, cube);
    cube.write_zones(table);
    cube.close();
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(into, ignored);
    throw;
  }
}

}  // namespace cnci::io
