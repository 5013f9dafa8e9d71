// The cube in GDAL, netCDF's and CDO's tools.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/io/cube_fixture.h"

namespace cnci::io {
namespace {

using namespace cube_testing;

class CubeReaders : public CubeTest {};

struct GdalCase {
  std::string name;
  Grid grid;
  std::array<double, 4> corners;  ///< west, north, east, south
};

class CubeInGdal : public CubeTest, public ::testing::WithParamInterface<GdalCase> {};

TEST_P(CubeInGdal, LiesWhereItIsAndIsNotFlipped) {
  if (!installed("gdalinfo") || !installed("gdallocationinfo")) GTEST_SKIP() << "no GDAL tools";
  const auto& [name, grid, corners] = GetParam();
  const std::string dataset =
      "'NETCDF:\"" + make_cube("cube.nc", spec_of(grid, {2019, 2020})) + "\":ccsf'";
  const Output info = run("gdalinfo -json " + dataset);
  ASSERT_EQ(info.code, 0) << info.text;
  const json seen = json::parse(info.text.substr(info.text.find('{')));
  EXPECT_EQ(seen["size"], json({grid.cols, grid.rows}));
  const json& c = seen["cornerCoordinates"];
  EXPECT_NEAR(c["upperLeft"][0].get<double>(), corners[0], 1e-6);
  EXPECT_NEAR(c["upperLeft"][1].get<double>(), corners[1], 1e-6);
  EXPECT_NEAR(c["lowerRight"][0].get<double>(), corners[2], 1e-6);
  EXPECT_NEAR(c["lowerRight"][1].get<double>(), corners[3], 1e-6);
  ASSERT_TRUE(seen.contains("coordinateSystem"));
  EXPECT_TRUE(crs_same(seen["coordinateSystem"]["wkt"].get<std::string>(), grid.crs_wkt))
      << seen["coordinateSystem"]["wkt"];
  // The second year, second row from the north, third column from the west.
  const Output value = run("gdallocationinfo -valonly -b 2 -geoloc " + dataset + " " +
                           std::to_string(grid.x_at(2.5)) + " " + std::to_string(grid.y_at(1.5)));
  EXPECT_EQ(std::atof(value.text.c_str()), value_at(2020, 1, 2)) << value.text;
}

// GDAL's plain HDF5 driver knows nothing of CF: pixels, but no coordinates.
TEST_P(CubeInGdal, HasItsNorthernRowFirstInTheHdf5DriverToo) {
  if (!installed("gdalinfo") || !installed("gdallocationinfo")) GTEST_SKIP() << "no GDAL tools";
  const Grid& grid = GetParam().grid;
  const std::string dataset =
      "'HDF5:\"" + make_cube("cube.nc", spec_of(grid, {2019, 2020})) + "\"://ccsf'";
  const Output info = run("gdalinfo " + dataset);
  ASSERT_EQ(info.code, 0) << info.text;
  EXPECT_NE(
      info.text.find("Size is " + std::to_string(grid.cols) + ", " + std::to_string(grid.rows)),
      std::string::npos)
      << info.text;
  const Output value = run("gdallocationinfo -valonly -b 2 " + dataset + " 2 1");
  EXPECT_EQ(std::atof(value.text.c_str()), value_at(2020, 1, 2)) << value.text;
}

Grid global_grid() {
  Grid grid = geographic_grid();
  grid.resolution = {10, 1};
  grid.west = -18;
  grid.north = 9;
  grid.cols = 36;
  grid.rows = 18;
  return grid;
}

INSTANTIATE_TEST_SUITE_P(
    Grids, CubeInGdal,
    ::testing::Values(GdalCase{"geographic", geographic_grid(), {103, 29, 105.5, 27}},
                      GdalCase{"albers", albers_grid(), {-120000, 3000000, -70000, 2960000}},
                      GdalCase{"globe", global_grid(), {-180, 90, 180, -90}}),
    [](const auto& info) { return info.param.name; });

TEST_F(CubeReaders, NcdumpShowsTypesDimensionsAndGroups) {
  if (!installed("ncdump")) GTEST_SKIP() << "no ncdump";
  const Output dump = run("ncdump -h -s " + make_cube("c.nc", spec_of(albers_grid(), {2019})));
  ASSERT_EQ(dump.code, 0) << dump.text;
  for (const char* line :
       {"float ccsf(time, y, x) ;", "ccsf:_FillValue = NaNf ;", "ccsf:_ChunkSizes = 1, 2, 3 ;",
        "ccsf:_Shuffle = \"true\" ;", "ccsf:_DeflateLevel = 1 ;", "double y_bnds(y, nv) ;",
        "group: zones {", "zone = 3 ;", "double sink_t(zone, time) ;", "string name(zone) ;",
        ":Conventions = \"CF-1.10\" ;"}) {
    EXPECT_NE(dump.text.find(line), std::string::npos) << line << "\n" << dump.text;
  }
  EXPECT_EQ(dump.text.find("phony"), std::string::npos) << dump.text;
}

TEST_F(CubeReaders, CdoReadsItsTimesAndGrid) {
  if (!installed("cdo")) GTEST_SKIP() << "no cdo";
  const Output info =
      run("cdo -s sinfo " + make_cube("c.nc", spec_of(geographic_grid(), {2019, 2020})));
  ASSERT_EQ(info.code, 0) << info.text;
  EXPECT_NE(info.text.find("lonlat"), std::string::npos) << info.text;
  EXPECT_NE(info.text.find("2019-07-02"), std::string::npos) << info.text;
  EXPECT_NE(info.text.find("2020-07-02"), std::string::npos) << info.text;
}

TEST_F(CubeReaders, NccopyCopiesIt) {
  if (!installed("nccopy")) GTEST_SKIP() << "no nccopy";
  const Output copy =
      run("nccopy " + make_cube("c.nc", spec_of(geographic_grid(), {2019})) + " " + path("d.nc"));
  EXPECT_EQ(copy.code, 0) << copy.text;
}

}  // namespace
}  // namespace cnci::io
