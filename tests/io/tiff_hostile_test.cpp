// GeoTIFFs in whose headers bytes are changed at random: read as GDAL reads them, or refused.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/raster.h"
#include "io/tiff_layout.h"
#include "tests/io/raster_support.h"
#include "tests/io/tiff_support.h"

namespace cnci::io {
namespace {

using testing::BitsTiff;

template <class T>
const T& one_of(const std::vector<T>& choices, std::mt19937& random) {
  return choices[random() % choices.size()];
}

BitsTiff random_tiff(std::mt19937& random) {
  BitsTiff tiff;
  tiff.type =
      one_of<GDALDataType>({GDT_Byte, GDT_Int16, GDT_UInt32, GDT_Float32, GDT_Float64}, random);
  tiff.bands = 1 + static_cast<int>(random() % 3);
  tiff.cols = 20 + static_cast<int>(random() % 30);
  tiff.rows = 20 + static_cast<int>(random() % 30);
  const bool floating = tiff.type == GDT_Float32 || tiff.type == GDT_Float64;
  tiff.creation = {"PREDICTOR=" + std::to_string(1 + random() % (floating ? 3 : 2)),
                   "BLOCKYSIZE=16"};
  for (const std::vector<std::string>& choices : std::vector<std::vector<std::string>>{
           {"COMPRESS=NONE", "COMPRESS=DEFLATE", "COMPRESS=ZSTD"},
           {"TILED=YES", "TILED=NO"},
           {"ENDIANNESS=LITTLE", "ENDIANNESS=BIG"},
           {"INTERLEAVE=PIXEL", "INTERLEAVE=BAND"},
           {"BIGTIFF=YES", "BIGTIFF=NO"},
       }) {
    tiff.creation.push_back(one_of(choices, random));
  }
  if (tiff.creation[3] == "TILED=YES") tiff.creation.emplace_back("BLOCKXSIZE=16");
  return tiff;
}

/// Changes one or two bytes of what stands before the blocks; says which.
std::string damage_header(const std::string& path, std::mt19937& random) {
  std::string bytes = testing::read_file(path);
  std::string what;
  for (std::uint32_t i = 0, count = 1 + random() % 2; i < count; ++i) {
    const std::size_t at = random() % std::min<std::size_t>(bytes.size(), 420);
    const auto bit = static_cast<char>(1U << (random() % 8));
    bytes[at] =
        random() % 2 == 0 ? static_cast<char>(random()) : static_cast<char>(bytes[at] ^ bit);
    what += fmt::format(" {}={}", at, static_cast<unsigned char>(bytes[at]));
  }
  testing::write_file(path, bytes);
  return what;
}

/// GDAL's values of a band, row by row as in the file; empty where it cannot read them.
std::vector<double> values_by_gdal(GDALDataset& dataset, int band) {
  const int cols = dataset.GetRasterXSize();
  const int rows = dataset.GetRasterYSize();
  std::vector<double> values(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows));
  const CPLErr status = dataset.GetRasterBand(band)->RasterIO(
      GF_Read, 0, 0, cols, rows, values.data(), cols, rows, GDT_Float64, 0, 0, nullptr);
  return status == CE_None ? values : std::vector<double>{};
}

/// Only what both read is compared: a damaged block may be one that either refuses.
void compare_with_gdal(GDALDataset& dataset, const std::string& path) {
  const std::int64_t cols = dataset.GetRasterXSize();
  const std::int64_t rows = dataset.GetRasterYSize();
  const Raster raster(path);
  const bool south_up = raster.info().south_up;
  for (int band = 1; band <= dataset.GetRasterCount(); ++band) {
    const bool all_valid = dataset.GetRasterBand(band)->GetMaskFlags() == GMF_ALL_VALID;
    const std::vector<double> theirs = values_by_gdal(dataset, band);
    const engine::Field own = raster.read(band, {0, 0, cols, rows}, {});
    if (theirs.empty() || !all_valid) continue;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t col = 0; col < cols; ++col) {
        const double value =
            theirs[static_cast<std::size_t>((south_up ? rows - 1 - row : row) * cols + col)];
        const std::size_t at = own.index(col, row);
        ASSERT_EQ(own.valid[at] != 0, std::isfinite(value)) << "band " << band;
        if (own.valid[at] == 0) continue;
        ASSERT_EQ(own.value[at], value) << "band " << band;
      }
    }
  }
}

TEST(HostileTiff, IsReadAsGdalReadsItOrRefused) {
  const std::uint32_t seed = std::random_device{}();
  const testing::TemporaryFolder folder;
  std::mt19937 random(seed);
  int raw = 0;
  for (int i = 0; i < 250; ++i) {
    const BitsTiff tiff = random_tiff(random);
    const std::string path = testing::write_bits(folder.path("a.tif"), tiff);
    const std::string what = damage_header(path, random);
    SCOPED_TRACE(
        fmt::format("seed {}, file {}:{} {}", seed, i, what, fmt::join(tiff.creation, " ")));
    const QuietGdal quiet;
    const DatasetPtr dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER));
    if (dataset == nullptr || dataset->GetRasterCount() < 1 || dataset->GetRasterCount() > 9 ||
        1.0 * dataset->GetRasterXSize() * dataset->GetRasterYSize() > 1e6) {
      continue;
    }
    if (tiff_layout(*dataset, path)) ++raw;
    try {
      compare_with_gdal(*dataset, path);
    } catch (const engine::Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(path)) << error.what();
    }
  }
  EXPECT_GT(raw, 50);
}

}  // namespace
}  // namespace cnci::io
