#include "io/zone_dissolve.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "io/zones.h"
#include "tests/support.h"

namespace cnci::io {
namespace {

MapPolygon unit_square(double x, double y) {
  return {{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}}, {}};
}

/// Squares of the lattice where a picture has an x.
MapPolygons squares(const std::vector<std::string>& picture) {
  MapPolygons parts;
  for (std::size_t row = 0; row < picture.size(); ++row) {
    for (std::size_t col = 0; col < picture[row].size(); ++col) {
      if (picture[row][col] != 'x') continue;
      parts.push_back(unit_square(static_cast<double>(col), -static_cast<double>(row)));
    }
  }
  return parts;
}

/// "24+16" for a polygon of 24 vertices with a hole of 16; blanks between polygons.
std::string form(const std::optional<MapPolygons>& polygons) {
  if (!polygons) return "nothing";
  std::string text;
  for (const MapPolygon& polygon : *polygons) {
    text += (text.empty() ? "" : " ") + std::to_string(polygon.exterior.size());
    for (const MapRing& hole : polygon.holes) text += "+" + std::to_string(hole.size());
  }
  return text;
}

void expect_union(const MapPolygons& parts, const std::string& what) {
  const std::optional<MapPolygons> polygons = dissolved(parts);
  ASSERT_TRUE(polygons.has_value()) << what;
  const OGRGeometryUniquePtr shape = ogr_of(*polygons);
  const OGRGeometryUniquePtr other = ogr_of(united(parts));
  EXPECT_EQ(why_invalid(*shape), "") << what;
  const OGRGeometryUniquePtr apart(shape->SymDifference(other.get()));
  ASSERT_NE(apart, nullptr) << what;
  double area = 0;
  for (const MapPolygon& polygon : polygons_of(*apart)) area += plane_area(polygon.exterior);
  EXPECT_EQ(area, 0) << what;
  for (const MapPolygon& polygon : *polygons) {
    EXPECT_GT(plane_area(polygon.exterior), 0) << what;
    for (const MapRing& hole : polygon.holes) EXPECT_LT(plane_area(hole), 0) << what;
  }
}

TEST(ZoneDissolve, CommonBordersGo) {
  EXPECT_EQ(form(dissolved(squares({"xx", "x "}))), "8");
  EXPECT_EQ(form(dissolved(squares({"x x"}))), "4 4");
  EXPECT_EQ(form(dissolved(squares({"x"}))), "4");
}

TEST(ZoneDissolve, LakesAreHolesOfThePolygonRoundThem) {
  EXPECT_EQ(form(dissolved(squares({"xxx", "x x", "xxx"}))), "12+4");
  const std::vector<std::string> island = {"xxxxx", "x   x", "x x x", "x   x", "xxxxx"};
  EXPECT_EQ(form(dissolved(squares(island))), "20+12 4");
}

TEST(ZoneDissolve, WhatTouchesInAPointStaysApart) {
  EXPECT_EQ(form(dissolved(squares({"x ", " x"}))), "4 4");
  // The lake touches its shore from inside; two lakes touch.
  EXPECT_EQ(form(dissolved(squares({" xxx", "x xx", "xxxx", "xxxx"}))), "16+4");
  EXPECT_EQ(form(dissolved(squares({"xxxx", "x xx", "xx x", "xxxx"}))), "16+4+4");
  // Two halves that touch in two points lie round a gap, which is not inside either.
  EXPECT_EQ(form(dissolved(squares({" xx ", "x  x", " xx "}))), "4 6 6 4");
}

TEST(ZoneDissolve, IsTheUnionOfAnyParts) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> picture(9, std::string(9, ' '));
    const unsigned share = 20 + 10 * (random() % 7);
    for (std::string& row : picture) {
      for (char& cell : row) cell = random() % 100 < share ? 'x' : ' ';
    }
    picture[4][4] = 'x';
    expect_union(squares(picture), std::to_string(round));
  }
}

TEST(ZoneDissolve, BordersThatAreNotSharedVertexByVertexAreLeftToGeos) {
  const MapPolygon wide = {{{0, 1}, {2, 1}, {2, 2}, {0, 2}}, {}};
  EXPECT_EQ(form(dissolved({unit_square(0, 0), unit_square(1, 0), wide})), "nothing");
  EXPECT_EQ(form(dissolved({unit_square(0, 0), unit_square(0.5, 0.5)})), "nothing") << "overlap";
  EXPECT_EQ(form(dissolved({unit_square(0, 0), unit_square(0, 0)})), "nothing") << "twice";
}

TEST(ZoneDissolve, ProvincesOfRealCountiesAreTheirUnion) {
  const auto data = tests::data_folder();
  if (data.empty()) GTEST_SKIP() << "no real data: set CNCI_DATA";
  ZoneSpec spec;
  spec.path = (data / "china_counties_mapchina/china_counties_osm.gpkg").string();
  spec.where = "Code_Province IN ('52', '33', '11', '46')";
  spec.levels = {{"county", {"Code_County", "", false}, {}}};
  spec.missing_code = MissingCode::kDrop;
  spec.duplicates = Duplicates::kMerge;
  const ZoneSource source(spec);
  std::map<std::string, MapPolygons> provinces;
  const auto wkb = source.leaf_wkb();
  for (std::size_t leaf = 0; leaf < wkb.size(); ++leaf) {
    OGRGeometry* raw = nullptr;
    ASSERT_EQ(OGRGeometryFactory::createFromWkb(wkb[leaf].data(), nullptr, &raw, wkb[leaf].size()),
              OGRERR_NONE);
    const OGRGeometryUniquePtr shape(raw);
    MapPolygons& province =
        provinces[source.tree().nodes[source.tree().first_leaf + leaf].code.substr(0, 2)];
    for (MapPolygon& polygon : polygons_of(*shape)) province.push_back(std::move(polygon));
  }
  EXPECT_EQ(provinces.size(), 4u);
  for (const auto& [code, parts] : provinces) expect_union(parts, code);
}

}  // namespace
}  // namespace cnci::io
