#include "jobs/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "io/units.h"
#include "jobs/command_line.h"
#include "jobs/comparison_text.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNan;
using ::testing::Not;
using ::testing::SizeIs;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

// A province of three counties in two years; sinks are `factor` times 10, 20 and 30 t.
ComparisonSource run_like(const std::string& path, double factor, std::vector<int> years) {
  ComparisonSource source;
  source.path = path;
  source.table.years = std::move(years);
  source.table.nodes = {{"province", "5", "P", ""},
                        {"county", "59", "A", "5"},
                        {"county", "510", "\xE8\xB4\xB5\xE9\x98\xB3", "5"},
                        {"county", "511", "C", "5"}};
  source.table.columns = {{"area_km2", "", "", {}},
                          {"sink_t", "", "", {}},
                          {"cnci_pct", "", "", {}},
                          {"population", "", "", {}}};
  for (std::size_t i = 0; i < source.table.years.size(); ++i) {
    const double f = factor * static_cast<double>(i + 1);
    const std::vector<std::vector<double>> values = {
        {30, 10, 10, 10}, {60 * f, 10 * f, 20 * f, 30 * f}, {50, kGap, 0, 25}, {6, 1, 2, 3}};
    for (std::size_t c = 0; c < values.size(); ++c) {
      auto& column = source.table.columns[c].values;
      column.insert(column.end(), values[c].begin(), values[c].end());
    }
  }
  return source;
}

std::string comparison_usage_error(const std::vector<ComparisonSource>& sources,
                                   const CompareOptions& options) {
  try {
    (void)compare(sources, options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

/// Codes of the rows of a column, in order.
std::vector<std::string> codes_of(const Comparison& comparison, const std::string& column) {
  std::vector<std::string> codes;
  for (const ComparisonRow& row : comparison.rows) {
    if (comparison.columns[row.column].name == column) codes.push_back(row.zone.code);
  }
  return codes;
}

const ComparisonRow& row_of(const Comparison& comparison, const std::string& code,
                            const std::string& column) {
  for (const ComparisonRow& row : comparison.rows) {
    if (row.zone.code == code && comparison.columns[row.column].name == column) return row;
  }
  throw engine::Error("no row " + code + " " + column);
}

/// A CSV that lives as long as the object, and the error that reading it ends with.
class CsvText {
 public:
  explicit CsvText(const std::string& text) : path_(folder_ / "t.csv") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  [[nodiscard]] ComparisonSource read() const { return read_comparison_source(path_); }
  [[nodiscard]] std::string error() const {
    try {
      (void)read();
    } catch (const engine::Error& error) {
      return error.what();
    }
    return {};
  }

 private:
  tests::TemporaryFolder folder_;
  std::string path_;
};

const std::string kFigures = "code,level,year,column,value,unit,group,source,note\n";

TEST(Comparison, PutsLeavesBesideEachOtherByCode) {
  const Comparison c = compare({run_like("a", 1, {2010}), run_like("b", 3, {2010})}, {});
  EXPECT_THAT(codes_of(c, "sink_t"), ElementsAre("59", "510", "511"));
  const ComparisonRow& row = row_of(c, "510", "sink_t");
  EXPECT_THAT(row.values, ElementsAre(20, 60));
  EXPECT_THAT(row.differences, ElementsAre(40));
  EXPECT_THAT(row.ratios, ElementsAre(3));
  EXPECT_EQ(c.units[row.column].shown, "t CO2");
  EXPECT_THAT(c.sides[0].zones_alone, IsEmpty());
  EXPECT_THAT(codes_of(c, "area_km2"), SizeIs(3));
}

TEST(Comparison, MissingStaysMissingAndNothingIsDividedByZero) {
  const Comparison c = compare({run_like("a", 1, {2010}), run_like("b", 3, {2010})}, {});
  EXPECT_THAT(row_of(c, "59", "cnci_pct").differences, ElementsAre(IsNan()));
  EXPECT_THAT(row_of(c, "59", "cnci_pct").ratios, ElementsAre(IsNan()));
  EXPECT_THAT(row_of(c, "510", "cnci_pct").differences, ElementsAre(0));
  EXPECT_THAT(row_of(c, "510", "cnci_pct").ratios, ElementsAre(IsNan()));
  const std::string csv = comparison_csv(c);
  EXPECT_THAT(csv, HasSubstr("county,59,A,cnci_pct,%,,,,,2010,2010,b,,,\n"));
  EXPECT_THAT(csv, HasSubstr("county,510,\xE8\xB4\xB5\xE9\x98\xB3,cnci_pct,%,0,0,0,,2010,2010,b"));
}

TEST(Comparison, TakesTheLatestCommonYearElseEachSidesLatest) {
  const auto years = [](const ComparisonSource& a, const ComparisonSource& b,
                        const CompareOptions& options = {}) {
    const Comparison c = compare({a, b}, options);
    return std::pair(c.sides[0].year, c.sides[1].year);
  };
  EXPECT_EQ(years(run_like("a", 1, {2010, 2011}), run_like("b", 1, {2010})),
            std::pair(std::optional(2010), std::optional(2010)));
  EXPECT_EQ(years(run_like("a", 1, {2010, 2011}), run_like("b", 1, {2019})),
            std::pair(std::optional(2011), std::optional(2019)));
  EXPECT_EQ(years(run_like("a", 1, {2010, 2011}), run_like("a", 1, {2010, 2011}),
                  {.years = {2010, 2011}}),
            std::pair(std::optional(2010), std::optional(2011)));
  EXPECT_THAT(comparison_usage_error({run_like("a", 1, {2010}), run_like("b", 1, {2019})},
                                     {.years = {2010}}),
              HasSubstr("b has no year 2010 (years: 2019)"));
}

TEST(Comparison, AYearIsComparedWithAnother) {
  const ComparisonSource run = run_like("a", 1, {2010, 2011});
  const Comparison c = compare({run, run}, {.years = {2010, 2011}});
  EXPECT_THAT(row_of(c, "511", "sink_t").values, ElementsAre(30, 60));
}

TEST(Comparison, SortsAndCutsEveryColumn) {
  auto other = run_like("b", 1, {2010});
  other.table.columns[1].values = {0, 12, 5, 31};  // differences 2, -15, 1; ratios 1.2, 0.25, 1.03
  const std::vector<ComparisonSource> sources = {run_like("a", 1, {2010}), other};
  EXPECT_THAT(codes_of(compare(sources, {.sort = "difference"}), "sink_t"),
              ElementsAre("510", "59", "511"));
  EXPECT_THAT(codes_of(compare(sources, {.sort = "ratio"}), "sink_t"),
              ElementsAre("59", "511", "510"));
  EXPECT_THAT(codes_of(compare(sources, {.sort = "ratio", .top = 1}), "sink_t"), ElementsAre("59"));
  EXPECT_THAT(codes_of(compare(sources, {.sort = "difference"}), "cnci_pct"),
              ElementsAre("510", "511", "59"));
}

TEST(Comparison, SaysWhatStandsOnOneSideOnly) {
  auto other = run_like("b", 1, {2010});
  other.table.nodes[3].code = "512";
  other.table.columns[3].name = "gdp_usd";
  const Comparison c = compare({run_like("a", 1, {2010}), other}, {});
  EXPECT_THAT(codes_of(c, "sink_t"), ElementsAre("59", "510"));
  const std::string remarks = comparison_remarks(c);
  EXPECT_THAT(remarks, HasSubstr("[1] 1 zone is not in [2]: county 511 C\n"));
  EXPECT_THAT(remarks, HasSubstr("[2] 1 zone is not in [1]: county 512 C\n"));
  EXPECT_THAT(remarks, HasSubstr("[2] 1 column is not in [1]: gdp_usd\n"));
}

TEST(Comparison, ThreeSidesAreComparedWithTheFirst) {
  const Comparison c =
      compare({run_like("a", 1, {2010}), run_like("b", 2, {2010}), run_like("c", 3, {2010})}, {});
  EXPECT_THAT(row_of(c, "59", "sink_t").values, ElementsAre(10, 20, 30));
  EXPECT_THAT(row_of(c, "59", "sink_t").ratios, ElementsAre(2, 3));
  EXPECT_THAT(comparison_table(c, MassUnit::kAuto, false), HasSubstr("[3]-[1]"));
}

TEST(Comparison, UnknownNamesAreAnsweredWithTheNearest) {
  const std::vector<ComparisonSource> sources = {run_like("a", 1, {2010}),
                                                 run_like("b", 1, {2010})};
  EXPECT_THAT(comparison_usage_error(sources, {.level = "conty"}),
              HasSubstr("a has no level 'conty'; did you mean 'county'?"));
  EXPECT_THAT(comparison_usage_error(sources, {.columns = {"sinks_t"}}),
              HasSubstr("did you mean 'sink_t'?"));
  EXPECT_THAT(comparison_usage_error(sources, {.columns = {"a/b/c"}}), HasSubstr("--columns: "));
}

TEST(Comparison, ColumnsHaveStemsAndShares) {
  const std::vector<ComparisonSource> sources = {run_like("a", 1, {2010}),
                                                 run_like("b", 2, {2010})};
  const Comparison c =
      compare(sources, {.columns = {"cnci", "sink_t/province.sink_t", "sink_t / population"}});
  ASSERT_THAT(c.columns, SizeIs(3));
  EXPECT_EQ(c.columns[0].name, "cnci_pct");
  EXPECT_THAT(row_of(c, "511", "sink_t/province.sink_t").values, ElementsAre(50, 50));
  EXPECT_EQ(c.units[1].shown, "%");
  EXPECT_THAT(row_of(c, "511", "sink_t/population").values, ElementsAre(10, 20));
  EXPECT_EQ(c.units[2].shown, "t CO2 person-1");
}

TEST(Comparison, TheTableIsAlignedByWidthAndSaysItsUnits) {
  auto a = run_like("a", 1e6, {2010});
  auto b = run_like("b", 2e6, {2011});
  const Comparison c = compare({a, b}, {.columns = {"sink"}});
  EXPECT_EQ(comparison_table(c, MassUnit::kAuto, false),
            "[1] a, 2010\n"
            "[2] b, 2011\n"
            "level   code  name  figure  unit        [1]   [2]  [2]-[1]  [2]/[1]\n"
            "county  59    A     sink_t  1e4 t CO2  1000  2000     1000    2.000\n"
            "county  510   \xE8\xB4\xB5\xE9\x98\xB3  sink_t  1e4 t CO2  2000  4000     2000    "
            "2.000\n"
            "county  511   C     sink_t  1e4 t CO2  3000  6000     3000    2.000\n");
  EXPECT_THAT(comparison_table(c, MassUnit::kTeragrams, false), HasSubstr("Tg CO2  10.00  20.00"));
  EXPECT_THAT(comparison_table(c, MassUnit::kTonnes, true), HasSubstr("\033["));
}

TEST(Comparison, JsonHasNumbersAndNulls) {
  const auto json = nlohmann::json::parse(comparison_json(
      compare({run_like("a", 1, {2010}), run_like("b", 2, {2010})}, {.columns = {"cnci"}})));
  EXPECT_EQ(json["sides"][1]["path"], "b");
  EXPECT_TRUE(json["rows"][0]["values"][0].is_null());
  EXPECT_EQ(json["rows"][2]["values"][1], 25.0);
  EXPECT_EQ(json["rows"][2]["ratios"][0], 1.0);
  EXPECT_THAT(json["do_not_add_up"], IsEmpty());
}

TEST(PublishedFigures, AreConvertedAndStandBesideTheRun) {
  const CsvText csv(kFigures +
                    "5,province,2019,sink_t,0.006,1e4 t CO2,consistent,text,\n"
                    "5,province,2019,sink_t,1,kg CO2,inconsistent,abstract,low by far\n"
                    "59,county,,sink_t,12.011,t C year-1,,,\n"
                    "59,county,,cnci_pct,0.5,1,unchecked,,\n"
                    "511,county,,sink_t/population,2,t CO2 person-1,unsupported,,\n"
                    "99,county,,sink_t,1,t CO2,,,\n");
  const Comparison c = compare({run_like("a", 1, {2013}), csv.read()}, {});
  EXPECT_THAT(c.rows, SizeIs(5));
  const ComparisonRow& first = c.rows[0];
  EXPECT_EQ(first.zone.level, "province");
  EXPECT_THAT(first.values, ElementsAre(60, DoubleNear(60, 1e-9)));
  EXPECT_EQ(first.group, FigureGroup::kConsistent);
  EXPECT_EQ(c.rows[1].source, "abstract");
  EXPECT_THAT(c.rows[1].values, ElementsAre(60, DoubleNear(1e-3, 1e-12)));
  EXPECT_THAT(row_of(c, "59", "sink_t").values, ElementsAre(10, DoubleNear(44.0095, 1e-9)));
  EXPECT_THAT(row_of(c, "59", "cnci_pct").values, ElementsAre(IsNan(), DoubleNear(50, 1e-9)));
  EXPECT_THAT(row_of(c, "511", "sink_t/population").values, ElementsAre(10, 2));
  EXPECT_EQ(c.published, 6U);
  const std::string remarks = comparison_remarks(c);
  EXPECT_THAT(remarks, HasSubstr("[2] 1 zone is not in [1]: county 99\n"));
  EXPECT_THAT(remarks, HasSubstr("Of the 6 figures in published tables 2 do not add up:\n"
                                 "  sink_t of province 5: 1 kg CO2 (abstract): low by far\n"
                                 "  sink_t/population of county 511: 2 t CO2 person-1\n"));
  EXPECT_THAT(comparison_table(c, MassUnit::kAuto, false), HasSubstr("inconsistent  abstract\n"));
}

TEST(PublishedFigures, MayComeFirst) {
  const CsvText csv(kFigures + "5,province,2019,sink_t,30,t CO2,,,\n");
  const Comparison c = compare({csv.read(), run_like("a", 1, {2013})}, {});
  ASSERT_THAT(c.rows, SizeIs(1));
  EXPECT_THAT(c.rows[0].ratios, ElementsAre(2));
  EXPECT_EQ(c.rows[0].zone.name, "P");
}

TEST(PublishedFigures, AreOfTheLevelAskedFor) {
  const CsvText csv(kFigures +
                    "5,province,2019,sink_t,30,t CO2,,,\n"
                    "59,county,2019,sink_t,30,t CO2,inconsistent,,\n");
  const std::vector<ComparisonSource> sources = {run_like("a", 1, {2013}), csv.read()};
  const Comparison c = compare(sources, {.level = "province"});
  EXPECT_THAT(c.rows, SizeIs(1));
  EXPECT_THAT(c.doubtful, IsEmpty());
  EXPECT_THAT(comparison_usage_error(sources, {.level = "country"}),
              HasSubstr("a has no level 'country'"));
}

TEST(PublishedFigures, BadTablesSayWhatIsWrongAndWhere) {
  const auto error = [](const std::string& row) { return CsvText(kFigures + row + "\n").error(); };
  EXPECT_THAT(error("5,province,2019,sink_t,3,,,,"), HasSubstr("line 2: the unit is absent"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,km2 CO2,,,"), HasSubstr("line 2: "));
  EXPECT_THAT(error("5,province,2019,area_km2,3,t,,,"), HasSubstr("'t' cannot become that of"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,Tg,,,"), HasSubstr("t CO2 or t C"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,t CO2 day-1,,,"), HasSubstr("not that of a year"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,parsecs?,,,"), HasSubstr("is no unit"));
  EXPECT_THAT(error("5,province,2019,sink_t,three,t CO2,,,"), HasSubstr("'three' is no number"));
  EXPECT_THAT(error("5,province,19.5,sink_t,3,t CO2,,,"), HasSubstr("'19.5' is no year"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,t CO2,consistant,,"),
              HasSubstr("did you mean 'consistent'?"));
  EXPECT_THAT(error(",province,2019,sink_t,3,t CO2,,,"), HasSubstr("'code' is empty"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,t CO2,,,\n5,province,2019,sink_t,4,t CO2,,,"),
              HasSubstr("line 3: sink_t of province 5 stands in line 2 already"));
  EXPECT_THAT(error("5,province,2019,sink_t,3,t CO2,,,\xE9"),
              HasSubstr("line 2: '\\xe9' is no UTF-8"));
  EXPECT_THAT(CsvText("code,level,column,value\n5,a,b,3\n").error(), HasSubstr("no column 'unit'"));
  EXPECT_THAT(CsvText("code,name\n5,a\n").error(), HasSubstr("no column 'level'"));
  EXPECT_THAT(CsvText("code,level\n5,a\n").error(), HasSubstr("no column 'ccs_t'"));
  EXPECT_THAT(CsvText(kFigures).error(), HasSubstr("holds no rows"));
}

TEST(ComparedTables, AreLikeZonesCsv) {
  const CsvText csv(
      "level,code,year,sink_t\ncounty,59,2010,11\ncounty,510,2010,\ncounty,59,2011,5\n");
  const Comparison c = compare({run_like("a", 1, {2010}), csv.read()}, {});
  EXPECT_THAT(row_of(c, "59", "sink_t").values, ElementsAre(10, 11));
  EXPECT_THAT(row_of(c, "510", "sink_t").values, ElementsAre(20, IsNan()));
  EXPECT_THAT(CsvText("level,code,sink_t\ncounty,59,1\ncounty,59,2\n").error(),
              HasSubstr("line 3: county 59 stands in line 2 already"));
  EXPECT_THAT(CsvText("level,code,sink_t\ncounty,59,x\n").error(), HasSubstr("'x' is no number"));
  EXPECT_THAT(CsvText("level,code,sink_t,sink_t\ncounty,59,1,2\n").error(),
              HasSubstr("two columns are called 'sink_t'"));
}

TEST(ComparedTables, MustBeThere) {
  const tests::TemporaryFolder folder;
  const auto error = [&](const std::string& path) -> std::string {
    try {
      (void)read_comparison_source(path);
    } catch (const engine::Error& e) {
      return e.what();
    }
    return {};
  };
  EXPECT_THAT(error(folder / "none"), HasSubstr("there is no such folder or file"));
  EXPECT_THAT(error(folder.path().string()), HasSubstr("incomplete output"));
}

TEST(ComparedTables, AloneAgainstATableWithoutACommonColumnIsAnError) {
  const CsvText csv("level,code,trees\ncounty,59,11\n");
  EXPECT_THAT(comparison_usage_error({run_like("a", 1, {2010}), csv.read()}, {}),
              HasSubstr("no column is on both sides"));
}

/// The published figures of Guizhou are what they are because of this arithmetic.
TEST(PublishedGuizhou, GroupsFollowFromTheFigures) {
  const ComparisonSource source =
      read_comparison_source(std::string(CNCI_SOURCE_DIR) + "/jobs/examples/published.csv");
  const auto value = [&](const std::string& column, FigureGroup group) {
    for (const PublishedFigure& figure : source.figures) {
      if (figure.code == "52" && figure.column == column && figure.group == group) {
        return figure.value;
      }
    }
    throw engine::Error("no figure " + column);
  };
  const auto sound = [&](const std::string& column) {
    return value(column, FigureGroup::kConsistent);
  };
  const double components = sound("ccs_t") + sound("scs_t") + sound("vscs_t");
  EXPECT_NEAR(sound("sink_t"), components, 5e3);
  EXPECT_NEAR(sound("cnci_pct"), 100 * components / sound("ce_t"), 5e-3);
  EXPECT_NEAR(sound("vscs_t/ce_t"), 100 * sound("vscs_t") / sound("ce_t"), 5e-3);
  EXPECT_NEAR(sound("ccs_t") / sound("ccsf_carbonate"), sound("carbonate_area_km2"), 1200);
  const double total = value("sink_t", FigureGroup::kUnsupported);
  EXPECT_GT(total, 1.13 * components);
  EXPECT_NEAR(value("cnci_pct", FigureGroup::kUnsupported), 100 * total / sound("ce_t"), 0.5);
  EXPECT_NEAR(value("balance_t", FigureGroup::kUnsupported), total - sound("ce_t"), 1);
  EXPECT_NEAR(sound("scs_t") / value("scs_t", FigureGroup::kInconsistent), 100, 1e-9);
  EXPECT_GT(sound("scs_t") / sound("scsf_silicate"),
            value("silicate_area_km2", FigureGroup::kInconsistent) + 900);
  for (const PublishedFigure& figure : source.figures) {
    EXPECT_NE(figure.group, FigureGroup::kNone) << figure.column;
    EXPECT_THAT(figure.source, Not(IsEmpty())) << figure.column;
    EXPECT_TRUE(!does_not_add_up(figure.group) || !figure.note.empty()) << figure.column;
  }
}

}  // namespace
}  // namespace cnci::jobs
