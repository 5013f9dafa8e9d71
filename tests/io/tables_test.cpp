#include "io/tables.h"

#include <gtest/gtest.h>
#include <ogr_geometry.h>
#include <ogrsf_frmts.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <thread>

#include "engine/error.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/zone_geometry.h"
#include "tests/support.h"

namespace cnci::io {
namespace {

const double kNoValue = std::numeric_limits<double>::quiet_NaN();

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string write(const tests::TemporaryFolder& folder, const std::string& name,
                  const std::string& text) {
  std::ofstream(folder / name, std::ios::binary) << text;
  return folder / name;
}

/// A province of two counties side by side, two years.
ZoneTable small_table() {
  ZoneTable table;
  table.years = {2019, 2020};
  table.nodes = {{"province", "52", "贵州, \"Guizhou\"", ""},
                 {"county", "520102", "West", "52"},
                 {"county", "520103", "East", "52"}};
  table.columns = {{"area_km2", "km2", "area", {3, 1, 2, 3, 1, 2}},
                   {"cnci_pct", "%", "", {50.1, kNoValue, 0.1, 1e-300, kNoValue, -0.0}}};
  return table;
}

std::vector<unsigned char> square_wkb(double x0, double y0, double x1, double y1) {
  const auto shape = ogr_of({{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, {}}});
  std::vector<unsigned char> bytes(shape->WkbSize());
  EXPECT_EQ(shape->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso), OGRERR_NONE);
  return bytes;
}

std::vector<std::vector<unsigned char>> small_wkb() {
  return {square_wkb(0, 0, 1, 1), square_wkb(1, 0, 3, 1)};
}

TEST(ZonesCsv, HasARowPerYearAndZone) {
  const tests::TemporaryFolder folder;
  write_zones_csv(folder / "zones.csv", small_table());
  EXPECT_EQ(file_text(folder / "zones.csv"),
            "year,level,code,name,parent_code,area_km2,cnci_pct\n"
            "2019,province,52,\"贵州, \"\"Guizhou\"\"\",,3,50.1\n"
            "2019,county,520102,West,52,1,\n"
            "2019,county,520103,East,52,2,0.1\n"
            "2020,province,52,\"贵州, \"\"Guizhou\"\"\",,3,1e-300\n"
            "2020,county,520102,West,52,1,\n"
            "2020,county,520103,East,52,2,-0\n");
}

TEST(ZonesCsv, ReadsBackToTheSameBits) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  ZoneTable table;
  table.years = {1999, 2000, 2001};
  for (int i = 0; i < 50; ++i) {
    table.nodes.push_back(
        {"county", std::to_string(i), "name \"" + std::to_string(i) + "\"\n", ""});
  }
  for (const char* name : {"a", "b,c"}) {
    table.columns.push_back({name, "", "", {}});
    for (int i = 0; i < 150; ++i) {
      const auto value = std::bit_cast<double>(random());
      table.columns.back().values.push_back(std::isnan(value) ? kNoValue : value);
    }
  }
  const tests::TemporaryFolder folder;
  write_zones_csv(folder / "zones.csv", table);
  const ZoneTable back = read_zones_csv(folder / "zones.csv");
  EXPECT_EQ(back.years, table.years);
  ASSERT_EQ(back.nodes.size(), table.nodes.size());
  EXPECT_EQ(back.nodes[7].name, table.nodes[7].name);
  ASSERT_NE(back.find("b,c"), nullptr);
  EXPECT_EQ(back.find("absent"), nullptr);
  for (std::size_t column = 0; column < 2; ++column) {
    for (std::size_t i = 0; i < 150; ++i) {
      const double there = table.columns[column].values[i];
      const double here = back.columns[column].values[i];
      if (std::isnan(there)) {
        EXPECT_TRUE(std::isnan(here));
      } else {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(here), std::bit_cast<std::uint64_t>(there))
            << "seed " << seed;
      }
    }
  }
}

TEST(ZonesCsv, RefusesWhatIsNoZonesCsv) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(static_cast<void>(read_zones_csv(write(folder, "a.csv", "year,code\n1,2\n"))),
               engine::Error);
  const std::string head = "year,level,code,name,parent_code,x\n";
  EXPECT_THROW(static_cast<void>(read_zones_csv(
                   write(folder, "b.csv", head + "1,c,1,a,,1\n1,c,2,b,,1\n2,c,1,a,,1\n"))),
               engine::Error);
  EXPECT_THROW(
      static_cast<void>(read_zones_csv(write(folder, "c.csv", head + "1,c,1,a,,1\n2,c,3,a,,1\n"))),
      engine::Error);
  EXPECT_THROW(static_cast<void>(read_zones_csv(write(folder, "d.csv", head + "1,c,1,a,,one\n"))),
               engine::Error);
}

TEST(ProfileCsv, NamesBothEdgesOfABand) {
  ProfileTable table;
  table.years = {2019};
  table.lat_south = {24.1, 24.2, 24.5};
  table.columns = {{"area_km2", "km2", "", {1.5, kNoValue, 2}}};
  const tests::TemporaryFolder folder;
  write_profile_csv(folder / "profile.csv", table);
  EXPECT_EQ(file_text(folder / "profile.csv"),
            "year,lat_south,lat_north,area_km2\n"
            "2019,24.1,24.2,1.5\n2019,24.2,24.3,\n2019,24.5,24.6,2\n");
}

TEST(ZonesGpkg, ReadsBackWithALayerPerLevelAndMergedPolygons) {
  const tests::TemporaryFolder folder;
  write_zones_gpkg(folder / "zones.gpkg", small_table(), small_wkb(), wgs84_wkt());

  const DatasetPtr file(
      GDALDataset::Open((folder / "zones.gpkg").c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(file->GetLayerCount(), 2);
  OGRLayer* provinces = file->GetLayerByName("province");
  ASSERT_NE(provinces, nullptr);
  EXPECT_EQ(provinces->GetFeatureCount(), 2);
  const OGRFeatureUniquePtr province(provinces->GetNextFeature());
  EXPECT_EQ(province->GetFieldAsInteger("year"), 2019);
  EXPECT_STREQ(province->GetFieldAsString("name"), "贵州, \"Guizhou\"");
  const MapPolygons outline = polygons_of(*province->GetGeometryRef());
  ASSERT_EQ(outline.size(), 1U);
  EXPECT_EQ(plane_area(outline[0].exterior), 3);
  EXPECT_EQ(bounds(outline).xmax, 3);

  OGRLayer* counties = file->GetLayerByName("county");
  ASSERT_NE(counties, nullptr);
  EXPECT_EQ(counties->GetFeatureCount(), 4);
  ASSERT_EQ(counties->SetAttributeFilter("code = '520103' AND year = 2019"), OGRERR_NONE);
  const OGRFeatureUniquePtr east(counties->GetNextFeature());
  ASSERT_NE(east, nullptr);
  EXPECT_EQ(east->GetFieldAsDouble("cnci_pct"), 0.1);
  EXPECT_STREQ(east->GetFieldAsString("parent_code"), "52");
  EXPECT_EQ(plane_area(polygons_of(*east->GetGeometryRef())[0].exterior), 2);
  ASSERT_EQ(counties->SetAttributeFilter("code = '520102'"), OGRERR_NONE);
  const OGRFeatureUniquePtr west(counties->GetNextFeature());
  EXPECT_TRUE(west->IsFieldNull(west->GetFieldIndex("cnci_pct")));
}

TEST(ZonesGpkg, WrittenTwiceIsTheSameBytes) {
  const tests::TemporaryFolder folder;
  write_zones_gpkg(folder / "a.gpkg", small_table(), small_wkb(), wgs84_wkt());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  write(folder, "b.gpkg", "an old file");
  write_zones_gpkg(folder / "b.gpkg", small_table(), small_wkb(), wgs84_wkt());
  const std::string bytes = file_text(folder / "a.gpkg");
  EXPECT_GT(bytes.size(), 10000U);
  EXPECT_TRUE(bytes == file_text(folder / "b.gpkg"));
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(ZonesGpkg, RefusesAParentOrAPolygonThatIsMissing) {
  const tests::TemporaryFolder folder;
  ZoneTable table = small_table();
  EXPECT_THROW(write_zones_gpkg(folder / "a.gpkg", table, {square_wkb(0, 0, 1, 1)}, wgs84_wkt()),
               engine::Error);
  table.nodes[2].parent_code = "53";
  EXPECT_THROW(write_zones_gpkg(folder / "a.gpkg", table, small_wkb(), wgs84_wkt()), engine::Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.gpkg"));
}

TEST(ZonesGpkg, WhereSqliteDoesNotSayWhyTheSystemDoes) {
  const tests::TemporaryFolder folder;
  std::string message;
  try {
    write_zones_gpkg(folder / "absent/a.gpkg", small_table(), small_wkb(), wgs84_wkt());
  } catch (const engine::Error& error) {
    message = error.what();
  }
  EXPECT_NE(message.find("absent/a.gpkg: cannot be created"), std::string::npos) << message;
  EXPECT_NE(message.find("No such file or directory)"), std::string::npos) << message;
}

JoinTableSpec population(const std::string& path) {
  JoinTableSpec spec;
  spec.name = "population";
  spec.path = path;
  spec.code = "CODE";
  spec.value = "POPU";
  return spec;
}

using Values = std::map<std::string, double>;

TEST(JoinTable, ReadsCodesAndListsStrangers) {
  const tests::TemporaryFolder folder;
  const auto joined = read_join_table(population(write(folder, "p.csv",
                                                       "\xEF\xBB\xBF"
                                                       "CODE,POPU\r\n1,10.5\r\n2,5\r\n9,1\r\n"
                                                       "10,1\r\n")),
                                      {2019, 2020}, {"1", "2", "3"});
  ASSERT_EQ(joined.by_year.size(), 2U);
  EXPECT_EQ(joined.by_year[0], (Values{{"1", 10.5}, {"2", 5}}));
  EXPECT_EQ(joined.by_year[1], joined.by_year[0]);
  EXPECT_EQ(joined.used_year, (std::vector<int>{0, 0}));
  EXPECT_EQ(joined.unmatched_codes, (std::vector<std::string>{"9", "10"}));
}

TEST(JoinTable, ACodeTwiceIsAnErrorWithItsLine) {
  const tests::TemporaryFolder folder;
  const JoinTableSpec spec = population(write(folder, "p.csv", "CODE,POPU\n1,10\n2,5\n1,3\n"));
  try {
    static_cast<void>(read_join_table(spec, {2019}, {"1", "2"}));
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("line 4: code '1' occurs again (first in line 2)"), std::string::npos)
        << text;
    EXPECT_NE(text.find("table.population.year"), std::string::npos) << text;
  }
}

TEST(JoinTable, AMissingPartMakesTheZoneMissing) {
  const tests::TemporaryFolder folder;
  JoinTableSpec spec = population(write(folder, "p.csv", "CODE,POPU\n1a,10\n1b,\n2,NA\n3,0\n"));
  spec.crosswalk_path = write(folder, "x.csv", "old,new\n1a,1\n1b,1\n");
  spec.crosswalk_from = "old";
  spec.crosswalk_to = "new";
  const auto joined = read_join_table(spec, {2019}, {"1", "2", "3"});
  EXPECT_EQ(joined.by_year[0], (Values{{"3", 0}}));
}

TEST(JoinTable, TakesTheNearestEarlierYearElseTheNextLater) {
  const tests::TemporaryFolder folder;
  JoinTableSpec spec =
      population(write(folder, "p.csv", "CODE,POPU,Y\n1,10,2010\n1,20,2020\n2,7,2020\n"));
  spec.year = "Y";
  const auto joined = read_join_table(spec, {2005, 2010, 2019, 2020, 2030}, {"1", "2"});
  EXPECT_EQ(joined.used_year, (std::vector<int>{2010, 2010, 2010, 2020, 2020}));
  EXPECT_EQ(joined.by_year[2], (Values{{"1", 10}}));
  EXPECT_EQ(joined.by_year[4], (Values{{"1", 20}, {"2", 7}}));
}

TEST(JoinTable, CrosswalkLeadsOldCodesToZonesInSeveralSteps) {
  const tests::TemporaryFolder folder;
  JoinTableSpec spec =
      population(write(folder, "p.csv", "CODE,POPU\n100,1\n101,2\n200,4\n300,8\n400,16\n500,32\n"));
  // 100 -> 101 -> 200, a zone; 300 is split; 400 leads nowhere, in a circle; 500 is a zone's own.
  spec.crosswalk_path = write(folder, "x.csv",
                              "old,new\n100,101[1993]\n101,200\n300,200;500[2001]\n400,401\n"
                              "401,400\n500,200\n");
  spec.crosswalk_from = "old";
  spec.crosswalk_to = "new";
  const auto joined = read_join_table(spec, {2019}, {"200", "500"});
  EXPECT_EQ(joined.by_year[0], (Values{{"200", 7}, {"500", 32}}));
  EXPECT_EQ(joined.unmatched_codes, (std::vector<std::string>{"300", "400"}));
}

TEST(JoinTable, NamesTheLineThatIsNoNumber) {
  const tests::TemporaryFolder folder;
  try {
    static_cast<void>(read_join_table(
        population(write(folder, "p.csv", "CODE,POPU\n1,10\n2,\"1,000\"\n")), {2019}, {"1"}));
    FAIL();
  } catch (const engine::Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 3: '1,000' is no number (POPU)"),
              std::string::npos);
  }
}

TEST(JoinTable, GuizhouPopulationJoinsThroughTheReversedCrosswalk) {
  const auto data = tests::data_folder();
  if (data.empty()) GTEST_SKIP() << "no real data: set CNCI_DATA";
  JoinTableSpec spec = population((data / "county_census_ghsl_tudigong/population.csv").string());
  spec.crosswalk_path = (data / "areacodes_crosswalk/result.csv").string();
  spec.crosswalk_from = "新代码";
  spec.crosswalk_to = "代码";
  const auto joined = read_join_table(spec, {2020}, {"520201", "520203", "520221", "520281"});
  EXPECT_EQ(joined.by_year[0].size(), 4U);
  const auto plain = read_csv(spec.path);
  const auto code = plain.need_column("CODE", "");
  for (const auto& row : plain.rows) {
    if (row[code] != "520204") continue;
    EXPECT_EQ(joined.by_year[0].at("520221"), *parse_number(row[plain.need_column("POPU", "")]));
  }
}

}  // namespace
}  // namespace cnci::io
