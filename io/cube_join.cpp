// Cubes of one grid and one set of variables, computed apart, become one: chunks are copied as they
// are stored.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "io/crs.h"
#include "io/cube.h"
#include "io/stored_cube.h"
#include "io/tables.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Grid;

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
    const auto text = [](const std::optional<double>& least) {
      return least ? number_text(*least) : std::string("none");
    };
    same("valid_min of " + a.name, text(a.valid_min), text(b.valid_min));
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
        text += (name == "history" ? "\n" : "; ") + other;
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
                const ZoneTable& table, const std::string& history) {
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
  for (auto& [name, text] : spec.attributes) {
    if (name == "history" && !history.empty()) text += "\n" + history;
  }

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
