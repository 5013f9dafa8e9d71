// What the tests of the cube share: small grids, a cube whose values tell their place, and other
// people's readers.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "io/chunk_codec.h"
#include "io/crs.h"
#include "io/cube.h"

namespace cnci::io::cube_testing {

namespace fs = std::filesystem;
using engine::Grid;
using nlohmann::json;

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// 103..105.5 E, 29..27 N in half degrees: 4 rows, 5 columns.
inline Grid geographic_grid() {
  Grid grid;
  grid.crs_wkt = crs_wkt("EPSG:4326");
  grid.geographic = true;
  grid.resolution = {1, 2};
  grid.west = 206;
  grid.north = 58;
  grid.cols = 5;
  grid.rows = 4;
  return grid;
}

/// An Albers grid of 10 km cells over the middle of China: 4 rows, 5 columns.
inline Grid albers_grid() {
  Grid grid = geographic_grid();
  grid.crs_wkt = crs_wkt(
      "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +x_0=0 +y_0=0 +datum=WGS84 +units=m");
  grid.geographic = false;
  grid.resolution = {10000, 1};
  grid.west = -12;
  grid.north = 300;
  return grid;
}

inline CubeSpec spec_of(const Grid& grid, std::vector<int> years) {
  CubeSpec spec;
  spec.grid = grid;
  spec.years = std::move(years);
  spec.chunk = {.rows = 2, .cols = 3};
  spec.variables = {{.name = "ccsf",
                     .unit = "t km-2 year-1",
                     .long_name = "carbonate sink expressed as carbon dioxide",
                     .standard_name = "",
                     .cell_methods = "area: mean time: sum",
                     .comment = "positive into the ground",
                     .flag_values = {},
                     .flag_meanings = {},
                     .valid_min = 0},
                    {.name = "branch",
                     .unit = "1",
                     .long_name = "branch",
                     .standard_name = "status_flag",
                     .cell_methods = "",
                     .comment = "",
                     .flag_values = {0, 1, 7},
                     .flag_meanings = {"no_data", "carbonate", "silicate"}}};
  spec.attributes = {{"title", "trial " + std::to_string(spec.years.front())},
                     {"institution", "数"}};
  return spec;
}

inline engine::CellArea area_of(const Grid& grid) {
  return {grid, grid.geographic ? nullptr : make_transform(grid.crs_wkt, wgs84_wkt())};
}

/// What the tests put into a cell: its place can be read off. Year 2019, row 2, column 3: 19023.
inline float value_at(int year, std::int64_t row, std::int64_t col) {
  return static_cast<float>((year - 2000) * 1000 + row * 10 + col);
}

/// Every chunk of variable 0 but the south-eastern one of the first year.
inline void fill(Cube& cube, const CubeSpec& spec) {
  const Grid& grid = spec.grid;
  for (std::size_t year = 0; year < spec.years.size(); ++year) {
    for (std::int64_t cr = 0; cr * spec.chunk.rows < grid.rows; ++cr) {
      for (std::int64_t cc = 0; cc * spec.chunk.cols < grid.cols; ++cc) {
        const bool last =
            (cr + 1) * spec.chunk.rows >= grid.rows && (cc + 1) * spec.chunk.cols >= grid.cols;
        if (year == 0 && last) continue;
        std::vector<float> values;
        for (std::int64_t r = cr * spec.chunk.rows; r < (cr + 1) * spec.chunk.rows; ++r) {
          for (std::int64_t c = cc * spec.chunk.cols; c < (cc + 1) * spec.chunk.cols; ++c) {
            const bool inside = r < grid.rows && c < grid.cols;
            values.push_back(inside ? value_at(spec.years[year], r, c) : kNan);
          }
        }
        cube.put_chunk(0, year, cr, cc, encode_chunk(values, spec.compression));
      }
    }
  }
}

inline ZoneTable zones_of(std::vector<int> years) {
  ZoneTable table;
  table.years = std::move(years);
  table.nodes = {{.level = "province", .code = "52", .name = "贵州省", .parent_code = ""},
                 {.level = "county", .code = "520102", .name = "南明区", .parent_code = "52"},
                 {.level = "county", .code = "520103", .name = "Yunyan", .parent_code = "52"}};
  ZoneTable::Column sink{.name = "sink_t", .unit = "t", .long_name = "sink", .values = {}};
  ZoneTable::Column cnci{.name = "cnci_pct", .unit = "%", .long_name = "index", .values = {}};
  for (std::size_t y = 0; y < table.years.size(); ++y) {
    const auto year = static_cast<double>(table.years[y]);
    for (const double part : {3.0, 1.0, 2.0}) {
      sink.values.push_back(year * part / 3);
      cnci.values.push_back(part == 2.0 ? static_cast<double>(kNan) : part);
    }
  }
  table.columns = {sink, cnci};
  return table;
}

class CubeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static std::atomic<int> count{0};
    folder_ = fs::temp_directory_path() /
              ("cnci_cube_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  std::string make_cube(const std::string& name, const CubeSpec& spec) const {
    Cube cube(path(name), spec, area_of(spec.grid));
    fill(cube, spec);
    cube.write_zones(zones_of(spec.years));
    cube.close();
    return path(name);
  }

  fs::path folder_;
};

struct Output {
  int code = -1;
  std::string text;
};

inline Output run(const std::string& command) {
  Output out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.text.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

inline bool installed(const std::string& tool) { return run("command -v " + tool).code == 0; }

/// A cube through a Python reader; nothing where the reader is not installed.
inline std::optional<json> through(const std::string& reader, const std::string& file) {
  if (::access("/usr/bin/python3", X_OK) != 0) return std::nullopt;
  const Output out =
      run("/usr/bin/python3 -W ignore '" CNCI_SOURCE_DIR "/tests/io/read_cube.py' '" + file + "' " +
          reader);
  if (out.code != 0) throw std::runtime_error(out.text);
  json all = json::parse(out.text);
  if (all.at(reader).is_null()) return std::nullopt;
  return all.at(reader);
}

/// The values that fill() leaves in a year; null where nothing was put.
inline json expected_year(const Grid& grid, int year, bool first) {
  json rows = json::array();
  for (std::int64_t r = 0; r < grid.rows; ++r) {
    json row = json::array();
    for (std::int64_t c = 0; c < grid.cols; ++c) {
      if (first && r >= 2 && c >= 3) {
        row.push_back(nullptr);
      } else {
        row.push_back(value_at(year, r, c));
      }
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace cnci::io::cube_testing
