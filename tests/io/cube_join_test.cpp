#include <gtest/gtest.h>

#include "engine/error.h"
#include "io/cube.h"
#include "tests/io/cube_fixture.h"

namespace cnci::io {
namespace {

using namespace cube_testing;
using engine::Error;

class CubeJoin : public CubeTest {};

TEST_F(CubeJoin, PutsYearsInOrderAndKeepsEveryValue) {
  for (const Grid& grid : {geographic_grid(), albers_grid()}) {
    const auto late = make_cube("late.nc", spec_of(grid, {2020, 2022}));
    const auto early = make_cube("early.nc", spec_of(grid, {2019}));
    join_cubes({late, early}, path("joined.nc"), zones_of({2019, 2020, 2022}));
    const auto cube = through("netCDF4", path("joined.nc"));
    if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
    const json& data = cube->at("variables").at("ccsf").at("data");
    ASSERT_EQ(data.size(), 3U);
    EXPECT_EQ(data[0], expected_year(grid, 2019, true));
    EXPECT_EQ(data[1], expected_year(grid, 2020, true));
    EXPECT_EQ(data[2], expected_year(grid, 2022, false));
    EXPECT_EQ(cube->at("attributes").at("title"), "trial 2020; trial 2019");
    EXPECT_EQ(cube->at("attributes").at("institution"), "数");
    const auto single = through("netCDF4", early);
    EXPECT_EQ(cube->at("variables").at("cell_area"), single->at("variables").at("cell_area"));
    EXPECT_EQ(cube->at("variables").at("crs"), single->at("variables").at("crs"));
    EXPECT_EQ(cube->at("variables").at("branch").at("attributes"),
              single->at("variables").at("branch").at("attributes"));
    EXPECT_EQ(cube->at("groups").at("zones").at("variables").at("sink_t").at("data")[0],
              json({2019, 2020, 2022}));
  }
}

std::string join_error(const std::vector<std::string>& paths, const std::string& into,
                       const std::vector<int>& years) {
  try {
    join_cubes(paths, into, zones_of(years));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(CubeJoin, NamesTheFirstDifference) {
  const auto first = make_cube("a.nc", spec_of(geographic_grid(), {2019}));
  const auto difference = [&](const CubeSpec& other) {
    const auto second = make_cube("b.nc", other);
    const std::string text = join_error({first, second}, path("j.nc"), {2019, 2020});
    EXPECT_EQ(text.find(second), 0U) << text;
    EXPECT_FALSE(fs::exists(path("j.nc")));
    return text;
  };
  auto other = spec_of(geographic_grid(), {2020});
  other.grid.west += 1;
  EXPECT_NE(difference(other).find("western edge differs ('207' against '206')"),
            std::string::npos);
  EXPECT_NE(difference(spec_of(albers_grid(), {2020})).find("grid's kind"), std::string::npos);
  other = spec_of(geographic_grid(), {2020});
  other.significant_bits = 12;
  EXPECT_NE(difference(other).find("significant bits"), std::string::npos);
  other = spec_of(geographic_grid(), {2020});
  other.variables[0].unit = "g m-2 year-1";
  EXPECT_NE(difference(other).find("unit of ccsf"), std::string::npos);
  other = spec_of(geographic_grid(), {2020});
  other.variables.pop_back();
  EXPECT_NE(difference(other).find("number of variables"), std::string::npos);
  EXPECT_NE(difference(spec_of(geographic_grid(), {2018, 2019})).find("the year 2019 is also in"),
            std::string::npos);
}

TEST_F(CubeJoin, NeverOverwritesItsSourceAndLeavesNothingHalfMade) {
  const auto a = make_cube("a.nc", spec_of(geographic_grid(), {2019}));
  EXPECT_NE(join_error({a}, a, {2019}).find("is one of the cubes"), std::string::npos);
  EXPECT_NE(join_error({a}, path("j.nc"), {2020}).find("no year 2019"), std::string::npos);
  EXPECT_FALSE(fs::exists(path("j.nc")));
  EXPECT_NE(join_error({path("none.nc")}, path("j.nc"), {2019}).find("No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace cnci::io
