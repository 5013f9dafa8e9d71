#include "engine/grid.h"

#include <gtest/gtest.h>

#include "engine/error.h"

namespace cnci::engine {
namespace {

Grid lonlat(Rational resolution) {
  Grid grid;
  grid.resolution = resolution;
  return grid;
}

TEST(Rational, ReadsNumbersAndFractionsExactly) {
  EXPECT_EQ(parse_rational("1/120"), (Rational{1, 120}));
  EXPECT_EQ(parse_rational("0.1"), (Rational{1, 10}));
  EXPECT_EQ(parse_rational("1000"), (Rational{1000, 1}));
  EXPECT_EQ(parse_rational(" 0.25 "), (Rational{1, 4}));
  EXPECT_EQ(parse_rational("2.5/60"), (Rational{1, 24}));
}

TEST(Rational, RefusesWhatIsNoPositiveNumber) {
  for (const char* text : {"", "0", "-1", "1/0", "abc", "1e3", "0.1.2", "/2", "1/"}) {
    EXPECT_THROW(static_cast<void>(parse_rational(text)), Error) << text;
  }
}

TEST(Grid, EdgesAreIntegerMultiplesOfTheResolution) {
  const Grid grid = grid_around(lonlat({1, 120}), 104, 24.5, 109, 29);
  EXPECT_EQ(grid.cols, 600);
  EXPECT_EQ(grid.rows, 540);
  EXPECT_EQ(grid.x_edge(12), 104.1);
  EXPECT_EQ(grid.y_edge(12), 28.9);
  EXPECT_EQ(grid.x_edge(grid.cols), 109.0);
  EXPECT_EQ(grid.y_edge(grid.rows), 24.5);
}

TEST(Grid, GrowsToTheLatticeAroundABox) {
  const Grid grid = grid_around(lonlat({1, 2}), 0.2, 0.2, 1.1, 0.9);
  EXPECT_EQ(grid.x_edge(0), 0.0);
  EXPECT_EQ(grid.x_edge(grid.cols), 1.5);
  EXPECT_EQ(grid.y_edge(0), 1.0);
  EXPECT_EQ(grid.rows, 2);
}

TEST(Grid, TakesBoxEdgesNearALatticeLineToBeOnIt) {
  const Grid grid = grid_around(lonlat({1, 2}), 0.0049, 0, 1.0049, 1);
  EXPECT_EQ(grid.x_edge(0), 0.0);
  EXPECT_EQ(grid.cols, 2);
}

TEST(Grid, KnowsWhenItSpansTheGlobe) {
  EXPECT_TRUE(grid_around(lonlat({1, 10}), -180, -90, 180, 90).spans_globe());
  EXPECT_FALSE(grid_around(lonlat({1, 10}), -180, -90, 179.9, 90).spans_globe());
}

TEST(Grid, PositionsAreTheInverseOfCoordinates) {
  const Grid grid = grid_around(lonlat({1, 120}), 104, 24.5, 109, 29);
  EXPECT_NEAR(grid.col_of(grid.x_at(123.25)), 123.25, 1e-9);
  EXPECT_NEAR(grid.row_of(grid.y_at(321.75)), 321.75, 1e-9);
}

TEST(Grid, RefusesAnEmptyOrTooLargeExtent) {
  EXPECT_THROW(static_cast<void>(grid_around(lonlat({1, 10}), 10, 0, 5, 1)), Error);
  EXPECT_THROW(static_cast<void>(grid_around(lonlat({1, 10}), -180, 0, 190, 1)), Error);
}

TEST(Window, IntersectsAndUnites) {
  const Window a{0, 0, 10, 10};
  const Window b{5, 8, 10, 10};
  EXPECT_EQ(a.intersect(b), (Window{5, 8, 5, 2}));
  EXPECT_EQ(a.unite(b), (Window{0, 0, 15, 18}));
  EXPECT_TRUE(a.intersect({20, 0, 5, 5}).empty());
}

}  // namespace
}  // namespace cnci::engine
