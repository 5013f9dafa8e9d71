// Zones, tables and cubes of absurd size or content.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "engine/error.h"
#include "io/csv.h"
#include "io/tables.h"
#include "io/zone_limits.h"
#include "tests/io/raster_support.h"
#include "tests/io/zones_support.h"

namespace cnci::io::testing {
namespace {

TEST(UntrustedCsv, OfManyGigabytesIsNotLoaded) {
  const TemporaryFolder folder;
  const std::string path = folder.path("t.csv");
  std::ofstream(path) << "code,value\n";
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);  // sparse
  const std::string message = testing::error_of([&] { (void)read_csv(path); });
  EXPECT_EQ(message.find(path + ": a table of 1048576 MB, at most 1024 MB are read"), 0U)
      << message;
}

TEST(UntrustedCsv, ALineWithoutEndIsNamed) {
  const TemporaryFolder folder;
  const std::string path = folder.path("t.csv");
  for (const std::string begin : {"code,value\n1,", "code,value\n1,\""}) {
    std::ofstream(path) << begin << std::string(3 << 20, 'x') << "\n";
    const std::string message = testing::error_of([&] { (void)read_csv(path); });
    EXPECT_NE(message.find("line 2: a row of more than 1 MB"), std::string::npos) << message;
  }
  std::ofstream(path) << "code,value\n" << std::string((1 << 20) - 2, 'x') << ",1\n";
  EXPECT_EQ(read_csv(path).rows.size(), 1U);
}

TEST(UntrustedCsv, TooManyFieldsAreCounted) {
  const TemporaryFolder folder;
  const std::string path = folder.path("t.csv");
  std::ofstream(path) << "a,b\n1,2\n3,4\n";
  EXPECT_EQ(read_csv(path, {.fields = 6}).rows.size(), 2U);
  const std::string message = testing::error_of([&] { (void)read_csv(path, {.fields = 5}); });
  EXPECT_NE(message.find("line 3: more than 5 fields"), std::string::npos) << message;
}

TEST(UntrustedCsv, APipeIsNotWaitedFor) {
  const TemporaryFolder folder;
  const std::string path = folder.path("t.csv");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string message = testing::error_of([&] { (void)read_csv(path); });
  EXPECT_NE(message.find("is a pipe"), std::string::npos) << message;
}

TEST(UntrustedCrosswalk, ListsOfCodesDoNotMultiplyWithoutBound) {
  const TemporaryFolder folder;
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += std::to_string(i) + ";";
  std::ofstream(folder.path("walk.csv")) << "old,new\n" << many << "," << many << "\n";
  std::ofstream(folder.path("t.csv")) << "code,value\n1,2\n";
  JoinTableSpec spec;
  spec.name = "population";
  spec.path = folder.path("t.csv");
  spec.code = "code";
  spec.value = "value";
  spec.crosswalk_path = folder.path("walk.csv");
  spec.crosswalk_from = "old";
  spec.crosswalk_to = "new";
  const std::string message =
      testing::error_of([&] { (void)read_join_table(spec, {2019}, {"1"}); });
  EXPECT_NE(message.find("walk.csv: line 2: more than 10000000 pairs"), std::string::npos)
      << message;
}

class UntrustedZones : public ZonesTest {};

TEST_F(UntrustedZones, APipeOrAnAddressIsRefused) {
  spec_.path = folder_ / "zones.gpkg";
  ASSERT_EQ(::mkfifo(spec_.path.c_str(), 0600), 0);
  EXPECT_NE(testing::error_of([&] { const ZoneSource source(spec_); }).find("is a pipe"),
            std::string::npos);
  for (const char* path : {"PG:dbname=a", "http://127.0.0.1:9/a.geojson", "WFS:http://127.0.0.1:9/",
                           "/vsicurl/http://127.0.0.1:9/a.shp", "MySQL:a,user=b",
                           R"({"type":"FeatureCollection","features":[]})"}) {
    spec_.path = path;
    const std::string message = testing::error_of([&] { const ZoneSource source(spec_); });
    EXPECT_TRUE(message.starts_with(std::string(path) + ": ")) << message;
  }
}

TEST_F(UntrustedZones, AVectorVrtIsNoFormatOfZones) {
  spec_.path = folder_ / "zones.vrt";
  std::ofstream(spec_.path)
      << "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>http://127.0.0.1:9/a.geojson"
      << "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
  const std::string message = testing::error_of([&] { const ZoneSource source(spec_); });
  EXPECT_NE(message.find("cannot be read as polygons"), std::string::npos) << message;
}

TEST_F(UntrustedZones, CoordinatesThatNoMapHasAreFindings) {
  const auto source =
      read({{"1", "5", square(0, 0, 1e300, 1)}, {"2", "5", square(0, 0, 1000, 1000)}},
           "urn:ogc:def:crs:EPSG::32648");
  EXPECT_TRUE(has(findings(source, Severity::kError), "zone 1 has a coordinate of 1e+300"))
      << findings(source, Severity::kError);
}

OGRGeometryUniquePtr polygon(int points, double bad = 0) {
  auto ring = std::make_unique<OGRLinearRing>();
  ring->setNumPoints(points);
  ring->setPoint(0, 0.0, bad);
  ring->setPoint(points - 1, 0.0, bad);
  auto shape = std::make_unique<OGRPolygon>();
  shape->addRingDirectly(ring.release());
  return OGRGeometryUniquePtr(shape.release());
}

TEST(ZoneLimitsTest, PointsAndFeaturesAreCounted) {
  ZoneLimits limits("a.gpkg");
  const auto million = polygon(1'000'000);
  for (int i = 0; i < 400; ++i) limits.count(*million, "zone 1");
  const std::string message = testing::error_of([&] { limits.count(*million, "zone 2"); });
  EXPECT_NE(message.find("a.gpkg: its zones have more than 400000000 points"), std::string::npos)
      << message;
  ZoneLimits fresh("a.gpkg");
  OGRMultiPolygon many;
  for (int i = 0; i < 51; ++i) many.addGeometry(million.get());
  EXPECT_NE(testing::error_of([&] {
              fresh.count(many, "zone 3");
            }).find("zone 3 has 51000000 points, at most 50000000"),
            std::string::npos);
  for (std::int64_t i = 0; i < ZoneLimits::kMostFeatures; ++i) fresh.count_feature();
  EXPECT_THROW(fresh.count_feature(), ZoneLimits::Exceeded);
}

TEST(ZoneLimitsTest, ACoordinateThatIsNoNumberIsRefused) {
  ZoneLimits limits("a.gpkg");
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -1e10}) {
    EXPECT_NE(testing::error_of([&] {
                limits.count(*polygon(4, bad), "zone 1");
              }).find("zone 1 has a coordinate of"),
              std::string::npos);
  }
  EXPECT_NO_THROW(limits.count(*polygon(4), "zone 1"));
}

}  // namespace
}  // namespace cnci::io::testing
