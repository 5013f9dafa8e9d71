#include "jobs/zones_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "io/tables.h"
#include "jobs/command_line.h"
#include "jobs/text_table.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A province of four counties; the codes sort as numbers, D emits nothing, C misses a tenth.
io::ZoneTable small_table() {
  io::ZoneTable table;
  table.years = {2010, 2011};
  table.nodes = {{"province", "1", "P", ""},
                 {"county", "10", "B", "1"},
                 {"county", "9", "A", "1"},
                 {"county", "11", "\xE8\xB4\xB5\xE9\x98\xB3", "1"},
                 {"county", "12", "D", "1"}};
  table.columns = {{"area_km2", "", "", {40, 10, 10, 10, 10, 40, 10, 10, 10, 10}},
                   {"sink_t", "", "", {100, 1, 2, 3, 94, 100, 40, 30, 20, 10}},
                   {"ce_t", "", "", {60, 10, 20, 30, 0, 60, 10, 20, 30, 0}},
                   {"cnci_pct", "", "", {166, 10, 10, 10, kNone, 166, 400, 150, 66.5, kNone}},
                   {"missing_ccs_km2", "", "", {1, 0, 0, 1, 0, 1, 0, 0, 1, 0}}};
  return table;
}

std::vector<std::string> codes(const ZonesOptions& options) {
  const io::ZoneTable table = small_table();
  std::vector<std::string> result;
  for (const std::size_t node : select_zones(table, options)) {
    result.push_back(table.nodes[node].code);
  }
  return result;
}

std::string zones_usage_error(const ZonesOptions& options) {
  try {
    (void)zones_text(small_table(), options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(ZonesCommand, ShowsTheLeavesByCodeUnlessToldOtherwise) {
  EXPECT_THAT(codes({}), ElementsAre("9", "10", "11", "12"));
  EXPECT_THAT(codes({.level = "province"}), ElementsAre("1"));
}

TEST(ZonesCommand, SortsLargestFirstAndZonesWithoutAValueLast) {
  EXPECT_THAT(codes({.sort = "cnci"}), ElementsAre("10", "9", "11", "12"));
  EXPECT_THAT(codes({.sort = "cnci_pct"}), ElementsAre("10", "9", "11", "12"));
  EXPECT_THAT(codes({.sort = "ce"}), ElementsAre("11", "9", "10", "12"));
  EXPECT_THAT(codes({.sort = "name"}), ElementsAre("9", "10", "12", "11"));
}

TEST(ZonesCommand, ShowsTheLatestYearUnlessToldOtherwise) {
  EXPECT_THAT(codes({.sort = "sink"}), ElementsAre("10", "9", "11", "12"));
  EXPECT_THAT(codes({.sort = "sink", .year = 2010}), ElementsAre("12", "11", "9", "10"));
  EXPECT_THAT(zones_usage_error({.year = 1999}), HasSubstr("no year 1999 (years: 2010, 2011)"));
}

TEST(ZonesCommand, TopAndBottomAreTheEndsOfTheOrder) {
  EXPECT_THAT(codes({.sort = "cnci", .top = 1}), ElementsAre("10"));
  EXPECT_THAT(codes({.sort = "cnci", .bottom = 1}), ElementsAre("11"));
  EXPECT_THAT(codes({.sort = "cnci", .top = 1, .bottom = 1}), ElementsAre("10", "11"));
  EXPECT_THAT(codes({.sort = "cnci", .top = 2, .bottom = 9}), ElementsAre("10", "9", "11"));
  EXPECT_THAT(codes({.top = 99}), ElementsAre("9", "10", "11", "12"));
}

TEST(ZonesCommand, UnknownNamesAreAnsweredWithTheNearest) {
  EXPECT_THAT(zones_usage_error({.level = "conty"}), HasSubstr("did you mean 'county'?"));
  EXPECT_THAT(zones_usage_error({.sort = "area_km3"}), HasSubstr("did you mean 'area_km2'?"));
}

TEST(ZonesCommand, TheTableIsAlignedWithUnitsInItsHeader) {
  EXPECT_EQ(zones_text(small_table(), {.sort = "cnci"}),
            "2011, county; t is CO2 of the year\n"
            "code  name     area   sink     ce     cnci\n"
            "                km2      t      t  percent\n"
            "10    B       10.00  40.00  10.00   400.00\n"
            "9     A       10.00  30.00  20.00   150.00\n"
            "11    \xE8\xB4\xB5\xE9\x98\xB3 *  10.00  20.00  30.00    66.50\n"
            "12    D       10.00  10.00      0        -\n"
            "* more than 5 % of the area has no value of some component\n");
}

TEST(ZonesCommand, MassesOfATableShareAUnitThatReadsWell) {
  io::ZoneTable table = small_table();
  for (double& value : table.columns[1].values) value *= 1e5;
  EXPECT_THAT(zones_text(table, {.level = "province"}),
              HasSubstr("1     P     40.00   1000  0.006   166.00\n"));
  EXPECT_THAT(zones_text(table, {.level = "province"}), HasSubstr("1e4 t  1e4 t"));
  EXPECT_THAT(zones_text(table, {.level = "province", .mass = MassUnit::kTonnes}),
              HasSubstr("10000000"));
  for (double& value : table.columns[1].values) value *= 1e2;
  EXPECT_THAT(zones_text(table, {.level = "province"}), HasSubstr("2011, province; Tg is CO2"));
  EXPECT_THAT(zones_text(table, {.format = TableFormat::kCsv, .mass = MassUnit::kTeragrams}),
              HasSubstr(",4e+08,"));
}

TEST(ZonesCommand, ColoursTakeNoRoom) {
  const std::string plain = zones_text(small_table(), {});
  std::string coloured = zones_text(small_table(), {}, true);
  EXPECT_THAT(coloured, HasSubstr("\033["));
  for (std::size_t at = coloured.find('\033'); at != std::string::npos;
       at = coloured.find('\033')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(ZonesCommand, WidthCountsTerminalColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("\xC3\xA9"), 1U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
  EXPECT_EQ(display_width("\xE8\xB4\xB5\xE9\x98\xB3"), 4U);
}

TEST(ZonesCommand, CsvHasEveryColumnAndEmptyFieldsWhereNothingIs) {
  EXPECT_EQ(zones_text(small_table(), {.sort = "cnci", .bottom = 1, .format = TableFormat::kCsv}),
            "year,level,code,name,parent_code,area_km2,sink_t,ce_t,cnci_pct,missing_ccs_km2\n"
            "2011,county,11,\xE8\xB4\xB5\xE9\x98\xB3,1,10,20,30,66.5,1\n");
  EXPECT_THAT(zones_text(small_table(), {.format = TableFormat::kCsv}),
              HasSubstr("2011,county,12,D,1,10,10,0,,0\n"));
}

TEST(ZonesCommand, JsonHasNumbersAndNulls) {
  const auto json =
      nlohmann::json::parse(zones_text(small_table(), {.format = TableFormat::kJson}));
  ASSERT_EQ(json.size(), 4U);
  EXPECT_EQ(json[0]["code"], "9");
  EXPECT_EQ(json[0]["cnci_pct"], 150.0);
  EXPECT_EQ(json[0]["year"], 2011);
  EXPECT_TRUE(json[3]["cnci_pct"].is_null());
}

TEST(ZonesCommand, ColumnsHaveTheirUnits) {
  EXPECT_EQ(zone_column_unit("area_km2"), "km2");
  EXPECT_EQ(zone_column_unit("sink_t"), "t year-1");
  EXPECT_EQ(zone_column_unit("cnci_pct"), "percent");
  EXPECT_EQ(zone_column_unit("ccsf"), "t km-2 year-1");
  EXPECT_EQ(zone_column_unit("ccsf_carbonate"), "t km-2 year-1");
  EXPECT_EQ(zone_column_unit("population"), "persons");
  EXPECT_EQ(zone_column_unit("other"), "");
}

TEST(ZonesCommand, ReadsACompleteOutputOnly) {
  const tests::TemporaryFolder folder;
  const auto error = [&](const std::string& path) -> std::string {
    try {
      (void)read_output_zones(path);
    } catch (const engine::Error& e) {
      return e.what();
    }
    return {};
  };
  EXPECT_THAT(error(folder / "none"), HasSubstr("there is no such folder"));
  io::write_zones_csv(folder / "zones.csv", small_table());
  EXPECT_THAT(error(folder.path().string()), HasSubstr("incomplete output (run.json is absent)"));
  std::ofstream(folder / "run.json") << "";
  EXPECT_THAT(error(folder.path().string()), HasSubstr("lists no results"));
  std::ofstream(folder / "run.json") << R"({"results": [{"name": "zones.csv", "bytes": 1}]})";
  EXPECT_THAT(error(folder.path().string()), HasSubstr("zones.csv has another size"));
  std::ofstream(folder / "run.json") << R"({"results": [{"name": "cube.nc", "bytes": 1}]})";
  EXPECT_THAT(error(folder.path().string()), HasSubstr("cube.nc is absent"));
  std::ofstream(folder / "run.json") << R"({"results": []})";
  const io::ZoneTable table = read_output_zones(folder.path().string());
  EXPECT_THAT(table.years, ElementsAre(2010, 2011));
  EXPECT_EQ(table.nodes[3].name, small_table().nodes[3].name);
  EXPECT_EQ(table.find("sink_t")->unit, "t year-1");
}

}  // namespace
}  // namespace cnci::jobs
