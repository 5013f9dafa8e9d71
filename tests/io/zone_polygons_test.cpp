#include "io/zone_polygons.h"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "engine/error.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/tables.h"
#include "io/zone_geometry.h"
#include "tests/support.h"

namespace cnci::io {
namespace {

std::vector<unsigned char> wkb_of_box(double x0, double y0, double x1, double y1) {
  const auto shape = ogr_of({{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, {}}});
  std::vector<unsigned char> bytes(shape->WkbSize());
  EXPECT_EQ(shape->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso), OGRERR_NONE);
  return bytes;
}

MapPolygons polygons_of_bytes(const std::vector<unsigned char>& wkb) {
  OGRGeometry* raw = nullptr;
  EXPECT_EQ(OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &raw, wkb.size()), OGRERR_NONE);
  const OGRGeometryUniquePtr shape(raw);
  return polygons_of(*shape);
}

/// A province of two counties on both sides of 101 E, two years.
class ZonePolygonsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ZoneTable table;
    table.years = {2019, 2020};
    table.nodes = {
        {"province", "52", "", ""}, {"county", "b", "", "52"}, {"county", "a", "", "52"}};
    table.columns = {{"area_km2", "km2", "area", {3, 1, 2, 3, 1, 2}}};
    write_zones_gpkg(path_, table, {wkb_of_box(100, 30, 101, 31), wkb_of_box(101, 30, 103, 31)},
                     wgs84_wkt());
  }
  [[nodiscard]] std::string error() const {
    try {
      static_cast<void>(read_zone_polygons(path_, wgs84_wkt()));
    } catch (const engine::Error& error) {
      return error.what();
    }
    return {};
  }
  /// Says SQL to the file.
  void change(const std::string& sql) const {
    const DatasetPtr file(GDALDataset::Open(path_.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE));
    ASSERT_NE(file, nullptr);
    file->ReleaseResultSet(file->ExecuteSQL(sql.c_str(), nullptr, nullptr));
  }

  tests::TemporaryFolder folder_;
  std::string path_ = folder_ / "zones.gpkg";
};

TEST_F(ZonePolygonsTest, AreThoseOfTheFirstYearInTheOrderOfTheFile) {
  const auto levels = read_zone_polygons(path_, wgs84_wkt());
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[0].level, "province");
  EXPECT_EQ(levels[0].codes, std::vector<std::string>{"52"});
  EXPECT_EQ(levels[1].level, "county");
  EXPECT_EQ(levels[1].codes, (std::vector<std::string>{"b", "a"}));
  ASSERT_EQ(levels[1].wkb.size(), 2U);
  EXPECT_EQ(plane_area(polygons_of_bytes(levels[0].wkb[0])[0].exterior), 3);
  EXPECT_EQ(bounds(polygons_of_bytes(levels[1].wkb[1])).xmax, 103);
}

TEST_F(ZonePolygonsTest, AreMovedToTheGridAndGoOnSharingTheirBorder) {
  const std::string albers =
      crs_wkt("+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m");
  const auto levels = read_zone_polygons(path_, albers);
  std::set<std::pair<double, double>> points;
  double area_km2 = 0;
  for (const auto& wkb : levels[1].wkb) {
    const MapPolygons polygons = polygons_of_bytes(wkb);
    for (const MapPoint& point : polygons[0].exterior) points.emplace(point.x, point.y);
    area_km2 += plane_area(polygons[0].exterior) / 1e6;
  }
  EXPECT_EQ(points.size(), 6U) << "of 8, two are shared bit by bit";
  EXPECT_NEAR(area_km2, 31800, 150);  // 3 x 1 degrees at 30.5 N
}

TEST_F(ZonePolygonsTest, NothingIsLeftBesideTheFile) {
  change("PRAGMA journal_mode=WAL");
  static_cast<void>(read_zone_polygons(path_, wgs84_wkt()));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename(), "zones.gpkg");
  }
}

TEST_F(ZonePolygonsTest, MayBeAbsent) {
  change("UPDATE county SET geom = NULL WHERE code = 'b'");
  const auto levels = read_zone_polygons(path_, wgs84_wkt());
  EXPECT_TRUE(levels[1].wkb[0].empty());
  EXPECT_FALSE(levels[1].wkb[1].empty());
}

TEST_F(ZonePolygonsTest, ErrorsNameTheFileAndWhatIsWrong) {
  change("ALTER TABLE county RENAME COLUMN code TO number");
  EXPECT_EQ(error(), path_ + ", level county: has no column code; it is no zones.gpkg");
  std::ofstream(path_) << "no GeoPackage";
  EXPECT_NE(error().find(path_ + ": cannot be opened"), std::string::npos) << error();
}

TEST_F(ZonePolygonsTest, PointsWithoutAnImageNameTheirZone) {
  const std::string gnomonic = crs_wkt("+proj=gnom +lat_0=-30 +lon_0=-79 +datum=WGS84");
  try {
    static_cast<void>(read_zone_polygons(path_, gnomonic));
    FAIL() << "the other side of the globe has no image";
  } catch (const engine::Error& error) {
    EXPECT_NE(std::string(error.what()).find("of zone 52"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cnci::io
