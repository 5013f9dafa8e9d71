// Layers on grids other than their own: methods, classes, tiles, pieces.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "engine/error.h"
#include "io/layer.h"
#include "tests/io/layer_support.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using engine::Field;
using engine::Grid;
using engine::Method;
using engine::Window;
using namespace testing;  // NOLINT: helpers of these tests

class LayerGrid : public ::testing::Test {
 protected:
  LayerSpec spec(const Quantity& quantity, const TestRaster& raster) {
    return layer_spec(quantity, raster, folder_);
  }
  TemporaryFolder folder_;
};

// A raster of `n` x `n` pixels over the 4 x 4 degrees at 100 E, 30 N.
TestRaster square(int n, const std::function<double(int, int)>& value) {
  TestRaster raster;
  raster.cols = raster.rows = n;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.dx = 4.0 / n;
  raster.dy = -4.0 / n;
  raster.bands.emplace_back();
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < n; ++col) raster.bands[0].push_back(value(col, row));
  }
  return raster;
}

TEST_F(LayerGrid, MethodFollowsFromKindAndFit) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 4, 4);
  const auto one = [](int, int) { return 1.0; };
  const auto method = [&](const Quantity& quantity, int n) {
    LayerSpec wanted = spec(quantity, square(n, one));
    if (quantity.kind != Kind::kClass) wanted.unit = quantity.unit;
    wanted.substance = quantity.carbon ? std::optional(Substance::kCarbon) : std::nullopt;
    wanted.legend = {{1, 1}};
    return open_layer(wanted, grid).method();
  };
  EXPECT_EQ(method(precipitation(), 8), Method::kAverage);
  EXPECT_EQ(method(precipitation(), 2), Method::kBilinear);
  EXPECT_EQ(method(precipitation(), 4), Method::kCopy);
  EXPECT_EQ(method(factor(), 8), Method::kAverage);
  EXPECT_EQ(method(factor(), 2), Method::kNear);
  EXPECT_EQ(method(lithology(), 8), Method::kFraction);
  EXPECT_EQ(method(lithology(), 2), Method::kNear);
  EXPECT_EQ(method(lithology(), 4), Method::kCopy);
  EXPECT_EQ(method(emissions(), 8), Method::kConserve);
  EXPECT_EQ(method(emissions(), 4), Method::kConserve);
}

TEST_F(LayerGrid, MethodsThatCannotBeAreRefused) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 4, 4);
  LayerSpec wanted = spec(precipitation(), square(8, [](int, int) { return 1.0; }));
  wanted.unit = "mm";
  for (const Method bad : {Method::kFraction, Method::kConserve, Method::kCopy}) {
    wanted.resample = bad;
    EXPECT_THROW((void)open_layer(wanted, grid), engine::Error);
  }
  wanted.resample = Method::kNear;
  EXPECT_EQ(open_layer(wanted, grid).method(), Method::kNear);
}

TEST_F(LayerGrid, ClassesBecomeFractionsThroughTheLegend) {
  // Codes 10, 20 and 99 (no data) of half-degree pixels in a cell of one degree.
  const Grid grid = degree_grid({1, 1}, 100, 30, 1, 1);
  TestRaster raster = square(2, [](int col, int row) { return row == 0 ? 10 : 20 + 79.0 * col; });
  raster.dx = 0.5;
  raster.dy = -0.5;
  LayerSpec wanted = spec(lithology(), raster);
  wanted.legend = {{10, 6}, {20, 1}, {99, 15}};
  wanted.missing_classes = {15};
  const auto fractions = open_layer(wanted, grid).classes(kYear, {0, 0, 1, 1});
  ASSERT_EQ(fractions.planes.size(), 2U);
  EXPECT_EQ(fractions.planes[0].class_id, 1);
  EXPECT_NEAR(fractions.planes[0].fraction[0], 1.0 / 3, 2e-3);
  EXPECT_NEAR(fractions.planes[1].fraction[0], 2.0 / 3, 2e-3);
  EXPECT_EQ(fractions.valid[0], 1);
  wanted.legend.erase(20);
  const std::string message = error_of([&] {
    (void)open_layer(wanted, grid).classes(kYear, {0, 0, 1, 1});
  });
  EXPECT_NE(message.find("layer.x.legend: 20"), std::string::npos) << message;
}

TEST_F(LayerGrid, CodesBecomeValuesBeforeTheyAreAveraged) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 1, 1);
  TestRaster raster = square(2, [](int col, int) { return 1.0 + col; });
  raster.dx = 0.5;
  raster.dy = -0.5;
  LayerSpec wanted = spec(factor(), raster);
  wanted.classes = {{1, 1.0}, {2, 0.1}};
  EXPECT_NEAR(open_layer(wanted, grid).annual(kYear, {0, 0, 1, 1}).value[0], 0.55, 1e-12);
  wanted.classes = {{1, 1.0}};
  const std::string message = error_of([&] {
    (void)open_layer(wanted, grid).annual(kYear, {0, 0, 1, 1});
  });
  EXPECT_NE(message.find("layer.x.classes: 2"), std::string::npos) << message;
}

TEST_F(LayerGrid, TilesDoNotChangeValues) {
  const Grid grid = degree_grid({1, 10}, 100, 30, 40, 40);
  std::mt19937 random(20240501);
  std::uniform_real_distribution<double> rain(0, 3000);
  for (const int n : {8, 13, 160, 97}) {
    LayerSpec wanted = spec(precipitation(), square(n, [&](int, int) { return rain(random); }));
    wanted.unit = "mm";
    Layer layer = open_layer(wanted, grid);
    const Field whole = layer.annual(kYear, grid.whole());
    for (std::int64_t row = 0; row < 40; row += 7) {
      for (std::int64_t col = 0; col < 40; col += 9) {
        const Window tile = Window{col, row, 9, 7}.intersect(grid.whole());
        const Field part = layer.annual(kYear, tile);
        for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
          for (std::int64_t c = tile.col; c < tile.col_end(); ++c) {
            ASSERT_EQ(part.value[part.index(c, r)], whole.value[whole.index(c, r)]) << n;
          }
        }
      }
    }
  }
}

TEST_F(LayerGrid, SourcesTooLargeForMemoryAreReadInPiecesWithoutASeam) {
  // 2000 x 2000 pixels (72 MB in one piece) over 10 x 10 cells; each cell's pixels hold its
  // number.
  const Grid grid = degree_grid({2, 5}, 100, 30, 10, 10);
  TestRaster raster = square(2000, [](int col, int row) { return row / 200 * 10 + col / 200; });
  raster.type = "Byte";
  raster.creation = {"COMPRESS=DEFLATE"};
  LayerSpec wanted = spec(precipitation(), raster);
  wanted.unit = "mm";
  Layer layer = open_layer(wanted, grid);
  const Field field = layer.annual(kYear, grid.whole());
  for (std::size_t i = 0; i < 100; ++i) EXPECT_NEAR(field.value[i], static_cast<double>(i), 1e-9);
  EXPECT_EQ(layer.counters().bytes_needed, 4000000U);
  EXPECT_LE(layer.info().source_window_bytes, std::size_t{64} << 20);

  raster.type = "Byte";
  LayerSpec codes = spec(lithology(), raster);
  for (int code = 0; code < 100; ++code) codes.legend[code] = code;
  const auto fractions = open_layer(codes, grid).classes(kYear, grid.whole());
  ASSERT_EQ(fractions.planes.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(fractions.planes[i].fraction[i], 1, 1e-12);
    EXPECT_EQ(fractions.planes[i].fraction[(i + 37) % 100], 0);
    EXPECT_EQ(fractions.valid[i], 1);
  }

  const Grid same = degree_grid({1, 500}, 100, 30, 2000, 2000);
  const auto whole = open_layer(codes, same).classes(kYear, same.whole());
  EXPECT_TRUE(whole.planes.empty());
  ASSERT_EQ(whole.only_class.size(), 4000000U);
  for (std::size_t i = 0; i < whole.only_class.size(); ++i) {
    ASSERT_EQ(whole.only_class[i], static_cast<int>(i / 2000 / 200 * 10 + i % 2000 / 200)) << i;
    ASSERT_EQ(whole.valid[i], 1);
  }
}

}  // namespace
}  // namespace cnci::io
