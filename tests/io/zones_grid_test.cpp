// On the grid: extent, shapes and their coverage, antimeridian and poles, projections.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/crs.h"
#include "io/zones.h"
#include "tests/io/zones_support.h"

namespace cnci::io::testing {
namespace {

class ZonesOnGrid : public ZonesTest {};

TEST_F(ZonesOnGrid, HolesIslandsAndSeveralPartsCoverTheirCells) {
  // A frame round an island that is another zone, and a part of the frame's zone further east:
  //   1 1 1 . 1
  //   1 2 1 . .
  //   1 1 1 . .
  const auto source = read({{"1", "5",
                             "[[[[0,0],[3,0],[3,3],[0,3],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]],"
                             "[[[4,2],[5,2],[5,3],[4,3],[4,2]]]]",
                             "Frame", "MultiPolygon"},
                            {"2", "5", square(1, 1, 2, 2), "Island"}});
  EXPECT_TRUE(source.findings().empty());
  const auto grid = degree_grid(0, 3, 5, 3);
  EXPECT_EQ(weights(source, grid, 0),
            (std::vector<double>{1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0}));
  EXPECT_EQ(weights(source, grid, 1),
            (std::vector<double>{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_F(ZonesOnGrid, ShapesHavePositiveExteriorsAndNegativeHoles) {
  const auto source =
      read({{"1", "5", "[[[0,0],[0,3],[3,3],[3,0],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]"}});
  const auto shapes = source.shapes(degree_grid(0, 3, 3, 3));
  ASSERT_EQ(shapes.at(0).rings.size(), 2U);
  EXPECT_EQ(shapes[0].area_cells(), 8);
  EXPECT_EQ(engine::ZoneShape{{shapes[0].rings[1]}}.area_cells(), -1);
}

TEST_F(ZonesOnGrid, AcrossTheAntimeridianReachEitherEndOfTheGrid) {
  const auto source = read({{"1", "5", "[[[179,0],[-179,0],[-179,1],[179,1],[179,0]]]", "Fiji"}});
  ASSERT_EQ(source.findings().size(), 1U);
  EXPECT_TRUE(has(findings(source, Severity::kWarning), "antimeridian"));
  const auto whole = weights(source, degree_grid(-180, 1, 360, 1), 0);
  EXPECT_EQ(whole.front(), 1);
  EXPECT_EQ(whole.back(), 1);
  EXPECT_EQ(std::ranges::count(whole, 0.0), 358);
  EXPECT_EQ(weights(source, degree_grid(178, 1, 4, 1), 0), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(weights(source, degree_grid(-182, 1, 4, 1), 0), (std::vector<double>{0, 1, 1, 0}));
  const auto pacific = weights(source, degree_grid(0, 1, 360, 1), 0);
  EXPECT_EQ(pacific[179] + pacific[180], 2);
}

TEST_F(ZonesOnGrid, ExtentReachesOverTheAntimeridianRatherThanRoundTheGlobe) {
  const auto fiji =
      read({{"1", "5", "[[[177,-18],[-178,-18],[-178,-16],[177,-16],[177,-18]]]", "Fiji"}});
  const auto box = fiji.extent(wgs84_wkt());
  EXPECT_EQ(box.xmin, 177);
  EXPECT_EQ(box.xmax, 182);
  const auto both = read({{"1", "5", square(-100, 0, -90, 1)}, {"2", "5", square(90, 0, 100, 1)}});
  EXPECT_EQ(both.extent(wgs84_wkt()).xmin, -100);
  EXPECT_EQ(both.extent(wgs84_wkt()).xmax, 100);
}

TEST_F(ZonesOnGrid, RoundThePoleFillTheLastRows) {
  std::string ring = "[[";
  for (int i = 0; i <= 36; ++i) {
    const int longitude = -180 + (i % 36) * 10 + 5;
    ring += (i == 0 ? "[" : ",[") + std::to_string(longitude) + ",-88]";
  }
  const auto source = read({{"1", "5", ring + "]]", "Antarctica"}});
  ASSERT_EQ(source.findings().size(), 1U);
  EXPECT_TRUE(has(findings(source, Severity::kWarning), "antimeridian"));
  const double expected = engine::ellipsoid_area_km2(-90, -88, 360);
  EXPECT_NEAR(leaf_km2(source, 0), expected, 1e-9 * expected);
  const auto weight = weights(source, degree_grid(-180, -87, 360, 3), 0);
  EXPECT_TRUE(std::all_of(weight.begin(), weight.begin() + 360, [](double w) { return w == 0; }));
  EXPECT_TRUE(std::all_of(weight.begin() + 360, weight.end(), [](double w) { return w == 1; }));
}

TEST_F(ZonesOnGrid, NeighboursStillShareTheirBordersOnAProjectedGrid) {
  // Long edges, bent by the projection: without densifying, the border of 1 and 2 would be a chord.
  const auto source = read({{"1", "5", square(95, 30, 105, 40)},
                            {"2", "5", square(105, 30, 115, 40)},
                            {"3", "5", "[[[95,40],[115,40],[115,50],[95,50],[95,40]]]"},
                            {"4", "5", square(95, 20, 115, 30)}});
  engine::Grid grid;
  grid.crs_wkt = crs_wkt("+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +ellps=WGS84");
  grid.geographic = false;
  grid.resolution = {20000, 1};
  const auto box = source.extent(grid.crs_wkt);
  grid = engine::grid_around(grid, box.xmin, box.ymin, box.xmax, box.ymax);
  const auto weight = covered(source, grid);
  // Inside, away from the outer border, every cell is whole; 1, 2 and 3 meet along latitude 40
  // with a vertex of 1 and 2 in the middle of the edge of 3, where 2^-20 of a cell may be lost.
  const auto to_lonlat = make_transform(grid.crs_wkt, wgs84_wkt());
  std::size_t inside = 0;
  for (std::int64_t row = 0; row < grid.rows; ++row) {
    for (std::int64_t col = 0; col < grid.cols; ++col) {
      double x = grid.x_at(static_cast<double>(col) + 0.5);
      double y = grid.y_at(static_cast<double>(row) + 0.5);
      to_lonlat->apply({&x, 1}, {&y, 1});
      if (x < 95.5 || x > 114.5 || y < 20.5 || y > 49.5) continue;
      ++inside;
      EXPECT_GT(weight[static_cast<std::size_t>(row * grid.cols + col)],
                engine::kWeightOne - engine::kWeightOne / 40)
          << x << " " << y;
      if (std::abs(y - 40) < 0.5 || std::abs(y - 30) < 0.5) continue;
      EXPECT_EQ(weight[static_cast<std::size_t>(row * grid.cols + col)], engine::kWeightOne)
          << x << " " << y;
    }
  }
  EXPECT_GT(inside, 10000U);
  // The projection keeps areas: zones have their ellipsoidal area in cells.
  const auto shapes = source.shapes(grid);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    // Their edges are straight in degrees.
    EXPECT_NEAR(shapes[i].area_cells() * 400, leaf_km2(source, i), 2e-4 * leaf_km2(source, i));
  }
}

TEST_F(ZonesOnGrid, OfAProjectedSourceLieWhereTheyShouldOnADegreeGrid) {
  const auto source =
      read({{"1", "5", square(400000, 3000000, 600000, 3200000)}}, "urn:ogc:def:crs:EPSG::32648");
  EXPECT_TRUE(source.findings().empty());
  const auto box = source.extent(wgs84_wkt());
  EXPECT_NEAR((box.xmin + box.xmax) / 2, 105, 1e-6);
  const auto grid = degree_grid(103, 30, 40, 40, {1, 10});
  const double cells = source.shapes(grid).at(0).area_cells();
  const EllipsoidArea area(false, make_transform(source.crs_wkt(), wgs84_wkt()));
  const double km2 = area.km2(leaf(source, 0));
  EXPECT_NEAR(km2, 40000 / (0.9996 * 0.9996), 10);
  const double middle = engine::ellipsoid_area_km2((box.ymin + box.ymax) / 2 - 0.05,
                                                   (box.ymin + box.ymax) / 2 + 0.05, 0.1);
  EXPECT_NEAR(cells, km2 / middle, 2e-3 * cells);
}

TEST_F(ZonesOnGrid, APolarSourceIsCutAtTheAntimeridianOfADegreeGrid) {
  const auto source =
      read({{"1", "5", square(-2e6, -2e6, 2e6, 2e6)}}, "urn:ogc:def:crs:EPSG::3031");
  const auto grid = degree_grid(-180, -60, 360, 30);
  const auto weight = weights(source, grid, 0);
  EXPECT_TRUE(std::all_of(weight.end() - 360, weight.end(), [](double w) { return w == 1; }));
  double km2 = 0;
  for (std::int64_t row = 0; row < 30; ++row) {
    const double north = -60.0 - static_cast<double>(row);
    for (std::int64_t col = 0; col < 360; ++col) {
      km2 += weight[static_cast<std::size_t>(row * 360 + col)] *
             engine::ellipsoid_area_km2(north - 1, north, 1);
    }
  }
  const EllipsoidArea area(false, make_transform(source.crs_wkt(), wgs84_wkt()));
  EXPECT_NEAR(km2, area.km2(leaf(source, 0)), 0.002 * km2);
}

TEST_F(ZonesOnGrid, FarFromTheGridMayHaveNoImageInItsCrs) {
  // The gnomonic projection shows less than half the globe; zone 2 is on the other side.
  const auto source =
      read({{"1", "5", square(104, 25, 106, 27)}, {"2", "5", square(-76, -27, -74, -25)}});
  engine::Grid grid;
  grid.crs_wkt = crs_wkt("+proj=gnom +lat_0=26 +lon_0=105 +ellps=WGS84");
  grid.geographic = false;
  grid.resolution = {10000, 1};
  grid = engine::grid_around(grid, -100e3, -100e3, 100e3, 100e3);
  const auto shapes = source.shapes(grid);
  EXPECT_EQ(shapes[0].rings.size(), 1U);
  EXPECT_TRUE(shapes[1].rings.empty());
  EXPECT_THROW(static_cast<void>(source.extent(grid.crs_wkt)), engine::Error);
}

TEST_F(ZonesOnGrid, SmallerThanACellKeepTheirShare) {
  const auto source =
      read({{"1", "5", square(0.25, 0.25, 0.5, 0.5)}, {"2", "5", square(0.5, 0.25, 0.75, 0.5)}});
  EXPECT_EQ(weights(source, degree_grid(0, 1, 1, 1), 0), (std::vector<double>{0.0625}));
  EXPECT_EQ(weights(source, degree_grid(0, 1, 1, 1), 1), (std::vector<double>{0.0625}));
}

TEST_F(ZonesOnGrid, MayBeMoreThan65535) {
  std::vector<Feature> features;
  for (int row = 0; row < 200; ++row) {
    for (int col = 0; col < 350; ++col) {
      features.push_back({std::to_string(features.size() + 1), "5",
                          square(col * 0.25, row * 0.25, col * 0.25 + 0.25, row * 0.25 + 0.25)});
    }
  }
  spec_.levels.erase(spec_.levels.begin());
  const auto source = read(features);
  EXPECT_TRUE(source.findings().empty());
  ASSERT_EQ(source.tree().leaf_count(), 70000U);
  // Two zones by two in a cell.
  const auto grid = degree_grid(0, 50, 175, 100, {1, 2});
  const auto coverage = engine::cover(engine::ZoneIndex(source.shapes(grid)), grid.whole());
  ASSERT_EQ(coverage.mixed.size(), 17500U);
  EXPECT_EQ(coverage.shares.front().zone, 69300U);
  EXPECT_EQ(coverage.shares.back().zone, 699U);
  EXPECT_EQ(coverage.shares.size(), 70000U);
  EXPECT_TRUE(std::ranges::all_of(coverage.shares, [](const engine::ZoneShare& share) {
    return share.weight == engine::kWeightOne / 4;
  }));
}

}  // namespace
}  // namespace cnci::io::testing
