#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>

#include "engine/error.h"
#include "io/cube.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_handles.h"
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

TEST_F(CubeJoin, HistoryIsALineAStep) {
  auto early = spec_of(geographic_grid(), {2019});
  auto late = spec_of(geographic_grid(), {2020});
  early.attributes.emplace_back("history", "first");
  late.attributes.emplace_back("history", "second");
  join_cubes({make_cube("a.nc", early), make_cube("b.nc", late)}, path("j.nc"),
             zones_of({2019, 2020}), "joined");
  const auto cube = through("netCDF4", path("j.nc"));
  if (!cube) GTEST_SKIP() << "no netCDF4 for /usr/bin/python3";
  EXPECT_EQ(cube->at("attributes").at("history"), "first\nsecond\njoined");
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
  other.variables[0].valid_min.reset();
  EXPECT_NE(difference(other).find("valid_min of ccsf differs ('none' against '0')"),
            std::string::npos);
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

/// A cube of 2019 after a change through HDF5.
template <typename Change>
std::string spoilt(const std::string& cube, const Change& change) {
  const h5::Handle file(H5Fopen(cube.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  change(file.get());
  return cube;
}

TEST_F(CubeJoin, RefusesACubeThatClaimsWhatItDoesNotHold) {
  const auto refused = [&](const auto& change, const std::string& words) {
    SCOPED_TRACE(words);
    const auto bad = spoilt(make_cube("a.nc", spec_of(geographic_grid(), {2019})), change);
    const std::string text = join_error({bad}, path("j.nc"), {2019});
    EXPECT_EQ(text.find(bad), 0U) << text;
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_FALSE(fs::exists(path("j.nc")));
  };
  const auto lattice = [](const std::string& from, const std::string& to) {
    return [from, to](hid_t file) {
      const h5::Handle crs(H5Dopen2(file, "crs", H5P_DEFAULT), H5Dclose);
      std::string text = h5::read_text(crs.get(), "crs", "lattice");
      text.replace(text.find(from), from.size(), to);
      H5Adelete(crs.get(), "lattice");
      h5::write_text(crs.get(), "crs", "lattice", text);
    };
  };
  refused(lattice("\"rows\":4", "\"rows\":4000000000000"), "does not fit the grid");
  refused(lattice("\"cols\":5", "\"cols\":-5"), "does not fit the grid");
  refused(lattice("\"resolution\":[1,", "\"resolution\":[0,"), "is not one of this program");
  refused(
      [](hid_t file) {
        const h5::Handle bounds(H5Dopen2(file, "time_bnds", H5P_DEFAULT), H5Dclose);
        const double days[2] = {1e300, 1e300};
        H5Dwrite(bounds.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, days);
      },
      "1e+300, which is no day");
  refused(
      [](hid_t file) {
        H5Ldelete(file, "branch", H5P_DEFAULT);
        const std::array<hsize_t, 3> extent{1, 4, 5};
        const h5::Handle space(H5Screate_simple(3, extent.data(), nullptr), H5Sclose);
        const h5::Handle flat(H5Dcreate2(file, "branch", H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                                         H5P_DEFAULT, H5P_DEFAULT),
                              H5Dclose);
      },
      "cannot");
  refused(
      [](hid_t file) {
        const h5::Handle field(H5Dopen2(file, "ccsf", H5P_DEFAULT), H5Dclose);
        const std::vector<char> noise(60'000, 'x');
        const std::array<hsize_t, 3> corner{0, 0, 0};
        ASSERT_GE(
            H5Dwrite_chunk(field.get(), H5P_DEFAULT, 0, corner.data(), noise.size(), noise.data()),
            0);
      },
      "a chunk of ccsf claims 60000 bytes");
}

}  // namespace
}  // namespace cnci::io
