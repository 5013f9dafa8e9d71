#include "jobs/report_tables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"

namespace cnci::jobs {
namespace {

/// Two provinces of two counties each; codes of counties are those of provinces too.
io::ZoneTable two_levels() {
  io::ZoneTable table;
  table.years = {2018, 2019};
  table.nodes = {{"province", "1", "West", ""},
                 {"province", "2", "East", ""},
                 {"county", "1", "a \"quoted\"", "2"},
                 {"county", "2", "</script>", "1"}};
  table.columns = {{"sink_t", "t year-1", "", {1, 2, 3, 4, 5, 6, 7, std::nan("")}},
                   {"ce_t", "t year-1", "", {0.1, 1.0 / 3, 1e20, -2, 0, 1, 2, 3}}};
  return table;
}

nlohmann::json parsed(const io::ZoneTable& table) {
  return nlohmann::json::parse("{" + zones_json(table, {{"sink_t", "total sink"}}) + "}");
}

TEST(ReportTables, HoldEveryZoneByLevelWithItsParent) {
  const auto json = parsed(two_levels());
  EXPECT_EQ(json["levels"], nlohmann::json({"province", "county"}));
  EXPECT_EQ(json["zones"]["level"], nlohmann::json({0, 0, 1, 1}));
  EXPECT_EQ(json["zones"]["parent"], nlohmann::json({-1, -1, 1, 0}));
  EXPECT_EQ(json["zones"]["name"][3], "</script>");
  EXPECT_EQ(json["columns"][0]["long_name"], "total sink");
  EXPECT_EQ(json["columns"][1]["units"], "t year-1");
}

TEST(ReportTables, NumbersHaveSixDigitsAndMissingOnesAreNull) {
  const auto json = parsed(two_levels());
  EXPECT_EQ(json["values"]["sink_t"][1], nlohmann::json({5, 6, 7, nullptr}));
  EXPECT_EQ(json["values"]["ce_t"][0], nlohmann::json({0.1, 0.333333, 1e20, -2}));
}

TEST(ReportTables, LeavesOutTheFinestLevelOfTooManyNumbers) {
  std::vector<std::string> lacking;
  const auto whole = small_enough(two_levels(), 16, lacking);
  EXPECT_EQ(whole.nodes.size(), 4U);
  EXPECT_TRUE(lacking.empty());
  const auto small = small_enough(two_levels(), 15, lacking);
  ASSERT_EQ(small.nodes.size(), 2U);
  EXPECT_EQ(small.columns[0].values, (std::vector<double>{1, 2, 5, 6}));
  ASSERT_EQ(lacking.size(), 1U);
  EXPECT_NE(lacking[0].find("level county"), std::string::npos);
  EXPECT_EQ(small_enough(two_levels(), 1, lacking).nodes.size(), 2U) << "one level stays";
}

class ReportProfile : public testing::Test {
 protected:
  ReportProfile() { std::filesystem::create_directories(folder_); }
  ~ReportProfile() override { std::filesystem::remove_all(folder_); }
  ReportProfile(const ReportProfile&) = delete;
  ReportProfile& operator=(const ReportProfile&) = delete;
  [[nodiscard]] std::string written(const std::string& text) const {
    const std::string path = (folder_ / "profile.csv").string();
    std::ofstream(path) << text;
    return path;
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("cnci-report-") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ReportProfile, IsByYearAndBand) {
  const auto json = nlohmann::json::parse(profile_json(written(
      "year,lat_south,lat_north,ccsf\n2018,1.5,2,7\n2018,2,2.5,\n2019,1.5,2,8\n2019,2,2.5,9\n")));
  EXPECT_EQ(json["step"], 0.5);
  EXPECT_EQ(json["lat_south"], nlohmann::json({1.5, 2}));
  EXPECT_EQ(json["columns"]["ccsf"], nlohmann::json({{7, nullptr}, {8, 9}}));
}

TEST_F(ReportProfile, WithAYearThatIsCutShortIsRefused) {
  const std::string path =
      written("year,lat_south,lat_north,ccsf\n2018,1,2,7\n2018,2,3,7\n2019,1,2,7\n");
  EXPECT_THROW(static_cast<void>(profile_json(path)), engine::Error);
}

TEST_F(ReportProfile, OfAnotherKindIsRefused) {
  EXPECT_THROW(static_cast<void>(profile_json(written("year,level,code\n2018,a,b\n"))),
               engine::Error);
  EXPECT_THROW(static_cast<void>(profile_json(written("year,lat_south,lat_north,ccsf\n"))),
               engine::Error);
}

TEST_F(ReportProfile, WithTextForANumberIsRefused) {
  const std::string path = written("year,lat_south,lat_north,ccsf\n2018,1.5,2,seven\n");
  EXPECT_THROW(static_cast<void>(profile_json(path)), engine::Error);
}

}  // namespace
}  // namespace cnci::jobs
