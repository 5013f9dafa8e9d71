#include "io/crs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "engine/error.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

constexpr const char* kAlbers =
    "+proj=aea +lat_0=0 +lon_0=105 +lat_1=25 +lat_2=47 +x_0=0 +y_0=0 +datum=WGS84 +units=m";

TEST(Crs, TextThatIsNoCrsIsNamedInTheError) {
  const std::string message = testing::error_of([] { (void)crs_wkt("EPSG:99999999"); });
  EXPECT_NE(message.find("EPSG:99999999"), std::string::npos) << message;
  EXPECT_THROW((void)crs_wkt(""), engine::Error);
  EXPECT_THROW((void)crs_wkt("http://example.org/crs"), engine::Error);
  EXPECT_THROW((void)crs_wkt("EPSG:5773"), engine::Error) << "heights have no place on a grid";
}

TEST(Crs, ATextThatNamesAFileIsRefusedBeforePROJOpensIt) {
  const testing::TemporaryFolder folder;
  const std::string pipe = folder.path("pipe");  // to open it would hang
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& text :
       {"+init=" + pipe + ":a", "init=" + pipe + ":a", std::string("+init=pipe:a"),
        std::string("+init=epsg"), std::string("+init=epsg:"), std::string("+init=epsg:4326a"),
        std::string("+init=myepsg:4326"), "+proj=longlat +nadgrids=" + pipe,
        "+proj=longlat +geoidgrids=@" + pipe,
        "+proj=pipeline +step +proj=hgridshift +grids=" + pipe + " +step +proj=longlat"}) {
    const std::string message = testing::error_of([&] { (void)crs_wkt(text); });
    EXPECT_NE(message.find("names a file"), std::string::npos) << text << "\n" << message;
  }
  EXPECT_TRUE(crs_same(crs_wkt("+init=epsg:4326"), crs_wkt("EPSG:4326")));
  EXPECT_NE(crs_wkt("+proj=longlat +ellps=bessel +nadgrids=@null"), "");
}

TEST(Crs, CodesOfAuthoritiesAreTold) {
  for (const char* code : {"EPSG:4326", "epsg:1", "ESRI:102025"}) {
    EXPECT_TRUE(is_authority_code(code)) << code;
  }
  for (const char* other : {"", ":", "EPSG:", ":4326", "EPSG:4326 ", "EPSG:43a6", "EPSG 4326",
                            "IAU_2015:30100", "urn:ogc:def:crs:EPSG::4326"}) {
    EXPECT_FALSE(is_authority_code(other)) << other;
  }
}

TEST(Crs, GeographicAndProjectedAreTold) {
  EXPECT_TRUE(crs_is_geographic(crs_wkt("EPSG:4326")));
  EXPECT_FALSE(crs_is_geographic(crs_wkt(kAlbers)));
}

TEST(Crs, SameIgnoresAxisOrderAndNames) {
  EXPECT_TRUE(crs_same(crs_wkt("EPSG:4326"), crs_wkt("OGC:CRS84")));
  EXPECT_TRUE(crs_same(crs_wkt("EPSG:4326"), crs_wkt("+proj=longlat +datum=WGS84")));
  std::string renamed = crs_wkt(kAlbers);
  renamed.replace(renamed.find("unknown"), 7, "my Albers");
  EXPECT_TRUE(crs_same(crs_wkt(kAlbers), renamed));
  // Gauss-Krueger: EPSG has northing first, the PROJ string easting.
  EXPECT_TRUE(crs_same(crs_wkt("EPSG:31467"), crs_wkt("EPSG:5677")));
}

TEST(Crs, OtherParametersOrDatumsAreNotTheSame) {
  EXPECT_FALSE(crs_same(crs_wkt("EPSG:4326"), crs_wkt("EPSG:4490")));
  EXPECT_FALSE(crs_same(crs_wkt("EPSG:4326"), crs_wkt(kAlbers)));
  std::string other = kAlbers;
  other.replace(other.find("+lat_2=47"), 9, "+lat_2=46");
  EXPECT_FALSE(crs_same(crs_wkt(kAlbers), crs_wkt(other)));
}

TEST(Crs, NameHoldsCodeAndName) { EXPECT_EQ(crs_name(crs_wkt("EPSG:4326")), "EPSG:4326 (WGS 84)"); }

TEST(Transform, LongitudeComesFirstInBothDirections) {
  const auto there = make_transform(wgs84_wkt(), crs_wkt("EPSG:3857"));
  std::array<double, 2> x = {10.0, 106.7};
  std::array<double, 2> y = {0.0, 26.6};
  there->apply(x, y);
  EXPECT_NEAR(x[0], 1113194.9079327357, 1e-6);
  EXPECT_NEAR(y[0], 0.0, 1e-6);
  const auto back = make_transform(crs_wkt("EPSG:3857"), wgs84_wkt());
  back->apply(x, y);
  EXPECT_NEAR(x[1], 106.7, 1e-11);
  EXPECT_NEAR(y[1], 26.6, 1e-11);
}

TEST(Transform, BetweenEqualCrsIsTheIdentity) {
  EXPECT_TRUE(make_transform(wgs84_wkt(), crs_wkt("OGC:CRS84"))->identity());
  EXPECT_FALSE(make_transform(wgs84_wkt(), crs_wkt(kAlbers))->identity());
}

TEST(Transform, PointsWithoutImageBecomeNaNAndTheOthersStay) {
  const auto there = make_transform(wgs84_wkt(), crs_wkt("EPSG:3395"));
  std::array<double, 4> x = {10, 20, std::nan(""), 30};
  std::array<double, 4> y = {95, 20, 5, INFINITY};
  there->apply(x, y);
  EXPECT_TRUE(std::isnan(x[0]) && std::isnan(y[0])) << x[0] << " " << y[0];
  EXPECT_NEAR(x[1], 2226389.8158654715, 1e-6);
  EXPECT_TRUE(std::isnan(x[2]) && std::isnan(y[2]));
  EXPECT_TRUE(std::isnan(x[3]) && std::isnan(y[3]));
}

TEST(Transform, ImageOfAPointDoesNotDependOnItsCompany) {
  // NAD27 to WGS84 has one operation per region: a batch must not choose for a point.
  const auto transform = make_transform(crs_wkt("EPSG:4267"), wgs84_wkt());
  const std::vector<double> lon = {-149, -100, -81, -75, -60, -90};
  const std::vector<double> lat = {61, 40, 25, 45, 48, 15};
  std::vector<double> x = lon;
  std::vector<double> y = lat;
  transform->apply(x, y);
  for (std::size_t i = 0; i < lon.size(); ++i) {
    double px = lon[i];
    double py = lat[i];
    transform->apply({&px, 1}, {&py, 1});
    EXPECT_EQ(px, x[i]);
    EXPECT_EQ(py, y[i]);
  }
}

}  // namespace
}  // namespace cnci::io
