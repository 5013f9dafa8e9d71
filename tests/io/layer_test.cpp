// Layers on their own cells: from bands, units and ranges to the values of a year.
#include "io/layer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "engine/error.h"
#include "tests/io/layer_support.h"
#include "tests/io/raster_support.h"
#include "tests/support/cells.h"

namespace cnci::io {
namespace {

using engine::Field;
using engine::Grid;
using engine::Method;
using engine::Window;
using namespace testing;  // NOLINT: helpers of these tests

// Two cells of one degree; a raster on the same cells.
Grid two_cells() { return degree_grid({1, 1}, 100, 30, 2, 1); }

TestRaster two_pixels(std::vector<std::vector<double>> bands) {
  TestRaster raster;
  raster.cols = 2;
  raster.rows = 1;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.bands = std::move(bands);
  return raster;
}

/// Round the planet in pixels of ten degrees, which hold their numbers.
TestRaster numbered(int rows, double west, double north) {
  TestRaster raster;
  raster.cols = 36;
  raster.rows = rows;
  raster.x0 = west;
  raster.y0 = north;
  raster.dx = 10;
  raster.dy = -10;
  raster.bands.emplace_back(static_cast<std::size_t>(36 * rows));
  std::iota(raster.bands[0].begin(), raster.bands[0].end(), 0.0);
  return raster;
}

class LayerYear : public ::testing::Test {
 protected:
  LayerSpec spec(const Quantity& quantity, const TestRaster& raster) {
    return layer_spec(quantity, raster, folder_);
  }
  // The first cell's value for a constant raster (or one value per band).
  double first(const Quantity& quantity, const std::vector<double>& values, const std::string& unit,
               Reduce reduce = Reduce::kNone, std::optional<Substance> substance = {}) {
    std::vector<std::vector<double>> bands;
    for (const double value : values) bands.push_back({value, value});
    LayerSpec wanted = spec(quantity, two_pixels(bands));
    wanted.unit = unit;
    wanted.reduce = reduce;
    wanted.substance = substance;
    return open_layer(wanted, two_cells()).annual(kYear, {0, 0, 2, 1}).value[0];
  }
  std::string refusal(const Quantity& quantity, const std::vector<double>& values,
                      const std::string& unit, Reduce reduce = Reduce::kNone,
                      std::optional<Substance> substance = {}) {
    return error_of([&] { (void)first(quantity, values, unit, reduce, substance); });
  }
  TemporaryFolder folder_;
};

const std::vector<double> kTwelve(12, 2.0);

TEST_F(LayerYear, AnAnnualQuantityMayNameTheYearOrNot) {
  EXPECT_EQ(first(precipitation(), {1200}, "mm"), 1200);
  EXPECT_EQ(first(precipitation(), {1200}, "mm yr-1"), 1200);
  EXPECT_EQ(first(precipitation(), {1.2}, "m a-1"), 1200);
  EXPECT_EQ(first(precipitation(), {1200}, "kg m-2"), 1200);
}

TEST_F(LayerYear, RatesAreIntegratedOverTheNominalYearOf365Days) {
  EXPECT_DOUBLE_EQ(first(precipitation(), {1e-5}, "kg m-2 s-1"), 1e-5 * 31536000);
  EXPECT_DOUBLE_EQ(first(precipitation(), {3}, "mm d-1"), 3 * 365);
  EXPECT_DOUBLE_EQ(first(precipitation(), {0.1}, "mm h-1"), 0.1 * 365 * 24);
  EXPECT_DOUBLE_EQ(first(precipitation(), {100}, "mm month-1"), 1200);
}

TEST_F(LayerYear, TheYearInThePathDecidesItsLength) {
  LayerSpec wanted = spec(precipitation(), two_pixels({{3, 3}}));
  for (const int year : {2019, 2020}) {
    (void)write_tiff(folder_.path(fmt::format("p_{}.tif", year)), two_pixels({{3, 3}}));
  }
  wanted.path = folder_.path("p_{year}.tif");
  wanted.unit = "mm d-1";
  Layer layer = open_layer(wanted, two_cells(), 2019);
  EXPECT_FALSE(layer.is_static());
  EXPECT_EQ(layer.annual(2020, {0, 0, 1, 1}).value[0], 3 * 366);
  EXPECT_EQ(layer.annual(2019, {0, 0, 1, 1}).value[0], 3 * 365);
  EXPECT_EQ(layer_files(layer.spec(), {2019, 2020}).size(), 2U);
}

TEST_F(LayerYear, SumAddsAmounts) {
  std::vector<double> months(12);
  std::iota(months.begin(), months.end(), 1.0);
  EXPECT_EQ(first(precipitation(), months, "mm", Reduce::kSum), 78);
  EXPECT_EQ(first(precipitation(), months, "mm month-1", Reduce::kSum), 78);
  EXPECT_EQ(first(precipitation(), {1, 2, 3, 4}, "mm", Reduce::kSum), 10) << "quarters";
}

TEST_F(LayerYear, SumOfRatesIsAnErrorThatSaysMeanOrDays) {
  for (const char* unit : {"mm d-1", "kg m-2 s-1", "mm yr-1"}) {
    const std::string message = refusal(precipitation(), kTwelve, unit, Reduce::kSum);
    EXPECT_NE(message.find("reduce = mean"), std::string::npos) << message;
  }
  EXPECT_NE(refusal(precipitation(), {1, 2}, "mm month-1", Reduce::kSum).find("12 months"),
            std::string::npos);
}

TEST_F(LayerYear, MeanOfRatesIsIntegratedAndMeanOfAmountsIsAnError) {
  EXPECT_DOUBLE_EQ(first(precipitation(), {1, 3}, "mm d-1", Reduce::kMean), 2 * 365);
  EXPECT_DOUBLE_EQ(first(precipitation(), {100, 300}, "mm month-1", Reduce::kMean), 2400);
  EXPECT_DOUBLE_EQ(first(precipitation(), {100, 300}, "mm yr-1", Reduce::kMean), 200);
  const std::string message = refusal(precipitation(), kTwelve, "mm", Reduce::kMean);
  EXPECT_NE(message.find("month-1"), std::string::npos) << message;
}

TEST_F(LayerYear, DaysMultipliesByTheLengthOfMonths) {
  std::vector<double> february(12, 0.0);
  february[1] = 2;
  EXPECT_DOUBLE_EQ(first(npp(), february, "g C m-2 d-1", Reduce::kDays), 56);
  EXPECT_DOUBLE_EQ(first(npp(), kTwelve, "g C m-2 d-1", Reduce::kDays), 730);
  EXPECT_DOUBLE_EQ(
      first(precipitation(), std::vector<double>(12, 1e-5), "kg m-2 s-1", Reduce::kDays),
      1e-5 * 31536000);
  EXPECT_NE(refusal(npp(), {1, 2}, "g C m-2 d-1", Reduce::kDays).find("12 months"),
            std::string::npos);
  EXPECT_NE(refusal(npp(), kTwelve, "g C m-2", Reduce::kDays).find("per day"), std::string::npos);
}

TEST_F(LayerYear, StatesAreMeansAndHaveNoPeriod) {
  EXPECT_DOUBLE_EQ(first(temperature(), {283.15, 285.15}, "K", Reduce::kMean), 11);
  EXPECT_NE(refusal(temperature(), kTwelve, "degC", Reduce::kSum).find("only be mean"),
            std::string::npos);
  EXPECT_NE(refusal(temperature(), kTwelve, "degC", Reduce::kDays).find("only be mean"),
            std::string::npos);
  EXPECT_NE(refusal(soc(), {3}, "kg C m-2 yr-1").find("no period"), std::string::npos);
}

TEST_F(LayerYear, SeveralBandsNeedAChoice) {
  const std::string message = refusal(precipitation(), kTwelve, "mm");
  EXPECT_NE(message.find("12 bands: say layer.x.bands"), std::string::npos) << message;
  EXPECT_NE(message.find("sum | mean | days"), std::string::npos) << message;
  LayerSpec wanted = spec(precipitation(), two_pixels({{1, 1}, {7, 7}}));
  wanted.unit = "mm";
  wanted.bands = {2};
  EXPECT_EQ(open_layer(wanted, two_cells()).annual(kYear, {0, 0, 1, 1}).value[0], 7);
  wanted.bands = {3};
  EXPECT_NE(error_of([&] { (void)open_layer(wanted, two_cells()); }).find("band 3"),
            std::string::npos);
}

TEST_F(LayerYear, APixelWithoutOneOfItsMonthsIsMissing) {
  TestRaster raster = two_pixels({{1, 1}, {-9, 2}});
  raster.nodata = -9;
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  wanted.reduce = Reduce::kSum;
  const Field field = open_layer(wanted, two_cells()).annual(kYear, {0, 0, 2, 1});
  EXPECT_EQ(field.valid, (std::vector<std::uint8_t>{0, 1}));
  EXPECT_TRUE(std::isnan(field.value[0]));
  EXPECT_EQ(field.value[1], 3);
}

TEST_F(LayerYear, MonthsOfAPlanetFrom0To360AddUpAcrossItsEdge) {
  TestRaster raster;
  raster.cols = 4;
  raster.rows = 1;
  raster.x0 = 0;
  raster.y0 = 45;
  raster.dx = 90;
  raster.dy = -90;
  raster.nodata = -9;
  raster.bands = {{1, 2, 3, 4}, {10, 20, 30, -9}};
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  wanted.reduce = Reduce::kSum;
  wanted.resample = engine::Method::kNear;
  // 180 W to 180 E: columns 2 and 3 of the file, then 0 and 1.
  Layer layer = open_layer(wanted, degree_grid({90, 1}, -180, 45, 4, 1));
  const Field edge = layer.annual(kYear, {1, 0, 2, 1});  // columns 3 and 0
  EXPECT_EQ(edge.valid, (std::vector<std::uint8_t>{0, 1}));
  EXPECT_TRUE(std::isnan(edge.value[0]));
  EXPECT_EQ(edge.value[1], 11);
  const Field field = layer.annual(kYear, {0, 0, 4, 1});
  EXPECT_EQ(field.valid, (std::vector<std::uint8_t>{1, 0, 1, 1}));
  EXPECT_EQ(field.value[0], 33);
  EXPECT_TRUE(std::isnan(field.value[1]));
  EXPECT_EQ(field.value[2], 11);
  EXPECT_EQ(field.value[3], 22);
}

TEST_F(LayerYear, APlanetThatDoesNotWrapIsCopiedColumnByColumn) {
  TestRaster raster;
  raster.cols = 4;
  raster.rows = 1;
  raster.x0 = -180;
  raster.y0 = 90;
  raster.dx = 90;
  raster.dy = -90;
  raster.bands = {{1, 2, 3, 4}};
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  for (const bool wrap : {false, true}) {
    wanted.wrap = wrap;
    Layer east = open_layer(wanted, degree_grid({90, 1}, 0, 90, 4, 1));
    EXPECT_EQ(east.method(), engine::Method::kCopy);
    EXPECT_EQ(east.annual(kYear, {0, 0, 4, 1}).value, (std::vector<double>{3, 4, 1, 2})) << wrap;
    EXPECT_EQ(east.annual(kYear, {1, 0, 2, 1}).value, (std::vector<double>{4, 1})) << wrap;
    Layer same = open_layer(wanted, degree_grid({90, 1}, -180, 90, 4, 1));
    EXPECT_EQ(same.annual(kYear, {0, 0, 4, 1}).value, (std::vector<double>{1, 2, 3, 4})) << wrap;
  }
}

TEST_F(LayerYear, APlanetFrom0To360IsCopiedInTheGridsOrder) {
  LayerSpec wanted = spec(precipitation(), numbered(18, 0, 90));
  wanted.unit = "mm";
  Layer layer = open_layer(wanted, degree_grid({10, 1}, -180, 90, 36, 18));
  ASSERT_EQ(layer.method(), engine::Method::kCopy);
  for (const engine::Window tile :
       {engine::Window{0, 0, 36, 18}, engine::Window{3, 2, 30, 9}, engine::Window{9, 1, 27, 4},
        engine::Window{18, 0, 18, 18}, engine::Window{16, 5, 4, 1}}) {
    const Field field = layer.annual(kYear, tile);
    for (std::int64_t row = tile.row; row < tile.row_end(); ++row) {
      for (std::int64_t col = tile.col; col < tile.col_end(); ++col) {
        ASSERT_EQ(field.value[field.index(col, row)],
                  static_cast<double>(row * 36 + (col + 18) % 36))
            << col << ' ' << row << ' ' << tile.cols;
      }
    }
  }
}

TEST_F(LayerYear, ARasterThatEndsInATilesRowsIsCopiedWhereItIs) {
  LayerSpec wanted = spec(precipitation(), numbered(3, -180, 60));
  wanted.unit = "mm";
  Layer layer = open_layer(wanted, degree_grid({10, 1}, -180, 90, 36, 18));
  // Over half a turn the pixels are the raster's whole width: 36 x 3, as many as 27 x 4 cells.
  const Field field = layer.annual(kYear, {0, 3, 27, 4});
  for (std::int64_t col = 0; col < 27; ++col) {
    for (std::int64_t row = 3; row < 6; ++row) {
      ASSERT_EQ(field.value[field.index(col, row)], static_cast<double>((row - 3) * 36 + col));
    }
    ASSERT_EQ(field.valid[field.index(col, 6)], 0);
  }
}

TEST_F(LayerYear, WhatIsNoNumberAfterScalingIsRefusedInARasterOfAnySize) {
  for (const int cols : {2, 600}) {
    TestRaster raster = two_pixels({std::vector<double>(static_cast<std::size_t>(cols), 1e300)});
    raster.cols = cols;
    raster.dx = 0.1;
    LayerSpec wanted = spec(precipitation(), raster);
    wanted.unit = "mm";
    wanted.scale = 1e300;  // to infinity, and from there
    wanted.offset = -std::numeric_limits<double>::infinity();
    const auto year = [&] {
      return open_layer(wanted, degree_grid({1, 10}, 100, 30, cols, 1))
          .annual(kYear, {0, 0, cols, 1});
    };
    const std::string message = error_of([&] { (void)year(); });
    EXPECT_NE(message.find("column 0, row 0"), std::string::npos) << cols << message;
    EXPECT_NE(message.find("is not a number; put unit"), std::string::npos) << cols << message;
    wanted.outside = Outside::kClamp;
    EXPECT_EQ(year().valid, std::vector<std::uint8_t>(static_cast<std::size_t>(cols), 0));
  }
}

TEST_F(LayerYear, CarbonAndDioxideAreConvertedOnceAndMustBeSaid) {
  EXPECT_DOUBLE_EQ(first(npp(), {44.0095}, "g CO2 m-2"), 12.011);
  EXPECT_DOUBLE_EQ(first(npp(), {12}, "g m-2"), 12) << "npp is carbon where nothing is said";
  EXPECT_DOUBLE_EQ(first(npp(), {44.0095}, "g m-2", Reduce::kNone, Substance::kCarbonDioxide),
                   12.011);
  EXPECT_NE(refusal(npp(), {1}, "g C m-2", Reduce::kNone, Substance::kCarbonDioxide)
                .find("layer.x.substance says CO2"),
            std::string::npos);
  EXPECT_NE(refusal(emissions(), {1}, "t").find("layer.x.substance = C or CO2"), std::string::npos);
  EXPECT_NE(refusal(precipitation(), {1}, "kg C m-2").find("is of C"), std::string::npos);
}

TEST_F(LayerYear, UnitsAreNeverAssumed) {
  LayerSpec wanted = spec(precipitation(), two_pixels({{5, 5}}));
  EXPECT_NE(error_of([&] { (void)open_layer(wanted, two_cells()); }).find("layer.x.unit = mm"),
            std::string::npos);
  EXPECT_NE(refusal(precipitation(), {5}, "degC").find("cannot become 'mm'"), std::string::npos);
  EXPECT_DOUBLE_EQ(first(pco2(), {4000}, "ppm"), 0.004);
  EXPECT_DOUBLE_EQ(first(factor(), {50}, "%"), 0.5);
  TestRaster raster = two_pixels({{5, 5}});
  raster.unit = "cm";
  EXPECT_EQ(
      open_layer(spec(precipitation(), raster), two_cells()).annual(kYear, {0, 0, 1, 1}).value[0],
      50);
}

TEST_F(LayerYear, ScaleAndOffsetOfTheJobReplaceTheFilesOwn) {
  TestRaster raster = two_pixels({{2500, 2500}});
  raster.type = "Int16";
  raster.scale = 0.1;
  raster.offset = 10;
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  const auto value = [&] {
    return open_layer(wanted, two_cells()).annual(kYear, {0, 0, 1, 1}).value[0];
  };
  EXPECT_DOUBLE_EQ(value(), 260);
  wanted.scale = 0.5;
  EXPECT_DOUBLE_EQ(value(), 1260);
  wanted.offset = 0;
  EXPECT_DOUBLE_EQ(value(), 1250);
}

TEST_F(LayerYear, ValuesOutsideTheRangeAreAnErrorThatSaysWhatTheyLookLike) {
  LayerSpec wanted = spec(temperature(), two_pixels({{288.15, 15}}));
  wanted.unit = "degC";
  const std::string message = error_of([&] {
    (void)open_layer(wanted, two_cells()).annual(kYear, {0, 0, 2, 1});
  });
  for (const char* part : {"layer.x", "a.tif", "288.15 degC", "column 0, row 0",
                           "looks like kelvin", "layer.x.outside"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST_F(LayerYear, OutsideMayBeMissingOrClampedAndIsCountedOncePerPixel) {
  LayerSpec wanted = spec(temperature(), two_pixels({{288.15, 15}}));
  wanted.unit = "degC";
  wanted.outside = Outside::kMissing;
  Layer missing = open_layer(wanted, two_cells());
  EXPECT_EQ(missing.annual(kYear, {0, 0, 2, 1}).valid, (std::vector<std::uint8_t>{0, 1}));
  EXPECT_EQ(missing.counters().outside_range, 1U);
  wanted.outside = Outside::kClamp;
  Layer clamped = open_layer(wanted, two_cells());
  EXPECT_EQ(clamped.annual(kYear, {0, 0, 1, 1}).value[0], 60);
  EXPECT_EQ(clamped.annual(kYear, {1, 0, 1, 1}).value[0], 15);
  EXPECT_EQ(clamped.counters().outside_range, 1U);
}

TEST_F(LayerYear, RoundingAtALimitIsNoFault) {
  LayerSpec wanted = spec(factor(), two_pixels({{1.0000001, 0.09999999}}));
  wanted.unit = "1";
  Layer layer = open_layer(wanted, two_cells());
  EXPECT_EQ(layer.annual(kYear, {0, 0, 2, 1}).value, (std::vector<double>{1, 0.1}));
  EXPECT_EQ(layer.counters().outside_range, 0U);
}

TEST_F(LayerYear, MonthsInFileNamesAreReducedLikeBands) {
  for (int month = 1; month <= 12; ++month) {
    (void)write_tiff(folder_.path(fmt::format("m_{:02}.tif", month)),
                     two_pixels({{month == 2 ? 1.0 : 0.0, 1}}));
  }
  LayerSpec wanted;
  wanted.name = "x";
  wanted.quantity = precipitation();
  wanted.path = folder_.path("m_{month:02}.tif");
  wanted.unit = "mm d-1";
  wanted.reduce = Reduce::kDays;
  Layer layer = open_layer(wanted, two_cells());
  EXPECT_TRUE(layer.is_static());
  EXPECT_EQ(layer.annual(kYear, {0, 0, 2, 1}).value, (std::vector<double>{28, 365}));
  wanted.unit = "mm";
  wanted.reduce = Reduce::kSum;
  wanted.months = {1, 2};
  EXPECT_EQ(open_layer(wanted, two_cells()).annual(kYear, {0, 0, 2, 1}).value,
            (std::vector<double>{1, 2}));
}

TEST_F(LayerYear, TwelveMonthsAddUpToTheYear) {
  std::vector<std::vector<double>> bands;
  for (int month = 1; month <= 12; ++month) bands.push_back({month * 1.5, 20.0 - month});
  struct Case {
    Quantity quantity;
    const char* unit;
    Reduce reduce;
    double january;
  };
  const Case cases[] = {{precipitation(), "mm", Reduce::kSum, 1.5},
                        {precipitation(), "mm d-1", Reduce::kDays, 46.5},
                        {precipitation(), "mm d-1", Reduce::kMean, 1.5 * 365 / 12},
                        {temperature(), "degC", Reduce::kMean, 1.5}};
  for (const Case& c : cases) {
    LayerSpec wanted = spec(c.quantity, two_pixels(bands));
    wanted.unit = c.unit;
    wanted.reduce = c.reduce;
    Layer layer = open_layer(wanted, two_cells());
    const auto months = layer.monthly(kYear, {0, 0, 2, 1});
    EXPECT_DOUBLE_EQ(months[0].value[0], c.january) << c.unit;
    const Field sum = layer.annual_of(months, kYear);
    const Field year = layer.annual(kYear, {0, 0, 2, 1});
    for (std::size_t i = 0; i < 2; ++i) EXPECT_DOUBLE_EQ(sum.value[i], year.value[i]) << c.unit;
  }
  LayerSpec six = spec(precipitation(), two_pixels({{1, 1}, {2, 2}}));
  six.unit = "mm";
  six.reduce = Reduce::kSum;
  Layer layer = open_layer(six, two_cells());
  EXPECT_NE(error_of([&] {
              (void)layer.monthly(kYear, {0, 0, 1, 1});
            }).find("twelve months"),
            std::string::npos);
}

TEST_F(LayerYear, FilesWithoutCrsNeedTheKeyAndOthersRefuseAnotherOne) {
  TestRaster raster = two_pixels({{5, 5}});
  raster.crs.clear();
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  EXPECT_NE(error_of([&] { (void)open_layer(wanted, two_cells()); }).find("layer.x.crs"),
            std::string::npos);
  wanted.crs = "EPSG:4326";
  EXPECT_EQ(open_layer(wanted, two_cells()).annual(kYear, {0, 0, 1, 1}).value[0], 5);
  LayerSpec other = spec(precipitation(), two_pixels({{5, 5}}));
  other.unit = "mm";
  other.crs = "EPSG:3857";
  EXPECT_NE(error_of([&] { (void)open_layer(other, two_cells()); }).find("take it out"),
            std::string::npos);
}

TEST_F(LayerYear, BytesReadCoverBytesNeeded) {
  LayerSpec wanted = spec(precipitation(), two_pixels({{5, 6}}));
  wanted.unit = "mm";
  Layer layer = open_layer(wanted, two_cells());
  (void)layer.annual(kYear, {0, 0, 2, 1});
  EXPECT_EQ(layer.counters().bytes_needed, 16U);
  EXPECT_EQ(layer.counters().bytes_read, 16U);
}

}  // namespace
}  // namespace cnci::io
