#include "jobs/join_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "io/tables.h"
#include "jobs/command_line.h"
#include "jobs/join_command.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two zones; the values of a year are the year and the year plus a half.
JoinPart part_of(const std::string& folder, const std::vector<int>& years) {
  JoinPart part;
  part.folder = folder;
  part.run = {{"result_version", 1},
              {"bit_class", "fma"},
              {"grid", {{"columns", 10}}},
              {"job", {{"silicate.cc", "0.5"}}}};
  part.zones.years = years;
  part.zones.nodes = {{"county", "1", "A", ""}, {"county", "2", "B", ""}};
  part.zones.columns = {{"sink_t", "", "", {}}};
  for (const int year : years) {
    part.zones.columns[0].values.push_back(year);
    part.zones.columns[0].values.push_back(year + 0.5);
  }
  return part;
}

std::string refusal(const JoinPart& a, const JoinPart& b) {
  try {
    check_join_parts({a, b});
  } catch (const engine::Error& error) {
    return error.what();
  }
  return {};
}

TEST(JoinParts, YearsComeOutInOrderWithTheirOwnValues) {
  const io::ZoneTable merged = merged_zones({part_of("a", {2010, 2012}), part_of("b", {2011})});
  EXPECT_THAT(merged.years, ElementsAre(2010, 2011, 2012));
  EXPECT_THAT(merged.columns[0].values, ElementsAre(2010, 2010.5, 2011, 2011.5, 2012, 2012.5));
  EXPECT_EQ(merged.nodes.size(), 2U);
}

TEST(JoinParts, PartsOfOneJobFit) {
  EXPECT_EQ(refusal(part_of("a", {2010}), part_of("b", {2011})), "");
}

TEST(JoinParts, AYearInTwoPartsIsRefused) {
  EXPECT_EQ(refusal(part_of("a", {2010, 2011}), part_of("b", {2011})),
            "b: the year 2011 is also in a; leave one of them out");
}

TEST(JoinParts, WhatDiffersIsNamed) {
  const JoinPart a = part_of("a", {2010});
  JoinPart b = part_of("b", {2011});
  b.run["grid"]["columns"] = 11;
  EXPECT_THAT(refusal(a, b), HasSubstr("b: cannot be joined with a: grid differs"));
  b = part_of("b", {2011});
  b.run["bit_class"] = "nofma";
  EXPECT_THAT(refusal(a, b), HasSubstr("bit_class differs (\"nofma\" against \"fma\")"));
  b = part_of("b", {2011});
  b.run["job"]["silicate.cc"] = "1";
  EXPECT_THAT(refusal(a, b), HasSubstr("silicate.cc differs ('1' against '0.5')"));
  b = part_of("b", {2011});
  b.zones.nodes[1].code = "3";
  EXPECT_THAT(refusal(a, b), HasSubstr("other zones (county 3 against county 2)"));
  b = part_of("b", {2011});
  b.zones.nodes.pop_back();
  EXPECT_THAT(refusal(a, b), HasSubstr("1 zones against 2"));
  b = part_of("b", {2011});
  b.zones.columns[0].name = "ce_t";
  EXPECT_THAT(refusal(a, b), HasSubstr("other columns of zones.csv ('ce_t' against 'sink_t')"));
}

TEST(JoinParts, AJoinedOutputIsNoPart) {
  const JoinPart a = part_of("a", {2010});
  JoinPart b = part_of("b", {2011});
  b.run.erase("job");
  b.run["parts"] = nlohmann::ordered_json::array();
  EXPECT_THAT(refusal(a, b), HasSubstr("b: was joined itself"));
  EXPECT_THAT(refusal(b, a), HasSubstr("b: was joined itself"));
}

TEST(JoinParts, ProfileRowsAreOrderedByYear) {
  const tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a");
  std::filesystem::create_directories(folder / "b");
  std::ofstream(folder / "a/profile.csv") << "year,lat_south,x\n2011,25,1\n2011,26,\n";
  std::ofstream(folder / "b/profile.csv") << "year,lat_south,x\n2010,25,3\n";
  EXPECT_EQ(merged_profile({part_of(folder / "a", {2011}), part_of(folder / "b", {2010})}),
            "year,lat_south,x\n2010,25,3\n2011,25,1\n2011,26,\n");
}

TEST(JoinParts, AnIncompleteOutputIsRefused) {
  const tests::TemporaryFolder folder;
  io::write_zones_csv(folder / "zones.csv", part_of("a", {2010}).zones);
  try {
    (void)read_join_part(folder.path().string());
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("incomplete output"));
  }
  std::ofstream(folder / "run.json") << R"({"results": []})";
  try {
    (void)read_join_part(folder.path().string());
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("lists neither cube.nc nor cube_2010.nc"));
  }
}

TEST(JoinCommand, LeavesAFolderThatHoldsSomethingAlone) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "mine.txt") << "x";
  EXPECT_THROW((void)join_command({{"a"}, folder.path().string()}), UsageError);
  try {
    (void)join_command({{"a", "b"}, folder.path().string()});
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not empty; choose another --into"));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "mine.txt"));
}

TEST(JoinCommand, LeavesNothingBehindWhereAPartIsNotThere) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW((void)join_command({{folder / "a", folder / "b"}, folder / "c"}), engine::Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace cnci::jobs
