#include "io/raster_blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "io/raster.h"
#include "tests/io/raster_support.h"
#include "tests/io/tiff_support.h"

namespace cnci::io {
namespace {

using engine::Field;
using engine::Window;
using testing::BitsTiff;

constexpr Raster::Decoding kDecoding{.scale = 0.1, .offset = -3, .nodata = {}};

/// What GDAL's RasterIO and plain arithmetic make of a window, rows from the north.
Field plain_window(const std::string& path, int band, const Window& window, bool south_up,
                   double nodata) {
  const DatasetPtr dataset = testing::open_tiff(path);
  const std::int64_t first = south_up ? dataset->GetRasterYSize() - window.row_end() : window.row;
  Field field(window);
  std::vector<double> raw(field.value.size());
  const auto cols = static_cast<int>(window.cols);
  const auto rows = static_cast<int>(window.rows);
  EXPECT_EQ(dataset->GetRasterBand(band)->RasterIO(GF_Read, static_cast<int>(window.col),
                                                   static_cast<int>(first), cols, rows, raw.data(),
                                                   cols, rows, GDT_Float64, 0, 0, nullptr),
            CE_None);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      const double value =
          raw[static_cast<std::size_t>((south_up ? rows - 1 - row : row) * cols + col)];
      const std::size_t at = field.index(window.col + col, window.row + row);
      if (!std::isfinite(value) || value == nodata) continue;
      field.valid[at] = 1;
      field.value[at] = value * kDecoding.scale + kDecoding.offset;
    }
  }
  return field;
}

bool same_bits(const Field& a, const Field& b) {
  return a.valid == b.valid &&
         std::memcmp(a.value.data(), b.value.data(), a.value.size() * sizeof(double)) == 0;
}

struct WindowsCase {
  std::string name;
  BitsTiff tiff;
};

class WindowsOf : public ::testing::TestWithParam<WindowsCase> {};

std::vector<WindowsCase> windows_cases() {
  BitsTiff tiles;
  tiles.bands = 3;
  tiles.nodata = 3;
  tiles.creation = {"COMPRESS=DEFLATE", "PREDICTOR=3", "TILED=YES", "BLOCKXSIZE=16",
                    "BLOCKYSIZE=32"};
  BitsTiff south = tiles;
  south.dy = 1;
  BitsTiff sparse = south;
  sparse.holes = true;
  sparse.creation.emplace_back("SPARSE_OK=TRUE");
  BitsTiff strips;
  strips.type = GDT_Int16;
  strips.bands = 2;
  strips.nodata = 5;
  strips.dy = 1;
  strips.creation = {"COMPRESS=ZSTD", "PREDICTOR=2", "BLOCKYSIZE=5", "INTERLEAVE=BAND"};
  BitsTiff bytes;
  bytes.type = GDT_Byte;
  bytes.nodata = 4;
  BitsTiff by_gdal = strips;
  by_gdal.creation = {"COMPRESS=LZW"};
  return {{"tiles", tiles},   {"tiles_from_the_south", south}, {"sparse", sparse},
          {"strips", strips}, {"uncompressed", bytes},         {"gdal", by_gdal}};
}

INSTANTIATE_TEST_SUITE_P(RasterBlocks, WindowsOf, ::testing::ValuesIn(windows_cases()),
                         [](const auto& test) { return test.param.name; });

/// With a cache that holds all blocks, and with one that holds one.
TEST_P(WindowsOf, AreTheBitsOfGdalAndPlainArithmetic) {
  const testing::TemporaryFolder folder;
  const BitsTiff& tiff = GetParam().tiff;
  const std::string path = testing::write_bits(folder.path("a.tif"), tiff);
  for (const std::size_t cache_bytes : {std::size_t{1} << 20, std::size_t{0}}) {
    const Raster raster(path, {}, std::make_shared<BlockCache>(cache_bytes));
    std::mt19937 random(9);
    for (int i = 0; i < 60; ++i) {
      const std::int64_t col = random() % 61;
      const std::int64_t row = random() % 47;
      const Window window{col, row, 1 + static_cast<std::int64_t>(random()) % (61 - col),
                          1 + static_cast<std::int64_t>(random()) % (47 - row)};
      const int band = 1 + i % tiff.bands;
      EXPECT_TRUE(same_bits(raster.read(band, window, kDecoding),
                            plain_window(path, band, window, tiff.dy > 0, *tiff.nodata)))
          << "band " << band << ", " << window.cols << " x " << window.rows << " at " << window.col
          << ", " << window.row;
    }
  }
}

}  // namespace
}  // namespace cnci::io
