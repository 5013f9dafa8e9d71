#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "jobs/job.h"
#include "tests/jobs/job_text.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::errors_of;
using tests::job_of;
using tests::kFullJob;
using tests::layer_of;
using tests::without_section;

TEST(JobFile, FindingsNameFileLineAndKey) {
  EXPECT_EQ(errors_of(kFullJob + "[grid]\ntile = many\n"),
            "/jobs/area.ini:25: grid.tile: 'many' is not a whole number");
}

TEST(JobFile, AllFindingsComeAtOnceInTheOrderOfLines) {
  const std::string text =
      "years = never\n" + kFullJob.substr(kFullJob.find('\n') + 1) + "[grid]\ntile = 1\ntyle = 2\n";
  try {
    (void)job_of(text, {{"output.chunk", "0"}});
    FAIL() << "no error";
  } catch (const JobError& error) {
    ASSERT_EQ(error.findings().size(), 4U) << error.what();
    EXPECT_EQ(error.findings()[0].line, 1);
    EXPECT_EQ(error.findings()[0].key, "years");
    EXPECT_EQ(error.findings()[1].line, 25);
    EXPECT_EQ(error.findings()[1].key, "grid.tile");
    EXPECT_EQ(error.findings()[2].line, 26);
    EXPECT_EQ(error.findings()[2].key, "grid.tyle");
    EXPECT_EQ(error.findings()[3].line, 0);
    EXPECT_EQ(error.findings()[3].key, "output.chunk");
    EXPECT_THAT(error.findings()[3].text, HasSubstr("(from --set)"));
  }
}

TEST(JobFile, AByteOrderMarkAndWindowsLineEndsChangeNothing) {
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : kFullJob) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Job job = job_of(windows);
  EXPECT_EQ(job.effective, job_of(kFullJob).effective);
  EXPECT_THAT(job.years, ElementsAre(2019));
}

TEST(JobFile, ACommentStartsAtTheLineStartOrAfterABlankOnly) {
  const Job job = job_of("# on top\n" + kFullJob +
                         "[paths]   # a section\nodd = a#b # the rest\n\t# indented\n");
  EXPECT_EQ(job.effective.at("paths.odd"), "a#b");
}

TEST(JobFile, ValuesMayHoldEqualsSigns) {
  const Job job = job_of(kFullJob, {});
  EXPECT_FALSE(job.zones.levels[0].code.is_constant);
  std::string text = kFullJob;
  text.replace(text.find("province.code = P"), 17,
               "province.code = ='CHN'\nwhere = Code_Province = '52' AND x <= 3");
  const Job with = job_of(text);
  EXPECT_TRUE(with.zones.levels[0].code.is_constant);
  EXPECT_EQ(with.zones.levels[0].code.constant, "CHN");
  EXPECT_EQ(with.zones.where, "Code_Province = '52' AND x <= 3");
}

TEST(JobFile, LinesThatAreNoKeyAndNoSectionAreNamed) {
  const std::string errors = errors_of(kFullJob + "[grid\nnonsense\n= 3\n[ ]\n");
  EXPECT_THAT(errors, HasSubstr("area.ini:24: '[grid' is not a section; it looks like [grid]"));
  EXPECT_THAT(errors, HasSubstr("area.ini:25: 'nonsense' is neither a [section] nor key = value"));
  EXPECT_THAT(errors, HasSubstr("area.ini:26: '= 3' has no key before '='"));
  EXPECT_THAT(errors, HasSubstr("area.ini:27: '[ ]' is not a section; it looks like [grid]"));
}

TEST(JobFile, AKeyGivenTwiceIsAnErrorWithBothLines) {
  EXPECT_EQ(errors_of(kFullJob + "path = elsewhere\n"),
            "/jobs/area.ini:24: output.path: given twice, first on line 23; keep one of them");
}

TEST(JobFile, SetWinsOverTheFileAndTheFileOverTheDefault) {
  EXPECT_EQ(job_of(kFullJob).grid.tile, 512);
  const std::string text = kFullJob + "[grid]\ntile = 200\n";
  EXPECT_EQ(job_of(text).grid.tile, 200);
  EXPECT_EQ(job_of(text, {{"grid.tile", "64"}}).grid.tile, 64);
  EXPECT_EQ(job_of(text, {{"grid.tile", "64"}, {"grid.tile", "128"}}).grid.tile, 128);
  EXPECT_EQ(job_of(text, {{"grid.tile", "64"}}).effective.at("grid.tile"), "64");
}

TEST(JobFile, SetMendsABadValueOfTheFile) {
  EXPECT_EQ(job_of(kFullJob + "[grid]\ntile = many\n", {{"grid.tile", "64"}}).grid.tile, 64);
}

TEST(JobFile, PathsAreRelativeToTheJobFileOutputToTheCurrentFolder) {
  const Job job = job_of(kFullJob);
  EXPECT_EQ(job.zones.path, "/jobs/z.gpkg");
  EXPECT_EQ(layer_of(job, "soc").path, "/jobs/soc.tif");
  EXPECT_EQ(job.output.path, "/here/out");
}

TEST(JobFile, PathsFromSetAreRelativeToTheCurrentFolder) {
  const Job job = job_of(kFullJob, {{"layer.soc.path", "../soc.tif"}, {"output.path", "results/"}});
  EXPECT_EQ(layer_of(job, "soc").path, "/soc.tif");
  EXPECT_EQ(job.output.path, "/here/results");
}

TEST(JobFile, NamedPathsStartWhereTheyWereWritten) {
  std::string text = kFullJob + "[paths]\ndata = ../data\nregion = south\n";
  text.replace(text.find("soc.tif"), 7, "{data}/{region}/soc.tif");
  EXPECT_EQ(layer_of(job_of(text), "soc").path, "/data/south/soc.tif");
  EXPECT_EQ(layer_of(job_of(text, {{"paths.data", "mine"}}), "soc").path,
            "/here/mine/south/soc.tif");
  EXPECT_EQ(layer_of(job_of(text, {{"paths.data", "/abs"}}), "soc").path, "/abs/south/soc.tif");
}

TEST(JobFile, YearAndMonthStayInPathsOfLayersOnly) {
  std::string text = kFullJob;
  text.replace(text.find("soc.tif"), 7, "soc_{year}.tif");
  EXPECT_EQ(layer_of(job_of(text), "soc").path, "/jobs/soc_{year}.tif");
  EXPECT_THAT(errors_of(kFullJob, {{"output.path", "out/{year}"}}),
              HasSubstr("output.path: {year} is for the paths of layers only"));
}

TEST(JobFile, AnUnknownPlaceholderIsAnErrorThatNamesTheKnown) {
  std::string text = kFullJob + "[paths]\ndata = d\n";
  text.replace(text.find("soc.tif"), 7, "{dta}/soc.tif");
  EXPECT_THAT(errors_of(text), HasSubstr("layer.soc.path: {dta} is unknown; did you mean 'data'? "
                                         "(known: data, year, month, month:02)"));
  EXPECT_THAT(errors_of(kFullJob, {{"zones.path", "{data"}}),
              HasSubstr("'{data' has a '{' without its '}'"));
  EXPECT_THAT(errors_of(kFullJob + "[paths]\na = {b}\nb = {a}\n", {{"zones.path", "{a}"}}),
              HasSubstr("zones.path: {a} stands for itself; [paths] runs in a circle"));
}

TEST(JobFile, NamesInPiecesOfAPathAreReplacedToo) {
  std::string text = kFullJob + "[paths]\nmodel = v{number}\nnumber = 2\nyears = {year}\n";
  text.replace(text.find("soc.tif"), 7, "d/{model}/{years}.tif");
  EXPECT_EQ(layer_of(job_of(text), "soc").path, "/jobs/d/v2/{year}.tif");
  EXPECT_THAT(errors_of(text, {{"zones.path", "z/{years}"}}),
              HasSubstr("zones.path: {year} is for the paths of layers only"));
  EXPECT_THAT(errors_of(text, {{"paths.number", "{lost"}}),
              HasSubstr("layer.soc.path: '{lost' has a '{' without its '}'"));
  EXPECT_THAT(errors_of(text, {{"paths.number", "{model}"}}), HasSubstr("runs in a circle"));
}

TEST(JobFile, NamesThatGrowWithoutBoundAreRefused) {
  std::string text = kFullJob + "[paths]\np0 = xx\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "{p" + std::to_string(i - 1) + "}";
    text += "p" + std::to_string(i) + " = " + "y" + before + before + "\n";
  }
  text.replace(text.find("soc.tif"), 7, "d/{p63}");
  EXPECT_THAT(errors_of(text), HasSubstr("becomes longer than 4096 characters"));
}

TEST(JobFile, WhatEveryJobNeedsIsAskedFor) {
  const std::string errors = errors_of("");
  for (const char* key : {"years", "zones.path", "zones.levels", "output.path"}) {
    EXPECT_THAT(errors, HasSubstr("area.ini: " + std::string(key) + ": is absent"));
  }
  EXPECT_THAT(errors, HasSubstr("layer: no layer asks for anything to be computed; give at least "
                                "one of layer.carbonate_fraction, layer.emissions"));
}

TEST(JobFile, ABadValueIsNotAlsoReportedAsAbsent) {
  EXPECT_THAT(errors_of(kFullJob, {{"years", "x"}}), Not(HasSubstr("absent")));
}

TEST(JobFile, ANameIsTheFilesUnlessGiven) {
  EXPECT_EQ(job_of(kFullJob).name, "area");
  EXPECT_EQ(job_of("name = other\n" + kFullJob).name, "other");
}

TEST(JobFile, AKernelThatLacksALayerNamesItAndWhoNeedsIt) {
  EXPECT_EQ(
      errors_of(without_section(kFullJob, "layer.soc")),
      "/jobs/area.ini: layer.soc: is absent, but nep needs it; add [layer.soc] with its path");
  EXPECT_THAT(errors_of(without_section(kFullJob, "layer.temperature")),
              HasSubstr("layer.temperature: is absent, but carbonate, silicate, nep need it"));
}

TEST(JobFile, ALackingRunoffIsToldAsTheLayersItIsMadeOf) {
  EXPECT_EQ(errors_of(without_section(kFullJob, "layer.evapotranspiration"),
                      {{"carbonate.pco2", "constant"}}),
            "/jobs/area.ini: layer.evapotranspiration: is absent, but carbonate, silicate need it; "
            "add [layer.evapotranspiration] with its path");
}

TEST(JobFile, AKernelWithoutItsKeyLayerIsSimplyNotComputed) {
  const Job job = job_of(without_section(without_section(kFullJob, "layer.npp"), "layer.soc"));
  EXPECT_THAT(job.output.variables, ElementsAre("ccsf", "scsf", "ce", "sink"));
}

TEST(JobFile, TheCubeHoldsEverySinkTheEmissionsAndTheTotal) {
  EXPECT_THAT(job_of(kFullJob).output.variables, ElementsAre("ccsf", "scsf", "nep", "ce", "sink"));
  EXPECT_THAT(job_of(kFullJob, {{"output.variables", "balance, runoff"}}).output.variables,
              ElementsAre("balance", "runoff"));
}

TEST(JobFile, VariablesThatTheJobDoesNotComputeAreRefused) {
  EXPECT_THAT(errors_of(kFullJob, {{"output.variables", "ccfs"}}),
              HasSubstr("no kernel computes 'ccfs'; did you mean 'ccsf'?"));
  EXPECT_THAT(errors_of(without_section(kFullJob, "layer.emissions"), {{"output.variables", "ce"}}),
              HasSubstr("'ce' is computed by emissions, which this job gives no layers for"));
}

TEST(JobFile, EffectiveKeysHoldDefaultsAndResolvedPathsAndPresets) {
  const auto effective = job_of(kFullJob).effective;
  EXPECT_EQ(effective.at("name"), "area");
  EXPECT_EQ(effective.at("grid.resolution"), "1/120");
  EXPECT_EQ(effective.at("layer.soc.path"), "/jobs/soc.tif");
  EXPECT_EQ(effective.at("layer.soc.substance"), "C");
  EXPECT_EQ(effective.at("layer.soc.min_valid"), "0.5");
  EXPECT_EQ(effective.at("layer.emissions.distribute"), "uniform");
  EXPECT_EQ(effective.at("silicate.cc"), "0.5");
  EXPECT_EQ(effective.at("output.variables"), "ccsf, scsf, nep, ce, sink");
  EXPECT_EQ(job_of(kFullJob, {{"silicate.preset", "silicate_only"}}).effective.at("silicate.cc"),
            "0");
}

TEST(JobFile, AFileThatIsNotThereIsSaid) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW((void)load_job(folder / "none.ini", {}), engine::Error);
  EXPECT_THROW((void)load_job(folder.path().string(), {}), engine::Error);
}

TEST(JobFile, IsReadFromDisk) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "region.ini") << kFullJob;
  const Job job = load_job(folder / "region.ini", {});
  EXPECT_EQ(job.name, "region");
  EXPECT_EQ(job.zones.path, folder / "z.gpkg");
}

class Examples : public ::testing::TestWithParam<const char*> {};

TEST_P(Examples, AreValidJobsWhereverTheDataLie) {
  const std::string file = std::string(CNCI_SOURCE_DIR) + "/jobs/examples/" + GetParam();
  const Job job = load_job(file, {{"paths.data", "/some/where"}});
  EXPECT_THAT(job.output.variables, ElementsAre("ccsf", "scsf", "nep", "ce", "sink"));
  for (const auto& layer : job.layers)
    EXPECT_THAT(layer.path, ::testing::StartsWith("/some/where/"));
  EXPECT_THAT(load_job(file, {}).zones.path, HasSubstr("/shared/data/"));
}

INSTANTIATE_TEST_SUITE_P(Jobs, Examples, ::testing::Values("guizhou.ini", "world.ini"));

TEST(ExamplesOfJobs, TheCensusCodesAreMappedByTheFileBesideTheJob) {
  const Job job =
      load_job(std::string(CNCI_SOURCE_DIR) + "/jobs/examples/guizhou.ini", {{"paths.data", "/d"}});
  ASSERT_EQ(job.tables.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(job.tables[0].crosswalk_path));
  EXPECT_EQ(layer_of(job, "soc").scale, 2.0 / 3.0);
}

}  // namespace
}  // namespace cnci::jobs
