#include "engine/cell_area.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

namespace cnci::engine {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

/// Lambert's cylindrical equal-area map of the ellipsoid: x = lon, y = authalic height (km2/rad).
class CylindricalEqualArea final : public CoordinateTransform {
 public:
  void apply(std::span<double> x, std::span<double> y) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] /= 6378.137 * kDegree;
      double lat = 0;  // bisection: exact to the last bits, and independent of the code under test
      double south = -90;
      double north = 90;
      for (int k = 0; k < 200; ++k) {
        lat = (south + north) / 2;
        (authalic_height_km2(lat) / 6378.137 < y[i] ? south : north) = lat;
      }
      y[i] = lat;
    }
  }
  [[nodiscard]] bool identity() const override { return false; }
};

/// Plate carree in a scaled unit: areas vary with latitude.
class ScaledLonLat final : public CoordinateTransform {
 public:
  void apply(std::span<double> x, std::span<double> y) const override {
    for (double& v : x) v /= 100;
    for (double& v : y) v /= 100;
  }
  [[nodiscard]] bool identity() const override { return false; }
};

Grid grid_of(bool geographic, Rational resolution, double x0, double y0, double x1, double y1) {
  Grid grid;
  grid.geographic = geographic;
  grid.resolution = resolution;
  return grid_around(grid, x0, y0, x1, y1);
}

TEST(CellArea, AgreesWithTheReferenceValues) {
  struct Case {
    double south, north, dlon, km2;
  };
  for (const Case& c : {Case{0, 0.1, 0.1, 123.09066}, Case{26.5, 26.6, 0.1, 110.4052604},
                        Case{26.55, 26.558333333333334, 0.008333333333333333, 0.7666760294},
                        Case{26.5, 26.508333333333333, 0.008333333333333333, 0.767002932},
                        Case{45, 45.1, 0.1, 87.54840458}, Case{89.9, 90, 0.1, 0.1088696389},
                        Case{-90, 90, 360, 510065621.7}, Case{29, 29.5, 0.5, 2693.498645}}) {
    EXPECT_NEAR(ellipsoid_area_km2(c.south, c.north, c.dlon) / c.km2, 1, 2e-9) << c.south;
  }
}

TEST(CellArea, SmallCellsAddUpToTheLargeOneTheyNestIn) {
  double sum = 0;
  for (int i = 0; i < 12; ++i) {
    sum += 12 * ellipsoid_area_km2(26.5 + i / 120.0, 26.5 + (i + 1) / 120.0, 1 / 120.0);
  }
  EXPECT_NEAR(sum / ellipsoid_area_km2(26.5, 26.6, 0.1), 1, 1e-12);
}

TEST(CellArea, RowsOfAGeographicGridDependOnLatitudeOnly) {
  const Grid grid = grid_of(true, {1, 10}, 100, 20, 101, 21);
  const auto areas = CellArea(grid, nullptr).areas_km2({0, 0, 10, 10});
  EXPECT_EQ(areas[0], areas[9]);
  EXPECT_NEAR(areas[0], ellipsoid_area_km2(20.9, 21, 0.1), 1e-9);
  EXPECT_LT(areas[0], areas[90]);
}

TEST(CellArea, AnEqualAreaGridGivesItsResolutionSquared) {
  const Grid grid = grid_of(false, {1, 1}, 11000, 2500, 11100, 2600);
  const auto areas =
      CellArea(grid, std::make_shared<CylindricalEqualArea>()).areas_km2({5, 5, 40, 40});
  for (const double area : areas) EXPECT_NEAR(area, 1, 1e-9);
}

TEST(CellArea, AProjectedGridHasTheTrueAreaOfEveryCell) {
  const Grid grid = grid_of(false, {1, 1}, 10000, 3000, 10100, 3100);  // 0.01 degree
  const auto areas = CellArea(grid, std::make_shared<ScaledLonLat>()).areas_km2({0, 0, 100, 100});
  for (int row = 0; row < 100; row += 7) {
    const double south = (3099 - row) / 100.0;
    EXPECT_NEAR(areas[row * 100 + row] / ellipsoid_area_km2(south, south + 0.01, 0.01), 1, 1e-9);
  }
}

TEST(CellArea, DoesNotDependOnTheWindow) {
  const Grid grid = grid_of(false, {1, 1}, 10000, 3000, 10100, 3100);
  const CellArea area(grid, std::make_shared<ScaledLonLat>());
  const auto whole = area.areas_km2({0, 0, 100, 100});
  for (const Window& w : {Window{13, 27, 31, 5}, Window{0, 99, 100, 1}, Window{50, 3, 1, 64}}) {
    const auto part = area.areas_km2(w);
    for (std::int64_t r = 0; r < w.rows; ++r) {
      for (std::int64_t c = 0; c < w.cols; ++c) {
        EXPECT_EQ(part[r * w.cols + c], whole[(w.row + r) * 100 + w.col + c]);
      }
    }
  }
}

TEST(CellArea, LatitudesAreThoseOfCellCentres) {
  const Grid grid = grid_of(true, {1, 2}, 0, 10, 1, 11);
  const auto lat = CellArea(grid, nullptr).latitudes_deg({0, 0, 2, 2});
  EXPECT_EQ(lat, (std::vector<double>{10.75, 10.75, 10.25, 10.25}));
}

}  // namespace
}  // namespace cnci::engine
