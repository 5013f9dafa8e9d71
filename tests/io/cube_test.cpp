#include "io/cube.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "engine/error.h"
#include "io/stored_cube.h"
#include "tests/io/cube_fixture.h"

namespace cnci::io {
namespace {

using namespace cube_testing;
using engine::Error;

TEST(ChunkShapeTest, IsAtMostTheTileAndTheGrid) {
  Grid grid = geographic_grid();
  grid.rows = 1000;
  grid.cols = 3000;
  EXPECT_EQ(chunk_shape(grid, 512, 512), (ChunkShape{.rows = 512, .cols = 512}));
  EXPECT_EQ(chunk_shape(grid, 64, 512), (ChunkShape{.rows = 64, .cols = 64}));
  EXPECT_EQ(chunk_shape(grid, 1024, 512), (ChunkShape{.rows = 512, .cols = 512}));
  EXPECT_EQ(chunk_shape(grid, 4096, 700), (ChunkShape{.rows = 700, .cols = 700}));
  EXPECT_EQ(chunk_shape(grid, 4096, 4096), (ChunkShape{.rows = 1000, .cols = 3000}));
}

TEST(ChunkShapeTest, RefusesATileThatIsNoMultipleUnlessItSpansTheGrid) {
  Grid grid = geographic_grid();
  grid.rows = 1000;
  grid.cols = 3000;
  EXPECT_THROW((void)chunk_shape(grid, 700, 512), Error);
  EXPECT_THROW((void)chunk_shape(grid, 1500, 512), Error);  // spans the rows, not the columns
  grid.cols = 900;
  EXPECT_EQ(chunk_shape(grid, 1500, 512), (ChunkShape{.rows = 512, .cols = 512}));
}

TEST_F(CubeTest, Hdf5ReadsValuesChunksFiltersAndDimensions) {
  const auto spec = spec_of(geographic_grid(), {2019, 2020});
  const auto cube = through("h5py", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no h5py for /usr/bin/python3";
  const json& ccsf = cube->at("variables").at("ccsf");
  EXPECT_EQ(ccsf["dtype"], "float32");
  EXPECT_EQ(ccsf["shape"], json({2, 4, 5}));
  EXPECT_EQ(ccsf["chunks"], json({1, 2, 3}));
  EXPECT_EQ(ccsf["compression"], "gzip");
  EXPECT_EQ(ccsf["level"], 1);
  EXPECT_EQ(ccsf["shuffle"], true);
  EXPECT_EQ(ccsf["dims"], json({{"time"}, {"lat"}, {"lon"}}));
  EXPECT_EQ(ccsf["data"][0], expected_year(spec.grid, 2019, true));
  EXPECT_EQ(ccsf["data"][1], expected_year(spec.grid, 2020, false));
  EXPECT_EQ(cube->at("variables").at("lat").at("chunks"), nullptr);
  EXPECT_EQ(cube->at("variables").at("zones/sink_t").at("chunks"), nullptr);
}

TEST_F(CubeTest, ChunksNeverPutReadAsMissing) {
  const auto spec = spec_of(geographic_grid(), {2019});
  const auto cube = through("netCDF4", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  for (const json& row : cube->at("variables").at("branch").at("data")[0]) {
    for (const json& value : row) EXPECT_TRUE(value.is_null());
  }
}

TEST_F(CubeTest, CarriesCfCoordinatesWithBounds) {
  const auto spec = spec_of(geographic_grid(), {2019, 2020});
  const auto cube = through("netCDF4", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  EXPECT_EQ(cube->at("dimensions"), json({{"time", 2}, {"lat", 4}, {"lon", 5}, {"nv", 2}}));
  EXPECT_FALSE(cube->at("variables").contains("nv"));
  EXPECT_EQ(cube->at("attributes").at("Conventions"), "CF-1.10");
  EXPECT_EQ(cube->at("attributes").at("institution"), "数");
  const json& v = cube->at("variables");
  EXPECT_EQ(v["lat"]["data"], json({28.75, 28.25, 27.75, 27.25}));
  EXPECT_EQ(v["lat_bnds"]["data"], json({{29, 28.5}, {28.5, 28}, {28, 27.5}, {27.5, 27}}));
  EXPECT_EQ(v["lat_bnds"]["dims"], json({"lat", "nv"}));
  EXPECT_EQ(v["lon"]["data"][0], 103.25);
  EXPECT_EQ(v["lat"]["attributes"]["units"], "degrees_north");
  EXPECT_EQ(v["lon"]["attributes"]["units"], "degrees_east");
  EXPECT_EQ(v["time"]["attributes"]["units"], "days since 1850-01-01");
  EXPECT_EQ(v["time"]["attributes"]["calendar"], "standard");
  // 169 years with 41 leap days (1900 had none).
  EXPECT_EQ(v["time_bnds"]["data"][0], json({61726, 62091}));
  EXPECT_EQ(v["time"]["data"], json({61908.5, 62274}));
}

TEST_F(CubeTest, SaysWhatItsVariablesAre) {
  const auto spec = spec_of(geographic_grid(), {2019});
  const auto cube = through("netCDF4", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  const json& v = cube->at("variables");
  const json& ccsf = v["ccsf"]["attributes"];
  EXPECT_EQ(ccsf["units"], "t km-2 year-1");
  EXPECT_EQ(ccsf["grid_mapping"], "crs");
  // CDO would take areas by latitude for those of all cells.
  EXPECT_FALSE(ccsf.contains("cell_measures"));
  EXPECT_EQ(ccsf["valid_min"], 0);
  EXPECT_EQ(ccsf["cell_methods"], "area: mean time: sum");
  EXPECT_TRUE(ccsf["_FillValue"].is_null());  // NaN
  EXPECT_EQ(ccsf["quantization"], "quantization_info");
  EXPECT_EQ(ccsf["quantization_nsb"], 15);  // 16 with the implicit one
  EXPECT_EQ(v["quantization_info"]["attributes"]["algorithm"], "bitround");
  const json& branch = v["branch"]["attributes"];
  EXPECT_EQ(branch["flag_values"], json({0, 1, 7}));
  EXPECT_EQ(branch["flag_meanings"], "no_data carbonate silicate");
  EXPECT_EQ(branch["valid_range"], json({0, 7}));
  EXPECT_FALSE(branch.contains("valid_min"));
  EXPECT_FALSE(branch.contains("quantization"));
  EXPECT_EQ(v["cell_area"]["dims"], json({"lat"}));
  EXPECT_EQ(v["cell_area"]["attributes"]["units"], "km2");
  EXPECT_EQ(v["cell_area"]["attributes"]["standard_name"], "cell_area");
  EXPECT_NEAR(v["cell_area"]["data"][0].get<double>(), engine::ellipsoid_area_km2(28.5, 29.0, 0.5),
              1e-9);
  const json& crs = v["crs"]["attributes"];
  EXPECT_EQ(crs["grid_mapping_name"], "latitude_longitude");
  EXPECT_EQ(crs["semi_major_axis"], 6378137.0);
  EXPECT_NEAR(crs["inverse_flattening"].get<double>(), 298.257223563, 1e-9);
  EXPECT_EQ(crs["GeoTransform"], "103 0.5 0 29 0 -0.5");
}

TEST_F(CubeTest, LosslessCubesCarryNoQuantisation) {
  auto spec = spec_of(geographic_grid(), {2019});
  spec.significant_bits = 24;
  const auto cube = through("netCDF4", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  EXPECT_FALSE(cube->at("variables").contains("quantization_info"));
  EXPECT_FALSE(cube->at("variables").at("ccsf").at("attributes").contains("quantization"));
}

TEST_F(CubeTest, ProjectedCubesHaveMetresAreasByCellAndTheirParameters) {
  const auto spec = spec_of(albers_grid(), {2019});
  const auto cube = through("netCDF4", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  const json& v = cube->at("variables");
  EXPECT_EQ(v["ccsf"]["dims"], json({"time", "y", "x"}));
  EXPECT_EQ(v["x"]["data"][0], -115000);
  EXPECT_EQ(v["y"]["data"][0], 2995000);
  EXPECT_EQ(v["x"]["attributes"]["units"], "m");
  EXPECT_EQ(v["x"]["attributes"]["standard_name"], "projection_x_coordinate");
  EXPECT_EQ(v["y"]["attributes"]["standard_name"], "projection_y_coordinate");
  const json& crs = v["crs"]["attributes"];
  EXPECT_EQ(crs["grid_mapping_name"], "albers_conical_equal_area");
  EXPECT_EQ(crs["standard_parallel"], json({25, 47}));
  EXPECT_EQ(crs["longitude_of_central_meridian"], 105);
  EXPECT_EQ(crs["latitude_of_projection_origin"], 0);
  EXPECT_EQ(v["ccsf"]["attributes"]["cell_measures"], "area: cell_area");
  EXPECT_EQ(v["cell_area"]["dims"], json({"y", "x"}));
  for (const json& row : v["cell_area"]["data"]) {
    for (const json& area : row) EXPECT_NEAR(area.get<double>(), 100.0, 1e-4);  // an equal-area CRS
  }
}

TEST_F(CubeTest, ZonesAreATableOverZoneAndTime) {
  const auto spec = spec_of(geographic_grid(), {2019, 2020});
  const auto cube = through("xarray", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no xarray for /usr/bin/python3";
  const json& zones = cube->at("zones");
  EXPECT_EQ(zones["level"]["data"], json({"province", "county", "county"}));
  EXPECT_EQ(zones["code"]["data"], json({"52", "520102", "520103"}));
  EXPECT_EQ(zones["name"]["data"], json({"贵州省", "南明区", "Yunyan"}));
  EXPECT_EQ(zones["parent_code"]["data"], json({"", "52", "52"}));
  EXPECT_EQ(zones["parent"]["data"], json({-1, 0, 0}));
  EXPECT_EQ(zones["sink_t"]["dims"], json({"zone", "time"}));
  EXPECT_EQ(
      zones["sink_t"]["data"],
      json({{2019, 2020}, {2019 * 1.0 / 3, 2020 * 1.0 / 3}, {2019 * 2.0 / 3, 2020 * 2.0 / 3}}));
  EXPECT_EQ(zones["cnci_pct"]["data"], json({{3, 3}, {1, 1}, {nullptr, nullptr}}));
}

TEST_F(CubeTest, ZonesSayWhatTheirColumnsAreInUnitsOfUdunits) {
  const auto spec = spec_of(geographic_grid(), {2019});
  ZoneTable table = zones_of(spec.years);
  table.columns[0].cell_methods = "area: sum time: mean";
  table.columns[1].unit = "USD";
  {
    Cube cube(path("cube.nc"), spec, area_of(spec.grid));
    cube.write_zones(table);
    cube.close();
  }
  const auto cube = through("netCDF4", path("cube.nc"));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  const json& v = cube->at("groups").at("zones").at("variables");
  EXPECT_EQ(v["zone"]["attributes"]["cf_role"], "timeseries_id");
  EXPECT_EQ(v["sink_t"]["attributes"]["units"], "t");
  EXPECT_EQ(v["sink_t"]["attributes"]["cell_methods"], "area: sum time: mean");
  EXPECT_EQ(v["cnci_pct"]["attributes"]["units"], "1");
  EXPECT_EQ(v["cnci_pct"]["attributes"]["long_name"], "index, in units of USD");
}

TEST_F(CubeTest, AStoredCubeGivesBackWhatWasPut) {
  const auto spec = spec_of(geographic_grid(), {2019, 2020});
  const StoredCube cube(make_cube("cube.nc", spec));
  EXPECT_EQ(cube.spec().years, spec.years);
  EXPECT_EQ(cube.spec().variables[0].valid_min, 0);
  EXPECT_EQ(cube.spec().variables[1].flag_meanings, spec.variables[1].flag_meanings);
  std::vector<float> values(6);
  cube.read(0, 1, {.col = 2, .row = 1, .cols = 3, .rows = 2}, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    EXPECT_EQ(values[i], value_at(2020, 1 + at / 3, 2 + at % 3));
  }
  cube.read(1, 0, {.col = 0, .row = 0, .cols = 3, .rows = 2}, values);
  for (const float value : values) EXPECT_TRUE(std::isnan(value));  // never put
  EXPECT_THROW(cube.read(0, 2, {.col = 0, .row = 0, .cols = 3, .rows = 2}, values), Error);
  EXPECT_THROW(cube.read(0, 0, {.col = 3, .row = 0, .cols = 3, .rows = 2}, values), Error);
  EXPECT_THROW(cube.read(0, 0, {.col = 0, .row = 0, .cols = 2, .rows = 2}, values), Error);
}

TEST_F(CubeTest, XarrayFindsTimesAndFields) {
  const auto spec = spec_of(albers_grid(), {2019, 2020});
  const auto cube = through("xarray", make_cube("cube.nc", spec));
  if (!cube) GTEST_SKIP() << "no xarray for /usr/bin/python3";
  EXPECT_EQ(cube->at("years"), json({2019, 2020}));
  EXPECT_EQ(cube->at("fields"), json({"ccsf", "branch"}));
  EXPECT_EQ(cube->at("coords"), json({"time", "x", "y"}));
}

TEST_F(CubeTest, NamesTheMappingOfEachProjectionThatCfKnows) {
  const std::vector<std::pair<std::string, std::string>> known = {
      {"+proj=lcc +lat_1=25 +lat_2=47 +lon_0=105 +datum=WGS84", "lambert_conformal_conic"},
      {"EPSG:3035", "lambert_azimuthal_equal_area"},
      {"EPSG:6933", "lambert_cylindrical_equal_area"},
      {"EPSG:32648", "transverse_mercator"},
      {"+proj=sinu +lon_0=0 +R=6371007.181", "sinusoidal"},
      {"EPSG:3395", "mercator"},
      {"EPSG:3413", "polar_stereographic"},
      {"EPSG:5041", "polar_stereographic"},
      {"EPSG:3857", ""},
      {"+proj=moll +datum=WGS84", ""}};
  for (const auto& [text, name] : known) {
    Grid grid = albers_grid();
    grid.crs_wkt = crs_wkt(text);
    const auto cube = through("netCDF4", make_cube("cube.nc", spec_of(grid, {2019})));
    if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
    const json& crs = cube->at("variables").at("crs").at("attributes");
    EXPECT_EQ(crs.value("grid_mapping_name", ""), name) << text;
    EXPECT_TRUE(crs_same(crs["crs_wkt"].get<std::string>(), grid.crs_wkt)) << text;
    EXPECT_TRUE(crs_same(crs["spatial_ref"].get<std::string>(), grid.crs_wkt)) << text;
  }
}

TEST_F(CubeTest, PolarMappingsSayWhereTheScaleIsTrue) {
  Grid grid = albers_grid();
  grid.crs_wkt = crs_wkt("EPSG:3413");
  const auto cube = through("netCDF4", make_cube("cube.nc", spec_of(grid, {2019})));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  const json& crs = cube->at("variables").at("crs").at("attributes");
  EXPECT_EQ(crs["standard_parallel"], 70);
  EXPECT_EQ(crs["latitude_of_projection_origin"], 90);
  EXPECT_EQ(crs["straight_vertical_longitude_from_pole"], -45);
}

TEST_F(CubeTest, RefusesWhatHasNoPlace) {
  const auto spec = spec_of(geographic_grid(), {2019});
  Cube cube(path("c.nc"), spec, area_of(spec.grid));
  const auto bytes = encode_chunk(std::vector<float>(6, 1.0F), 1);
  EXPECT_THROW(cube.put_chunk(2, 0, 0, 0, bytes), Error);
  EXPECT_THROW(cube.put_chunk(0, 1, 0, 0, bytes), Error);
  EXPECT_THROW(cube.put_chunk(0, 0, 2, 0, bytes), Error);
  EXPECT_THROW(cube.put_chunk(0, 0, 0, -1, bytes), Error);
  EXPECT_THROW(cube.put_chunk(0, 0, 0, 0, {}), Error);
  EXPECT_THROW(cube.write_zones(zones_of({2020})), Error);
  cube.close();
  EXPECT_THROW(cube.put_chunk(0, 0, 0, 0, bytes), Error);
  auto twice = spec;
  twice.years = {2019, 2019};
  EXPECT_THROW(Cube(path("d.nc"), twice, area_of(spec.grid)), Error);
}

TEST_F(CubeTest, SaysWhichFileCannotBeWritten) {
  const auto spec = spec_of(geographic_grid(), {2019});
  try {
    const Cube cube(path("none/c.nc"), spec, area_of(spec.grid));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find(path("none/c.nc")), 0U) << error.what();
    EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos)
        << error.what();
  }
}

TEST_F(CubeTest, AFullDiskIsAnErrorNotACrash) {
  const auto spec = spec_of(geographic_grid(), {2019});
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{2048}, rlim_t{20000}}) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      int code = 0;
      try {
        make_cube("full.nc", spec);
      } catch (const Error& error) {
        code = std::string(error.what()).find("File too large") != std::string::npos ? 42 : 1;
        if (code == 1) std::fprintf(stderr, "%s\n", error.what());
      }
      std::exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << bytes << " bytes";
    EXPECT_EQ(WEXITSTATUS(status), 42) << bytes << " bytes";
  }
}

}  // namespace
}  // namespace cnci::io
