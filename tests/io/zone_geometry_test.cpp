#include "io/zone_geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/crs.h"
#include "io/zone_geometry_antimeridian.h"
#include "io/zone_geometry_densify.h"
#include "io/zones_overlay.h"
#include "io/zones_project.h"

namespace cnci::io {
namespace {

MapPolygon rectangle(double x0, double y0, double x1, double y1) {
  return {{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, {}};
}

double plane(const MapPolygons& polygons) {
  double sum = 0;
  for (const MapPolygon& polygon : polygons) {
    sum += plane_area(polygon.exterior);
    for (const MapRing& hole : polygon.holes) sum += plane_area(hole);
  }
  return sum;
}

const EllipsoidArea& degrees_area() {
  static const EllipsoidArea area(true, nullptr);
  return area;
}

TEST(ZoneGeometry, NormalisedRingsHaveTheInsideOnTheLeft) {
  MapPolygons polygons{{{{0, 0}, {0, 4}, {4, 4}, {4, 4}, {4, 0}, {0, 0}},
                        {{{1, 1}, {2, 1}, {2, 2}, {1, 2}}, {{3, 3}, {3, 3}, {3, 3.5}}}}};
  normalise(polygons);
  EXPECT_EQ(plane_area(polygons[0].exterior), 16);
  EXPECT_EQ(polygons[0].exterior.size(), 4U);
  ASSERT_EQ(polygons[0].holes.size(), 1U);
  EXPECT_EQ(plane_area(polygons[0].holes[0]), -1);
}

TEST(ZoneGeometry, HolesThatReachOutOfAPolygonAreInItsBounds) {
  MapPolygon polygon = rectangle(0, 0, 10, 10);
  polygon.holes = {{{1, 1}, {1e18, 1}, {1, -2}}};
  const MapBox box = bounds(MapPolygons{polygon});
  EXPECT_EQ(box.xmax, 1e18);
  EXPECT_EQ(box.ymin, -2);
}

TEST(ZoneGeometry, BowTieIsRepairedToItsTwoTriangles) {
  const MapPolygons bow{{{{0, 0}, {2, 2}, {2, 0}, {0, 2}}, {}}};
  const auto shape = ogr_of(bow);
  EXPECT_NE(why_invalid(*shape).find("Self-intersection"), std::string::npos);
  const MapPolygons fixed = repaired(*shape);
  EXPECT_EQ(fixed.size(), 2U);
  EXPECT_EQ(plane(fixed), 2);
  EXPECT_EQ(why_invalid(*ogr_of(fixed)), "");
}

TEST(ZoneGeometry, PartsThatOverlapAreRepairedToTheirUnion) {
  const MapPolygons fixed = repaired(*ogr_of({rectangle(0, 0, 2, 1), rectangle(1, 0, 3, 1)}));
  EXPECT_EQ(plane(fixed), 3);
}

TEST(EllipsoidAreaTest, RectangleOfDegreesIsTheAreaBetweenParallels) {
  const double expected = engine::ellipsoid_area_km2(20, 50, 10);
  EXPECT_NEAR(degrees_area().km2({rectangle(100, 20, 110, 50)}), expected, 1e-9 * expected);
}

TEST(EllipsoidAreaTest, HolesAreTakenOutAndTinyPolygonsKeepTheirDigits) {
  MapPolygon polygon = rectangle(0, 0, 3, 3);
  polygon.holes = {{{1, 1}, {1, 2}, {2, 2}, {2, 1}}};
  const double expected = engine::ellipsoid_area_km2(0, 3, 3) - engine::ellipsoid_area_km2(1, 2, 1);
  EXPECT_NEAR(degrees_area().km2({polygon}), expected, 1e-9 * expected);
  const double side = 1.0 / 1024 / 1024;
  const double tiny = engine::ellipsoid_area_km2(45, 46, 1) * side * side;
  EXPECT_NEAR(degrees_area().km2({rectangle(100, 45.5, 100 + side, 45.5 + side)}), tiny,
              1e-4 * tiny);
}

TEST(EllipsoidAreaTest, SameAreaInAnEqualAreaProjection) {
  const std::string albers =
      crs_wkt("+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +ellps=WGS84");
  const EllipsoidArea area(false, make_transform(albers, wgs84_wkt()));
  EXPECT_NEAR(area.km2({rectangle(-500e3, 3000e3, 500e3, 4000e3)}), 1e6, 1e6 * 1e-6);
}

TEST(Antimeridian, SquareAcrossItIsCutInTwo) {
  // 179 -> -179 through 180, not round the globe.
  const MapPolygons cut = within_180({{{{179, 0}, {-179, 0}, {-179, 1}, {179, 1}}, {}}});
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(plane(cut), 2);
  EXPECT_EQ(bounds(cut).xmin, -180);
  EXPECT_EQ(bounds(cut).xmax, 180);
  for (const MapPolygon& part : cut) {
    const MapBox box = bounds(part.exterior);
    EXPECT_EQ(box.xmax - box.xmin, 1);
  }
}

TEST(Antimeridian, LongitudesBeyond180AreShiftedBack) {
  const MapPolygons cut = within_180({rectangle(170, -10, 200, 10)});
  EXPECT_EQ(plane(cut), 600);
  EXPECT_EQ(bounds(cut).xmin, -180);
  EXPECT_EQ(bounds(cut).xmax, 180);
  EXPECT_EQ(plane(within_180({rectangle(190, 0, 200, 1)})), 10);
  EXPECT_EQ(bounds(within_180({rectangle(190, 0, 200, 1)})).xmin, -170);
}

TEST(Antimeridian, HoleAcrossItStaysAHole) {
  MapPolygon polygon{{{170, 0}, {-170, 0}, {-170, 10}, {170, 10}}, {}};
  polygon.holes = {{{179, 4}, {179, 6}, {-179, 6}, {-179, 4}}};
  EXPECT_EQ(plane(within_180({polygon})), 196);
}

TEST(Antimeridian, RingRoundAPoleIsClosedThroughTheNearerOne) {
  MapRing parallel;
  for (int i = 0; i < 36; ++i) parallel.push_back({-175.0 + 10 * i, -70});
  EXPECT_NEAR(plane(within_180({{parallel, {}}})), 360 * 20, 1e-6);
  for (MapPoint& point : parallel) point.y = 60;
  const MapPolygons cap = within_180({{parallel, {}}});
  EXPECT_NEAR(plane(cap), 360 * 30, 1e-6);
  EXPECT_EQ(bounds(cap).ymax, 90);
  EXPECT_EQ(bounds(cap).ymin, 60);
}

TEST(Antimeridian, TwoRingsRoundAPoleBoundABand) {
  MapRing outer;
  MapRing inner;
  for (int i = 0; i < 36; ++i) {
    outer.push_back({-175.0 + 10 * i, -70});
    inner.push_back({175.0 - 10 * i, -80});
  }
  const MapPolygons band = within_180({{outer, {inner}}});
  EXPECT_NEAR(plane(band), 360 * 10, 1e-6);
  EXPECT_EQ(bounds(band).ymin, -80);
}

TEST(Antimeridian, EdgesAlongWholeParallelsAreDrawnOnTheMap) {
  const MapPolygons globe{rectangle(-180, -90, 180, 90)};
  EXPECT_EQ(plane(within_180(globe)), 360 * 180);
  // Antarctica as most files have it: down the antimeridian and along latitude -90.
  const MapPolygons cap{
      {{{-180, -90}, {180, -90}, {180, -80}, {60, -70}, {-60, -70}, {-180, -80}}, {}}};
  EXPECT_EQ(plane(within_180(cap)), plane(cap));
  EXPECT_EQ(bounds(within_180(cap)).ymin, -90);
}

TEST(Antimeridian, PointsOnItMayBeWrittenEitherWay) {
  // A square whose western half ends at 180 and whose eastern half begins at -180.
  const MapPolygons cut = within_180(
      {{{{179, 0}, {180, 0}, {-180, 0}, {-179, 0}, {-179, 1}, {-180, 1}, {180, 1}, {179, 1}}, {}}});
  EXPECT_EQ(plane(cut), 2);
}

TEST(Antimeridian, TwiceRoundTheGlobeIsAnError) {
  MapRing ring;
  for (int i = 0; i < 72; ++i) ring.push_back({std::remainder(10.0 * i, 360.0), 50.0 + i / 10.0});
  EXPECT_THROW(static_cast<void>(within_180({{ring, {}}})), engine::Error);
}

TEST(Antimeridian, LongitudesFarFromTheGlobeAreAnError) {
  for (const double far : {5000.0, -1e18}) {
    EXPECT_THROW((void)within_180({{{{0, 0}, {far, 0}, {far, 1}}, {}}}), engine::Error);
    MapPolygon polygon = rectangle(0, 0, 10, 10);
    polygon.holes = {{{1, 1}, {far, 1}, {1, 2}}};
    EXPECT_THROW((void)within_180({polygon}), engine::Error);
  }
}

TEST(Densify, NeighboursGetTheSamePointsInEitherDirection) {
  const auto transform = make_transform(wgs84_wkt(), crs_wkt("EPSG:3857"));
  const auto albers =
      make_transform(wgs84_wkt(), crs_wkt("+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +ellps=WGS84"));
  const MapRing there = densified(MapRing{{100, 20}, {120, 20}, {121, 33}}, *albers, {20, false});
  MapRing back = densified(MapRing{{121, 33}, {120, 20}, {100, 20}}, *albers, {20, false});
  EXPECT_GT(there.size(), 100U);
  std::ranges::reverse(back);
  std::rotate(back.begin(), std::ranges::find(back, there.front()), back.end());
  EXPECT_EQ(there, back);
  // Mercator's parallels and meridians are straight: nothing is added.
  EXPECT_EQ(densified(rectangle(0, 0, 10, 10).exterior, *transform, {1, false}).size(), 4U);
}

TEST(Densify, StaysWithinTheTolerance) {
  const auto albers =
      make_transform(wgs84_wkt(), crs_wkt("+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +ellps=WGS84"));
  const MapRing edge = densified(MapRing{{90, 45}, {120, 45}, {105, 46}}, *albers, {20, false});
  // Every point of the parallel is near a piece of the polyline.
  for (int i = 0; i <= 300; ++i) {
    MapPoint p{90 + i * 0.1, 45};
    albers->apply({&p.x, 1}, {&p.y, 1});
    double best = 1e300;
    for (std::size_t k = 0; k < edge.size(); ++k) {
      const MapPoint a = edge[k];
      const MapPoint b = edge[(k + 1) % edge.size()];
      const double length2 = (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y);
      const double t =
          std::clamp(((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length2, 0.0, 1.0);
      best = std::min(best, std::hypot(a.x + t * (b.x - a.x) - p.x, a.y + t * (b.y - a.y) - p.y));
    }
    EXPECT_LT(best, 21) << p.x;
  }
}

TEST(Densify, AnEdgeBentLikeAnSIsNotTakenForStraight) {
  // Mirror symmetry puts the middle of this edge on its chord in Mercator.
  const auto mercator = make_transform(wgs84_wkt(), crs_wkt("EPSG:3857"));
  EXPECT_GT(densified(MapRing{{0, -60}, {60, 60}, {0, 60}}, *mercator, {100, false}).size(), 20U);
}

TEST(Overlaps, ArePairsWithTheirArea) {
  // Zones 0 and 1 share an edge; zone 2 lies a tenth of a degree inside zone 1.
  const std::vector<MapPolygons> zones{
      {rectangle(0, 0, 1, 1)}, {rectangle(1, 0, 2, 1)}, {rectangle(1.9, 0, 3, 1)}};
  const auto overlaps = find_overlaps(zones, loose_edges(zones), degrees_area());
  ASSERT_EQ(overlaps.size(), 1U);
  EXPECT_EQ(overlaps[0].low, 1U);
  EXPECT_EQ(overlaps[0].high, 2U);
  const double expected = engine::ellipsoid_area_km2(0, 1, 0.1);
  EXPECT_NEAR(overlaps[0].km2, expected, 1e-6 * expected);
}

TEST(Overlaps, AreFoundWhereEveryEdgeOfOneZoneIsCancelledByANeighbour) {
  // 0 lies under 1 to 4, which tile it and share all their inner edges.
  const std::vector<MapPolygons> zones{{rectangle(-1, -1, 3, 3)},
                                       {rectangle(0, 0, 1, 1)},
                                       {rectangle(1, 0, 2, 1)},
                                       {rectangle(0, 1, 1, 2)},
                                       {rectangle(1, 1, 2, 2)}};
  EXPECT_EQ(find_overlaps(zones, loose_edges(zones), degrees_area()).size(), 4U);
}

TEST(Overlaps, TheSameZoneTwiceOverlapsWholly) {
  const std::vector<MapPolygons> zones{{rectangle(0, 0, 1, 1)}, {rectangle(0, 0, 1, 1)}};
  const auto overlaps = find_overlaps(zones, loose_edges(zones), degrees_area());
  ASSERT_EQ(overlaps.size(), 1U);
  EXPECT_NEAR(overlaps[0].km2, engine::ellipsoid_area_km2(0, 1, 1), 1e-3);
}

TEST(Gaps, AreHolesOfTheUnionAndNotTheOuterCoast) {
  // A ring of four rectangles round a square of 1 by 1, and an island far away.
  const std::vector<MapPolygons> zones{{rectangle(0, 0, 3, 1)},
                                       {rectangle(0, 1, 1, 2)},
                                       {rectangle(2, 1, 3, 2)},
                                       {rectangle(0, 2, 3, 3)},
                                       {rectangle(10, 0, 11, 1)}};
  const auto gaps = find_gaps(loose_edges(zones), degrees_area());
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].middle, (MapPoint{1.5, 1.5}));
  const double expected = engine::ellipsoid_area_km2(1, 2, 1);
  EXPECT_NEAR(gaps[0].km2, expected, 1e-6 * expected);
}

TEST(Gaps, IslandsInALakeAreNoGap) {
  MapPolygon shore = rectangle(0, 0, 10, 10);
  shore.holes = {{{2, 2}, {2, 8}, {8, 8}, {8, 2}}};
  MapPolygon island = rectangle(3, 3, 7, 7);
  island.holes = {{{4, 4}, {4, 5}, {5, 5}, {5, 4}}};
  const std::vector<MapPolygons> zones{{shore}, {island}};
  const auto gaps = find_gaps(loose_edges(zones), degrees_area());
  ASSERT_EQ(gaps.size(), 2U);
  const double lake = engine::ellipsoid_area_km2(2, 8, 6) - engine::ellipsoid_area_km2(3, 7, 4);
  EXPECT_NEAR(gaps[0].km2, lake, 1e-6 * lake);
  EXPECT_NEAR(gaps[1].km2, engine::ellipsoid_area_km2(4, 5, 1), 1e-2);
}

TEST(Gaps, ABorderDigitisedTwiceLeavesASliver) {
  // Zone 1's border bends away from the straight border of zone 0.
  const std::vector<MapPolygons> zones{{rectangle(0, 0, 1, 1)},
                                       {{{{1, 0}, {2, 0}, {2, 1}, {1, 1}, {1.001, 0.5}}, {}}}};
  EXPECT_TRUE(find_overlaps(zones, loose_edges(zones), degrees_area()).empty());
  const auto gaps = find_gaps(loose_edges(zones), degrees_area());
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_NEAR(gaps[0].km2, engine::ellipsoid_area_km2(0, 1, 0.0005), 0.01);
}

}  // namespace
}  // namespace cnci::io
