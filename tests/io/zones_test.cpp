// Reading: levels and codes, repair, overlaps, gaps, findings.
#include "io/zones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/crs.h"
#include "tests/io/zones_support.h"

namespace cnci::io::testing {
namespace {

class Zones : public ZonesTest {};

TEST_F(Zones, AreATreeOfLeavesInTheOrderOfTheirCodes) {
  const auto source = read({{"520103", "52", square(2, 0, 3, 1), "East"},
                            {"510104", "51", square(0, 0, 1, 1), "South"},
                            {"520102", "52", square(1, 0, 2, 1), "West"}});
  EXPECT_TRUE(source.findings().empty());
  const auto& tree = source.tree();
  ASSERT_EQ(tree.nodes.size(), 6U);
  EXPECT_EQ(tree.nodes[0].code, "CHN");
  EXPECT_EQ(tree.nodes[0].name, "China");
  EXPECT_EQ(tree.nodes[2].code, "52");
  EXPECT_EQ(tree.nodes[2].name, "52");
  EXPECT_EQ(tree.first_leaf, 3U);
  EXPECT_EQ(tree.nodes[3].name, "South");
  EXPECT_EQ(tree.nodes[5].code, "520103");
  EXPECT_EQ(tree.nodes[5].parent, 2);
  EXPECT_EQ(bounds(leaf(source, 2)).xmin, 2);
  EXPECT_EQ(source.gap_km2(), 0);
  EXPECT_EQ(source.overlap_km2(), 0);
}

TEST_F(Zones, DoNotDependOnTheOrderInTheFile) {
  std::vector<Feature> features{{"1", "5", square(0, 0, 1.0001, 1)},
                                {"2", "5", square(1, 0, 2, 1)},
                                {"10", "5", square(2, 0, 3, 1)},
                                {"10", "5", square(3, 0, 4, 1)}};
  spec_.duplicates = Duplicates::kMerge;
  const auto there = read(features).leaf_wkb();
  std::ranges::reverse(features);
  EXPECT_EQ(read(features).leaf_wkb(), there);
}

TEST_F(Zones, WhereSelectsFeatures) {
  spec_.where = "province = '52'";
  const auto source = read({{"1", "51", square(0, 0, 1, 1)}, {"2", "52", square(1, 0, 2, 1)}});
  ASSERT_EQ(source.tree().leaf_count(), 1U);
  EXPECT_EQ(source.tree().nodes.back().code, "2");
}

TEST_F(Zones, WhatCannotBeReadIsNamed) {
  const std::vector<Feature> one{{"1", "51", square(0, 0, 1, 1)}};
  spec_.where = "province = '99'";
  EXPECT_TRUE(has(error_of(one), "no features where province = '99'"));
  spec_.where = "nonsense ((";
  EXPECT_TRUE(has(error_of(one), "zones.where"));
  spec_.where = {};
  spec_.layer = "absent";
  EXPECT_TRUE(has(error_of(one), "zones.layer may be zones"));
  spec_.layer = {};
  spec_.levels[1].code.attribute = "prov";
  EXPECT_TRUE(has(error_of(one),
                  "no attribute 'prov' (zones.province.code); there are county, "
                  "province, name"));
  spec_.path = "/nowhere/zones.shp";
  EXPECT_THROW(ZoneSource{spec_}, engine::Error);
}

TEST_F(Zones, AFileWithoutCrsNeedsOneInTheJob) {
  spec_.path = folder_ / "zones.csv";
  std::ofstream(spec_.path) << "county,province,name,WKT\n"
                               "1,5,A,\"POLYGON((0 0,1 0,1 1,0 1,0 0))\"\n";
  try {
    const ZoneSource source(spec_);
    FAIL();
  } catch (const engine::Error& error) {
    EXPECT_TRUE(has(error.what(), "zones.crs"));
  }
  spec_.crs = "EPSG:4326";
  EXPECT_EQ(ZoneSource(spec_).crs_wkt(), wgs84_wkt());
}

TEST_F(Zones, ACrsThatContradictsTheFileIsAnError) {
  spec_.crs = "EPSG:32648";
  EXPECT_TRUE(has(error_of({{"1", "5", square(0, 0, 1, 1)}}), "contradicts"));
  spec_.crs = "EPSG:4326";
  EXPECT_EQ(error_of({{"1", "5", square(0, 0, 1, 1)}}), "");
}

TEST_F(Zones, MetresReadAsDegreesAreNamed) {
  const auto source =
      read({{"1", "5", square(500000, 3000000, 510000, 3010000)}, {"2", "5", square(0, 0, 1, 1)}});
  EXPECT_TRUE(
      has(findings(source, Severity::kError), "zone 1 has coordinates that are no degrees"));
}

TEST_F(Zones, MissingCodesAreAnErrorDroppedOrTheName) {
  const std::vector<Feature> features{{"1", "5", square(0, 0, 1, 1), "A"},
                                      {"", "5", square(1, 0, 2, 1), "Kosovo"}};
  const auto refused = read(features);
  EXPECT_TRUE(
      has(findings(refused, Severity::kError), "1 features without a code: feature 1 (Kosovo)"));
  EXPECT_THROW(static_cast<void>(refused.shapes(degree_grid(0, 1, 2, 1))), engine::Error);

  spec_.missing_code = MissingCode::kDrop;
  const auto dropped = read(features);
  EXPECT_EQ(dropped.tree().leaf_count(), 1U);
  EXPECT_EQ(findings(dropped, Severity::kError), "");
  EXPECT_TRUE(has(findings(dropped, Severity::kWarning), "Kosovo"));

  spec_.missing_code = MissingCode::kName;
  const auto named = read(features);
  EXPECT_EQ(findings(named, Severity::kError), "");
  EXPECT_TRUE(has(findings(named, Severity::kWarning), "their name serves as code (Kosovo)"));
  EXPECT_EQ(named.tree().nodes.back().code, "Kosovo");
}

TEST_F(Zones, ACodeTwiceIsAnErrorOrOneZone) {
  const std::vector<Feature> features{{"036", "5", square(0, 0, 1, 1), "Ashmore"},
                                      {"036", "5", square(1, 0, 4, 1), "Australia"},
                                      {"036", "5", square(9, 0, 10, 1), "Islands"}};
  EXPECT_TRUE(has(findings(read(features), Severity::kError),
                  "1 codes occur twice: 036 (Ashmore / Australia / Islands)"));
  spec_.duplicates = Duplicates::kMerge;
  const auto merged = read(features);
  EXPECT_EQ(findings(merged, Severity::kError), "");
  ASSERT_EQ(merged.tree().leaf_count(), 1U);
  EXPECT_EQ(merged.tree().nodes.back().name, "Australia");
  EXPECT_EQ(leaf(merged, 0).size(), 2U);
  EXPECT_EQ(covered(merged, degree_grid(0, 1, 5, 1)),
            (std::vector<std::uint32_t>{engine::kWeightOne, engine::kWeightOne, engine::kWeightOne,
                                        engine::kWeightOne, 0}));
}

TEST_F(Zones, PartsOfOneZoneInTwoProvincesDoNotNest) {
  spec_.duplicates = Duplicates::kMerge;
  const auto source = read({{"1", "51", square(0, 0, 1, 1)}, {"1", "52", square(1, 0, 2, 1)}});
  EXPECT_TRUE(has(findings(source, Severity::kError), "do not nest"));
}

TEST_F(Zones, AParentInTwoGrandparentsDoesNotNest) {
  spec_.levels = {{"province", {"province", "", false}, {}},
                  {"prefecture", {"name", "", false}, {}},
                  {"county", {"county", "", false}, {}}};
  const auto source =
      read({{"1", "51", square(0, 0, 1, 1), "P"}, {"2", "52", square(1, 0, 2, 1), "P"}});
  EXPECT_TRUE(has(findings(source, Severity::kError), "zones do not nest: prefecture 'P'"));
}

TEST_F(Zones, LinesAreAnErrorAndNoGeometryAWarning) {
  const auto source = read({{"1", "5", square(0, 0, 1, 1)},
                            {"2", "5", "[[0,0],[1,1]]", "Road", "LineString"},
                            {"3", "5", "", "Nowhere"}});
  EXPECT_TRUE(has(findings(source, Severity::kError), "zone 2 (Road) is a LINESTRING"));
  EXPECT_TRUE(
      has(findings(source, Severity::kWarning), "without an area dropped: zone 3 (Nowhere)"));
  EXPECT_EQ(source.tree().leaf_count(), 1U);
}

TEST_F(Zones, BowTieIsRepairedWithAWarning) {
  const auto source = read({{"7", "5", "[[[0,0],[2,2],[2,0],[0,2],[0,0]]]", "Bow"}});
  EXPECT_TRUE(has(findings(source, Severity::kWarning),
                  "zone 7 (Bow): invalid geometry repaired (Self-intersection"));
  const double triangles = 2 * engine::ellipsoid_area_km2(0, 2, 2) / 4;
  EXPECT_NEAR(leaf_km2(source, 0), triangles, 1e-3 * triangles);
}

TEST_F(Zones, ALargeOverlapIsAnErrorWithBothCodesAndTheArea) {
  const auto source = read({{"1", "5", square(0, 0, 1, 1)}, {"2", "5", square(0.9, 0, 2, 1)}});
  const double expected = engine::ellipsoid_area_km2(0, 1, 0.1);
  EXPECT_NEAR(source.overlap_km2(), expected, 1e-6 * expected);
  char area[32];
  std::snprintf(area, sizeof area, "1 and 2 (%.2f km2)", expected);
  EXPECT_TRUE(has(findings(source, Severity::kError), area)) << source.findings().at(0).text;
}

TEST_F(Zones, ASmallOverlapGoesToTheLowerCodeWithAWarning) {
  // 0.00005 degrees of one: half the limit.
  const auto source = read({{"10", "5", square(1, 0, 2, 1)}, {"9", "5", square(0, 0, 1.00005, 1)}});
  EXPECT_EQ(findings(source, Severity::kError), "");
  EXPECT_TRUE(has(findings(source, Severity::kWarning), "most 9 and 10 ("));
  EXPECT_NEAR(source.overlap_km2(), engine::ellipsoid_area_km2(0, 1, 0.00005), 1e-3);
  EXPECT_EQ(bounds(leaf(source, 0)).xmax, 1.00005);
  EXPECT_EQ(bounds(leaf(source, 1)).xmin, 1.00005);
  for (const auto weight : covered(source, degree_grid(0, 1, 2, 1))) {
    EXPECT_EQ(weight, engine::kWeightOne);
  }
}

TEST_F(Zones, GapsAreReportedWithTheirArea) {
  const auto source = read({{"1", "5", square(0, 0, 3, 1)},
                            {"2", "5", square(0, 1, 1, 2)},
                            {"3", "5", square(2, 1, 3, 2)},
                            {"4", "5", square(0, 2, 3, 3)}});
  EXPECT_NEAR(source.gap_km2(), engine::ellipsoid_area_km2(1, 2, 1), 0.01);
  EXPECT_TRUE(
      has(findings(source, Severity::kWarning), "1 gaps between the zones (lakes or slivers)"));
  EXPECT_TRUE(has(findings(source, Severity::kWarning), "longitude 1.5000, latitude 1.5000"));
}

TEST_F(Zones, RealCountiesOfGuizhou) {
  const auto data = tests::data_folder();
  if (data.empty()) GTEST_SKIP() << "no real data: set CNCI_DATA";
  spec_.path = (data / "china_counties_mapchina/china_counties_osm.gpkg").string();
  spec_.where = "Code_Province = '52'";
  spec_.levels = {{"country", {"", "CHN", true}, {}},
                  {"province", {"Code_Province", "", false}, {"Name_Province", "", false}},
                  {"prefecture", {"Code_Perfecture", "", false}, {}},
                  {"county", {"Code_County", "", false}, {"Name_County", "", false}}};
  const ZoneSource source(spec_);
  EXPECT_EQ(source.tree().leaf_count(), 88U);
  EXPECT_EQ(source.tree().first_leaf, 11U);
  double km2 = 0;
  for (std::size_t i = 0; i < 88; ++i) km2 += leaf_km2(source, i);
  EXPECT_NEAR(km2, 176079, 100);
}

TEST_F(Zones, RealCountriesOfTheWorld) {
  const auto data = tests::data_folder();
  if (data.empty()) GTEST_SKIP() << "no real data: set CNCI_DATA";
  spec_.path = (data / "zones_npm_world_atlas/countries-50m.json").string();
  spec_.levels = {{"country", {"id", "", false}, {"name", "", false}}};
  spec_.missing_code = MissingCode::kName;
  spec_.duplicates = Duplicates::kMerge;
  EXPECT_THROW(ZoneSource{spec_}, engine::Error);
  spec_.crs = "EPSG:4326";
  const ZoneSource source(spec_);
  EXPECT_EQ(findings(source, Severity::kError), "");
  EXPECT_EQ(source.tree().leaf_count(), 240U);
  EXPECT_NEAR(source.gap_km2(), 395819, 100);  // the Caspian Sea
  const auto area_of = [&](const std::string& name) {
    const auto& tree = source.tree();
    for (std::size_t i = 0; i < tree.leaf_count(); ++i) {
      if (tree.nodes[tree.first_leaf + i].name == name) return leaf_km2(source, i);
    }
    return 0.0;
  };
  EXPECT_NEAR(area_of("Russia"), 16.95e6, 0.1e6);
  EXPECT_NEAR(area_of("Antarctica"), 12.36e6, 0.05e6);
  EXPECT_NEAR(area_of("Fiji"), 18.3e3, 0.3e3);
  EXPECT_GT(area_of("Kosovo"), 10e3);
}

}  // namespace
}  // namespace cnci::io::testing
