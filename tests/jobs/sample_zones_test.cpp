#include "jobs/sample_zones.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "jobs/sample_land.h"
#include "jobs/sample_noise.h"
#include "jobs/sample_size.h"
#include "tests/jobs/sample_support.h"

namespace cnci::jobs {
namespace {

TEST(SampleNoise, StaysWithinOneAndDoesNotDependOnHowARowIsCut) {
  const ValueNoise noise(7, 0.5, 4);
  std::vector<double> whole(400, 0.0);
  noise.add({12.34, -3, 0.0625, whole.size()}, 1, whole);
  std::vector<double> tail(300, 0.0);
  noise.add({12.34, -3 + 100 * 0.0625, 0.0625, tail.size()}, 1, tail);
  for (std::size_t i = 0; i < tail.size(); ++i) EXPECT_EQ(whole[i + 100], tail[i]) << i;
  const auto [low, high] = std::minmax_element(whole.begin(), whole.end());
  EXPECT_GE(*low, -1);
  EXPECT_LE(*high, 1);
  EXPECT_GT(*high - *low, 0.5);
  EXPECT_EQ(noise.at(-3 + 7 * 0.0625, 12.34), whole[7]);
}

TEST(SampleNoise, HashIsTheSameOnEveryMachine) {
  // splitmix64 applied three times, computed with Python's integers.
  EXPECT_EQ(sample_hash(1, 2, 3, 4), 0x145252f60b5cac2ULL);
  EXPECT_EQ(sample_hash(5, -1, -2), 0x8da2c09015acc35cULL);
  EXPECT_GE(sample_uniform(5, -1, -2), 0);
  EXPECT_LT(sample_uniform(5, -1, -2), 1);
}

TEST(SampleSizes, AnUnknownSizeIsRefusedWithTheKnownOnes) {
  try {
    (void)sample_size("huge");
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("huge"), std::string::npos);
    EXPECT_NE(text.find("province"), std::string::npos);
  }
}

TEST(SampleLand, CellsInsideOrTouchedByTheCoastAreLand) {
  // A box of 5 x 4 cells and a square island from (1.2, 1.1) to (3.5, 2.6), in cells:
  //   . . . . .
  //   . # # # .
  //   . # # # .
  //   . . . . .
  constexpr double kCell = 1.0 / kSampleCellsPerDegree;
  const auto at = [](double col, double row) {
    return SamplePoint{10 + col * kCell, 50 - row * kCell};
  };
  const SampleBox box{10, 50 - 4 * kCell, 10 + 5 * kCell, 50};
  const SampleLand land(box, {{at(1.2, 1.1), at(3.5, 1.1), at(3.5, 2.6)},
                              {at(1.2, 1.1), at(1.2, 2.6), at(3.5, 2.6)}});
  ASSERT_EQ(land.rows(), 4);
  ASSERT_EQ(land.cols(), 5);
  EXPECT_TRUE(land.row(0).empty());
  EXPECT_TRUE(land.row(3).empty());
  for (const std::int64_t row : {1, 2}) {
    ASSERT_EQ(land.row(row).size(), 1U);
    EXPECT_EQ(land.row(row)[0], (SampleLand::Run{1, 4}));
  }
  EXPECT_EQ(land.count(0, 0, 5, 4), 6);
  EXPECT_EQ(land.count(2, 2, 1, 9), 1);
  EXPECT_EQ(land.count(4, 0, 1, 4), 0);
}

TEST(SampleLand, ALakeInTheMiddleOfLandIsSea) {
  constexpr double kCell = 1.0 / kSampleCellsPerDegree;
  const auto square = [](double low, double high) {
    const auto at = [](double col, double row) {
      return SamplePoint{col * kCell, 10 - row * kCell};
    };
    return SamplePolyline{at(low, low), at(high, low), at(high, high), at(low, high), at(low, low)};
  };
  const SampleLand land({0, 10 - 12 * kCell, 12 * kCell, 10}, {square(1, 10.5), square(3.5, 7.5)});
  ASSERT_EQ(land.row(5).size(), 2U);
  EXPECT_EQ(land.row(5)[0], (SampleLand::Run{1, 4}));
  EXPECT_EQ(land.row(5)[1], (SampleLand::Run{7, 11}));
}

TEST(SampleZones, NeighboursShareTheirBordersVertexByVertex) {
  for (const char* name : {"small", "province", "national"}) {
    const SampleZones zones = make_sample_zones(sample_size(name));
    using Piece = std::tuple<double, double, double, double>;
    std::multiset<Piece> pieces;
    for (const SampleCounty& county : zones.counties) {
      ASSERT_EQ(county.ring.front(), county.ring.back());
      for (std::size_t i = 1; i < county.ring.size(); ++i) {
        const SamplePoint& a = county.ring[i - 1];
        const SamplePoint& b = county.ring[i];
        pieces.insert({a.lon, a.lat, b.lon, b.lat});
      }
    }
    // Every piece is walked once each way by two neighbours, or once by a county at the coast.
    std::size_t alone = 0;
    for (const auto& [ax, ay, bx, by] : pieces) {
      ASSERT_EQ(pieces.count({ax, ay, bx, by}), 1U);
      if (pieces.count({bx, by, ax, ay}) == 0) ++alone;
    }
    std::size_t coast = 0;
    for (const SamplePolyline& line : zones.coast) coast += line.size() - 1;
    EXPECT_EQ(alone, coast) << name;
  }
}

TEST(SampleZones, CountiesAreValidAndNeitherOverlapNorLeaveGaps) {
  for (const char* name : {"small", "province"}) {
    const SampleZones zones = make_sample_zones(sample_size(name));
    double sum = 0;
    for (const SampleCounty& county : zones.counties) {
      const auto polygon = polygon_of(county.ring);
      EXPECT_TRUE(polygon->IsValid()) << county.county_code;
      EXPECT_GT(county.area_km2, 0) << county.county_code;
      sum += polygon->get_Area();
    }
    const auto whole = union_of(zones);
    ASSERT_NE(whole, nullptr);
    EXPECT_NEAR(planar_area(*whole) / sum, 1, 1e-12) << name;
    ASSERT_EQ(wkbFlatten(whole->getGeometryType()), wkbPolygon) << name;
    EXPECT_EQ(whole->toPolygon()->getNumInteriorRings(), 0) << name;
  }
}

TEST(SampleZones, BordersAreBent) {
  const SampleZones zones = make_sample_zones(sample_size("small"));
  for (const SampleCounty& county : zones.counties) {
    // Four borders of 16 pieces each, and a length well above that of a quad's sides.
    EXPECT_EQ(county.ring.size(), 4U * 16U + 1U);
    const auto polygon = polygon_of(county.ring);
    const std::unique_ptr<OGRGeometry> hull(polygon->ConvexHull());
    ASSERT_NE(hull, nullptr);
    EXPECT_GT(planar_area(*hull) / polygon->get_Area(), 1.02);
  }
}

TEST(SampleZones, TheProvinceHas88CountiesIn9PrefecturesOn176000Km2) {
  const SampleZones zones = make_sample_zones(sample_size("province"));
  std::set<std::string> counties;
  std::set<std::string> prefectures;
  std::set<std::string> provinces;
  double area_km2 = 0;
  for (const SampleCounty& county : zones.counties) {
    counties.insert(county.county_code);
    prefectures.insert(county.prefecture_code);
    provinces.insert(county.province_code);
    area_km2 += county.area_km2;
  }
  EXPECT_EQ(counties.size(), 88U);
  EXPECT_EQ(prefectures.size(), 9U);
  EXPECT_EQ(provinces.size(), 1U);
  EXPECT_NEAR(area_km2, 176000, 1760);
  EXPECT_DOUBLE_EQ(area_km2, zones.area_km2);
}

TEST(SampleZones, TheNationHasAboutThePromisedNumbersAndParentsNest) {
  const SampleSize size = sample_size("national");
  const SampleZones zones = make_sample_zones(size);
  std::set<std::string> counties;
  std::map<std::string, std::string> province_of;
  std::set<std::string> provinces;
  std::size_t vertices = 0;
  for (const SampleCounty& county : zones.counties) {
    EXPECT_TRUE(counties.insert(county.county_code).second) << county.county_code;
    const auto place = province_of.emplace(county.prefecture_code, county.province_code).first;
    EXPECT_EQ(place->second, county.province_code);
    EXPECT_EQ(county.county_code.substr(0, county.prefecture_code.size()), county.prefecture_code);
    provinces.insert(county.province_code);
    vertices += county.ring.size();
    for (const SamplePoint& point : county.ring) {
      EXPECT_TRUE(point.lon > size.files.west && point.lon < size.files.east &&
                  point.lat > size.files.south && point.lat < size.files.north);
    }
  }
  EXPECT_EQ(counties.size(), 2800U);
  EXPECT_NEAR(static_cast<double>(province_of.size()), 330, 30);
  EXPECT_NEAR(static_cast<double>(provinces.size()), 30, 6);
  EXPECT_NEAR(static_cast<double>(vertices), 500000, 25000);
}

TEST(SampleZones, AreaOfARingIsThatOfTheEllipsoid) {
  // One degree square between parallels, counter-clockwise.
  const SamplePolyline ring = {{10, 30}, {11, 30}, {11, 31}, {10, 31}, {10, 30}};
  EXPECT_NEAR(sample_ring_area_km2(ring) / engine::ellipsoid_area_km2(30, 31, 1), 1, 1e-12);
}

}  // namespace
}  // namespace cnci::jobs
