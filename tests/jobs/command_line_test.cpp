#include "jobs/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/command_line_spec.h"
#include "jobs/help.h"
#include "jobs/kernels_command.h"

namespace cnci::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Options>
Options parsed(const std::vector<std::string>& arguments) {
  return std::get<Options>(parse_command_line(arguments));
}

std::string usage_error(const std::vector<std::string>& arguments) {
  try {
    (void)parse_command_line(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(CommandLine, RunTakesEveryFlag) {
  const auto run =
      parsed<RunOptions>({"run", "a.ini", "--set", "years=2019", "--fresh", "--keep-tiles",
                          "--threads", "4", "--memory=2000", "--quiet", "--log-json", "log",
                          "--no-report", "--set", "zones.where=A = 'x'"});
  EXPECT_EQ(run.job.job_file, "a.ini");
  ASSERT_EQ(run.job.overrides.size(), 2U);
  EXPECT_EQ(run.job.overrides[0].key, "years");
  EXPECT_EQ(run.job.overrides[0].value, "2019");
  EXPECT_EQ(run.job.overrides[1].key, "zones.where");
  EXPECT_EQ(run.job.overrides[1].value, "A = 'x'");
  EXPECT_TRUE(run.fresh);
  EXPECT_TRUE(run.keep_tiles);
  EXPECT_TRUE(run.quiet);
  EXPECT_TRUE(run.no_report);
  EXPECT_EQ(run.threads, 4);
  EXPECT_EQ(run.memory_mb, 2000U);
  EXPECT_EQ(run.log_json, "log");
}

TEST(CommandLine, RunDoesNothingSpecialByDefault) {
  const auto run = parsed<RunOptions>({"run", "a.ini"});
  EXPECT_FALSE(run.fresh || run.keep_tiles || run.quiet || run.no_report);
  EXPECT_EQ(run.threads, 1);
  EXPECT_EQ(run.memory_mb, 0U);
  EXPECT_EQ(run.log_json, "");
}

TEST(CommandLine, TheOtherCommandsTakeTheirs) {
  EXPECT_EQ(parsed<CheckOptions>({"check", "a.ini", "--memory", "9"}).memory_mb, 9U);
  const auto zones =
      parsed<ZonesOptions>({"zones", "out", "--level", "county", "--sort", "cnci", "--top", "3",
                            "--bottom", "2", "--year", "2010", "--format", "json"});
  EXPECT_EQ(zones.output, "out");
  EXPECT_EQ(zones.level, "county");
  EXPECT_EQ(zones.sort, "cnci");
  EXPECT_EQ(zones.top, 3U);
  EXPECT_EQ(zones.bottom, 2U);
  EXPECT_EQ(zones.year, 2010);
  EXPECT_EQ(zones.format, TableFormat::kJson);
  EXPECT_EQ(parsed<ZonesOptions>({"zones", "out"}).format, TableFormat::kTable);
  const auto join = parsed<JoinOptions>({"join", "a", "b", "--into", "c"});
  EXPECT_THAT(join.parts, ElementsAre("a", "b"));
  EXPECT_EQ(join.into, "c");
  const auto exported =
      parsed<ExportOptions>({"export", "out", "--variable", "sink", "--year", "2018", "--format",
                             "gtiff", "--into", "a.tif", "--force"});
  EXPECT_EQ(exported.output, "out");
  EXPECT_EQ(exported.variable, "sink");
  EXPECT_EQ(exported.year, 2018);
  EXPECT_EQ(exported.format, RasterFormat::kGTiff);
  EXPECT_EQ(exported.into, "a.tif");
  EXPECT_TRUE(exported.force);
  const auto latest = parsed<ExportOptions>({"export", "out", "--variable", "sink"});
  EXPECT_EQ(latest.format, RasterFormat::kCog);
  EXPECT_FALSE(latest.year || latest.force || !latest.into.empty());
  EXPECT_THAT(usage_error({"export", "out"}), HasSubstr("--variable is absent"));
  EXPECT_EQ(parsed<SampleOptions>({"sample", "dir"}).size, "small");
  EXPECT_EQ(parsed<SampleOptions>({"sample", "dir", "--size", "province"}).size, "province");
  EXPECT_EQ(parsed<KernelsOptions>({"kernels", "nep"}).name, "nep");
  EXPECT_EQ(parsed<HelpOptions>({"help", "run"}).topic, "run");
  EXPECT_EQ(parsed<HelpOptions>({"zones", "--help"}).topic, "zones");
  EXPECT_EQ(parsed<HelpOptions>({"--help"}).topic, "");
  EXPECT_TRUE(std::holds_alternative<VersionOptions>(parse_command_line({"--version"})));
}

TEST(CommandLine, UnknownCommandsAndFlagsNameTheNearest) {
  EXPECT_THAT(usage_error({"rnu"}), HasSubstr("unknown command 'rnu'; did you mean 'run'?"));
  EXPECT_THAT(usage_error({"--verison"}), HasSubstr("unknown flag '--verison'; did you mean"));
  EXPECT_THAT(usage_error({"run", "a.ini", "--fersh"}),
              HasSubstr("unknown flag '--fersh'; did you mean '--fresh'?"));
  EXPECT_THAT(usage_error({"zones", "o", "--fresh"}), HasSubstr("unknown flag '--fresh'"));
}

TEST(CommandLine, FlagsAreNotGuessedFromTheirFirstLetters) {
  EXPECT_THAT(usage_error({"run", "a.ini", "--fre"}), HasSubstr("unknown flag '--fre'"));
}

TEST(CommandLine, WrongArgumentsAreUsageErrors) {
  EXPECT_THAT(usage_error({}), HasSubstr("cnci help"));
  EXPECT_THAT(usage_error({"run"}), HasSubstr("an argument is absent\nusage: cnci run JOB"));
  EXPECT_THAT(usage_error({"run", "a", "b"}), HasSubstr("'b' is one argument too many"));
  EXPECT_THAT(usage_error({"run", "a", "--set", "years"}),
              HasSubstr("--set years: give section.key=value"));
  EXPECT_THAT(usage_error({"run", "a", "--threads", "0"}),
              HasSubstr("--threads: '0' is not in the range 1 to 1024"));
  EXPECT_THAT(usage_error({"run", "a", "--memory", "lots"}), HasSubstr("--memory: 'lots'"));
  EXPECT_THAT(usage_error({"zones", "a", "--format", "cvs"}),
              HasSubstr("'cvs' is not one of table, csv, json; did you mean 'csv'?"));
  EXPECT_THAT(usage_error({"sample", "d", "--size", "huge"}), HasSubstr("--size: 'huge'"));
  EXPECT_THAT(usage_error({"join", "a", "b"}), HasSubstr("--into is absent"));
  EXPECT_THAT(usage_error({"run", "a", "--threads"}), HasSubstr("usage: cnci run"));
}

TEST(Help, ExplainsEveryCommandWithAnExample) {
  for (const CommandSpec& spec : command_specs()) {
    const std::string text = help_text({std::string(spec.name)});
    EXPECT_THAT(text, HasSubstr("cnci " + std::string(spec.usage)));
    EXPECT_THAT(text, HasSubstr("Example:\n  " + std::string(spec.example)));
    EXPECT_THAT(help_text({}), HasSubstr(std::string(spec.usage)));
  }
  EXPECT_THROW((void)help_text({"zonse"}), UsageError);
}

TEST(Help, TheJobTopicListsKeysOfTheProgramAndOfKernels) {
  const std::string text = help_text({"job"});
  for (const char* key : {"grid.resolution", "layer.*.nodata", "silicate.cc", "profile.step"}) {
    EXPECT_THAT(text, HasSubstr(key));
  }
}

TEST(Help, TheVersionNamesTheLibraries) {
  const std::string text = version_text();
  for (const char* name : {"cnci ", "GDAL", "HDF5", "Open MPI", "PROJ", "Boost", "libdeflate",
                           "SIMD target", "bit class"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
}

TEST(KernelsCommand, RefusesANameThatThereIsNot) {
  try {
    (void)kernels_command({"nepp"});
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no kernel is called 'nepp'; did you mean 'nep'?"));
  }
}

}  // namespace
}  // namespace cnci::jobs
