#include "io/map_plane.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/error.h"

namespace cnci::io {
namespace {

using Place = std::pair<double, double>;

TEST(MapPlaneTest, RunsFromTheNorthWestCorner) {
  const MapPlane plane(1000, 2000, 5000, 4000, false, 400);
  EXPECT_EQ(plane.width, 400);
  EXPECT_EQ(plane.height, 200);
  EXPECT_EQ(plane.to_plane(1000, 4000), Place(0, 0));
  EXPECT_EQ(plane.to_plane(5000, 2000), Place(400, 200));
  EXPECT_EQ(plane.to_plane(2000, 3900), Place(100, 10));
}

TEST(MapPlaneTest, DegreesOfLongitudeAreShorterAwayFromTheEquator) {
  const MapPlane plane(100, 59, 104, 61, true, 2000);  // cos(60 degrees) = 1/2: a square
  EXPECT_EQ(plane.height, 2000);
  EXPECT_EQ(plane.width, 2000);
  EXPECT_NEAR(plane.to_plane(102, 60).first, 1000, 1e-6);
  EXPECT_EQ(MapPlane(-180, -90, 180, 90, true, 3600).height, 1800);
  EXPECT_EQ(MapPlane(0, 88, 10, 90, true, 100).width, 100);  // not cos(89 degrees) = 0.017
}

TEST(MapPlaneTest, PiecesBeyondTheAntimeridianComeToTheirPlace) {
  const MapPlane pacific(170, -10, 200, 10, true);
  EXPECT_EQ(pacific.turns_to_plane(-180, -170), 360);
  EXPECT_EQ(pacific.turns_to_plane(170, 180), 0);
  EXPECT_EQ(MapPlane(-180, -90, 180, 90, true).turns_to_plane(170, 180), 0);
  EXPECT_EQ(MapPlane(-190, -10, -170, 10, true).turns_to_plane(170, 180), -360);
  EXPECT_EQ(MapPlane(170, -10, 200, 10, false).turns_to_plane(-180, -170), 0);
}

TEST(MapPlaneTest, NeedsAnExtent) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THROW(MapPlane(0, 0, 0, 1, false), engine::Error);
  EXPECT_THROW(MapPlane(0, 1, 1, 0, false), engine::Error);
  EXPECT_THROW(MapPlane(nan, 0, 1, 1, false), engine::Error);
  EXPECT_THROW(MapPlane(0, 0, inf, 1, false), engine::Error);
  EXPECT_THROW(MapPlane(0, 0, 1, 1, false, 0), engine::Error);
}

}  // namespace
}  // namespace cnci::io
