#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "io/layer.h"
#include "tests/io/layer_support.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using engine::Finding;
using engine::Grid;
using engine::Window;
using namespace testing;  // NOLINT: helpers of these tests

using Severity = Finding::Severity;

Grid ten_degrees() { return degree_grid({1, 1}, 100, 30, 10, 10); }

TestRaster ten_by_ten(double value) {
  TestRaster raster;
  raster.cols = raster.rows = 10;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.bands = {std::vector<double>(100, value)};
  return raster;
}

std::string all_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("[{}] {}: {}\n", static_cast<int>(finding.severity), finding.subject,
                        finding.text);
  }
  return text;
}

class LayerCheck : public ::testing::Test {
 protected:
  LayerSpec spec(const Quantity& quantity, const std::string& file, const std::string& unit) {
    LayerSpec spec;
    spec.name = "x";
    spec.quantity = quantity;
    spec.path = folder_.path(file);
    if (!unit.empty()) spec.unit = unit;
    return spec;
  }
  std::vector<Finding> check(const LayerSpec& spec, const std::vector<int>& years = {2019},
                             const Grid& grid = ten_degrees()) {
    return check_layer(spec, grid, area_of(grid), years, grid.whole());
  }
  // Exactly one finding, which holds all the parts.
  void expect_one(const std::vector<Finding>& findings, Severity severity,
                  const std::vector<std::string>& parts) {
    ASSERT_EQ(findings.size(), 1U) << all_text(findings);
    EXPECT_EQ(findings[0].severity, severity);
    EXPECT_TRUE(findings[0].subject.starts_with("layer.x")) << findings[0].subject;
    for (const std::string& part : parts) {
      EXPECT_NE(all_text(findings).find(part), std::string::npos) << part << "\n"
                                                                  << all_text(findings);
    }
  }
  TemporaryFolder folder_;
};

TEST_F(LayerCheck, AGoodLayerHasNoFindings) {
  (void)write_tiff(folder_.path("a.tif"), ten_by_ten(1000));
  EXPECT_EQ(all_text(check(spec(precipitation(), "a.tif", "mm"))), "");
}

TEST_F(LayerCheck, EveryMissingYearIsListedAndTheOthersAreStillChecked) {
  (void)write_tiff(folder_.path("p_2001.tif"), ten_by_ten(1000));
  (void)write_tiff(folder_.path("p_2003.tif"), ten_by_ten(99999));
  const auto findings =
      check(spec(precipitation(), "p_{year}.tif", "mm"), {2000, 2001, 2002, 2003});
  ASSERT_EQ(findings.size(), 2U) << all_text(findings);
  EXPECT_NE(findings[0].text.find("2000, 2002"), std::string::npos) << findings[0].text;
  EXPECT_NE(findings[1].subject.find("p_2003.tif"), std::string::npos) << findings[1].subject;
  EXPECT_NE(findings[1].text.find("tenths of a mm"), std::string::npos) << findings[1].text;
}

TEST_F(LayerCheck, NoCrsNoUnitAndBandsSayWhichKeyHelps) {
  TestRaster raster = ten_by_ten(1);
  raster.crs.clear();
  (void)write_tiff(folder_.path("nocrs.tif"), raster);
  expect_one(check(spec(precipitation(), "nocrs.tif", "mm")), Severity::kError, {"layer.x.crs"});
  raster = ten_by_ten(1);
  (void)write_tiff(folder_.path("a.tif"), raster);
  expect_one(check(spec(precipitation(), "a.tif", "")), Severity::kError, {"layer.x.unit"});
  raster.bands.resize(3, raster.bands[0]);
  (void)write_tiff(folder_.path("three.tif"), raster);
  expect_one(check(spec(precipitation(), "three.tif", "mm")), Severity::kError,
             {"3 bands", "layer.x.reduce"});
}

TEST_F(LayerCheck, KelvinIsRecognisedInASample) {
  (void)write_tiff(folder_.path("t.tif"), ten_by_ten(288.15));
  expect_one(check(spec(temperature(), "t.tif", "degC")), Severity::kError,
             {"t.tif", "288.15", "looks like kelvin", "layer.x.outside"});
}

TEST_F(LayerCheck, AcceptedValuesOutsideTheRangeAreAWarningWithTheirNumber) {
  TestRaster raster = ten_by_ten(500);
  raster.bands[0][5] = raster.bands[0][50] = -3;
  (void)write_tiff(folder_.path("et.tif"), raster);
  LayerSpec wanted = spec(precipitation(), "et.tif", "mm");
  wanted.outside = Outside::kClamp;
  expect_one(check(wanted), Severity::kWarning, {"2 of 100", "moved to the limit"});
}

TEST_F(LayerCheck, ValuesThatAreNoNumbersAreCountedApart) {
  TestRaster raster = ten_by_ten(5e-9);
  raster.bands.resize(12, raster.bands[0]);
  for (const std::size_t pixel : {5, 50}) {  // infinity, less infinity
    raster.bands[0][pixel] = 1e300;
    raster.bands[1][pixel] = -1e300;
  }
  (void)write_tiff(folder_.path("et.tif"), raster);
  LayerSpec wanted = spec(precipitation(), "et.tif", "mm month-1");
  wanted.reduce = Reduce::kSum;
  wanted.scale = 1e10;
  expect_one(check(wanted), Severity::kError,
             {"2 of 100 sampled values are not numbers", "layer.x.outside = missing"});
  wanted.outside = Outside::kClamp;
  expect_one(check(wanted), Severity::kWarning,
             {"2 of 100 sampled values are not numbers", "they are missing"});
}

TEST_F(LayerCheck, TruncatedAndUnreadableFilesAreFound) {
  TestRaster raster;
  raster.cols = raster.rows = 200;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.dx = 0.05;
  raster.dy = -0.05;
  raster.type = "Float32";
  raster.bands = {std::vector<double>(40000)};
  std::mt19937 random(7);
  for (double& value : raster.bands[0]) value = static_cast<double>(random() % 3000);
  for (const std::string compress : {"COMPRESS=NONE", "COMPRESS=DEFLATE"}) {
    raster.creation = {compress};
    const std::string path = write_tiff(folder_.path("cut.tif"), raster);
    ASSERT_TRUE(check(spec(precipitation(), "cut.tif", "mm")).empty()) << compress;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) * 95 / 100);
    expect_one(check(spec(precipitation(), "cut.tif", "mm")), Severity::kError, {"cut.tif"});
  }
  std::filesystem::resize_file(folder_.path("cut.tif"), 3);
  expect_one(check(spec(precipitation(), "cut.tif", "mm")), Severity::kError, {"cut.tif"});
}

TEST_F(LayerCheck, AFileCutOffBeyondTheZonesIsFoundToo) {
  TestRaster raster = ten_by_ten(5);
  raster.cols = raster.rows = 100;
  raster.dx = 0.1;
  raster.dy = -0.1;
  raster.bands = {std::vector<double>(10000, 5)};
  const std::string path = write_tiff(folder_.path("cut.tif"), raster);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) * 8 / 10);
  const Grid north = degree_grid({1, 10}, 100, 30, 100, 20);
  expect_one(check(spec(precipitation(), "cut.tif", "mm"), {2019}, north), Severity::kError,
             {"cut.tif", "rows 99-99"});
}

TEST_F(LayerCheck, ACrsTakenOnTrustIsAWarningAndOneThatTheFileHasIsNot) {
  TestRaster raster = ten_by_ten(5);
  (void)write_tiff(folder_.path("has.tif"), raster);
  raster.crs.clear();
  (void)write_tiff(folder_.path("none.tif"), raster);
  LayerSpec wanted = spec(precipitation(), "has.tif", "mm");
  wanted.crs = "EPSG:4326";
  EXPECT_EQ(all_text(check(wanted)), "");
  wanted.path = folder_.path("none.tif");
  expect_one(check(wanted), Severity::kWarning, {"has no CRS", "EPSG:4326"});
}

TEST_F(LayerCheck, ClassCodesWithoutALegendEntryAreNamed) {
  TestRaster raster = ten_by_ten(6);
  raster.bands[0][7] = 42;
  raster.bands[0][70] = 43;
  raster.type = "Int32";
  (void)write_tiff(folder_.path("c.tif"), raster);
  LayerSpec wanted = spec(lithology(), "c.tif", "");
  wanted.legend = {{6, 6}};
  expect_one(check(wanted), Severity::kError, {"42, 43", "layer.x.legend"});
  wanted.nodata = {{42, 43}};
  EXPECT_EQ(all_text(check(wanted)), "");
}

TEST_F(LayerCheck, ALayerThatEndsShortSaysByHowMuch) {
  TestRaster raster = ten_by_ten(1);
  raster.cols = 8;  // two degrees in the east are lacking
  raster.bands = {std::vector<double>(80, 1)};
  (void)write_tiff(folder_.path("short.tif"), raster);
  expect_one(check(spec(precipitation(), "short.tif", "mm")), Severity::kError,
             {"ends short", "degree in the east", "% of"});
  LayerSpec accepted = spec(precipitation(), "short.tif", "mm");
  accepted.outside = Outside::kMissing;
  expect_one(check(accepted), Severity::kWarning, {"those cells are missing"});
}

TEST_F(LayerCheck, AFewCellsShortAreAWarningAndNoOverlapIsAnError) {
  const Grid grid = degree_grid({1, 10}, 100, 30, 100, 100);
  TestRaster raster;
  raster.cols = 98;
  raster.rows = 100;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.dx = 0.1;
  raster.dy = -0.1;
  raster.bands = {std::vector<double>(9800, 1)};
  (void)write_tiff(folder_.path("a.tif"), raster);
  expect_one(check(spec(precipitation(), "a.tif", "mm"), {2019}, grid), Severity::kWarning,
             {"degree in the east"});
  raster.x0 = 20;
  (void)write_tiff(folder_.path("far.tif"), raster);
  LayerSpec far = spec(precipitation(), "far.tif", "mm");
  far.outside = Outside::kMissing;
  const auto findings = check(far, {2019}, grid);
  ASSERT_FALSE(findings.empty());
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError && finding.text.find("100 %") != std::string::npos;
  })) << all_text(findings);
}

TEST_F(LayerCheck, FilesOverAllLongitudesCoverAnyWindow) {
  TestRaster raster;
  raster.cols = 36;
  raster.rows = 18;
  raster.x0 = 0;
  raster.y0 = 90;
  raster.dx = 10;
  raster.dy = -10;
  raster.bands = {std::vector<double>(36 * 18, 1)};
  (void)write_tiff(folder_.path("a.tif"), raster);
  const Grid grid = degree_grid({1, 1}, -20, 30, 40, 40);
  EXPECT_EQ(all_text(check(spec(precipitation(), "a.tif", "mm"), {2019}, grid)), "");
}

TEST_F(LayerCheck, InfoDescribesTheLayer) {
  TestRaster raster = ten_by_ten(100);
  raster.bands[0][3] = 300;
  (void)write_tiff(folder_.path("a.tif"), raster);
  Layer layer = open_layer(spec(precipitation(), "a.tif", "mm"), ten_degrees());
  const LayerInfo info = layer.info();
  EXPECT_EQ(info.crs_name, "EPSG:4326 (WGS 84)");
  EXPECT_EQ(info.resolution, "1 x 1 degree");
  EXPECT_EQ(info.unit, "mm -> mm");
  EXPECT_EQ(info.method, "copy (source 1.0 cells)");
  EXPECT_EQ(info.sample_min, 100);
  EXPECT_EQ(info.sample_max, 300);
  EXPECT_EQ(info.sample_mean, 102);
  EXPECT_EQ(info.covered, 1);
  EXPECT_GT(info.source_window_bytes, 0U);
}

}  // namespace
}  // namespace cnci::io
