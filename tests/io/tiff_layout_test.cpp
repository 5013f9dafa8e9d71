#include "io/tiff_layout.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "io/raster.h"
#include "tests/io/raster_support.h"
#include "tests/io/tiff_support.h"

namespace cnci::io {
namespace {

using testing::BitsTiff;
using testing::open_tiff;
using testing::set_short_tag;
using testing::TemporaryFolder;
using testing::write_bits;

std::optional<TiffLayout> layout_of(const std::string& path, const std::string& opened = {}) {
  const DatasetPtr dataset = open_tiff(opened.empty() ? path : opened);
  return tiff_layout(*dataset, path);
}

/// Whether Raster gives what GDAL's own RasterIO does.
void expect_gdals_values(const std::string& path, const std::string& what) {
  const DatasetPtr dataset = open_tiff(path);
  const int cols = dataset->GetRasterXSize();
  const int rows = dataset->GetRasterYSize();
  const Raster raster(path);
  for (int band = 1; band <= dataset->GetRasterCount(); ++band) {
    std::vector<double> theirs(static_cast<std::size_t>(cols * rows));
    ASSERT_EQ(dataset->GetRasterBand(band)->RasterIO(GF_Read, 0, 0, cols, rows, theirs.data(), cols,
                                                     rows, GDT_Float64, 0, 0, nullptr),
              CE_None);
    const auto field = raster.read(band, {0, 0, cols, rows}, {});
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      ASSERT_EQ(field.valid[i] != 0, std::isfinite(theirs[i])) << what << ", pixel " << i;
      if (field.valid[i] == 0) continue;
      ASSERT_EQ(field.value[i], theirs[i]) << what << ", pixel " << i;
    }
  }
}

TEST(TiffLayout, OfTilesAndStrips) {
  const TemporaryFolder folder;
  BitsTiff tiff;
  tiff.type = GDT_Int16;
  tiff.bands = 3;
  tiff.creation = {"COMPRESS=ZSTD", "PREDICTOR=2",    "TILED=YES",       "BLOCKXSIZE=16",
                   "BLOCKYSIZE=32", "ENDIANNESS=BIG", "INTERLEAVE=PIXEL"};
  const auto tiles = layout_of(write_bits(folder.path("a.tif"), tiff));
  ASSERT_TRUE(tiles);
  EXPECT_TRUE(tiles->tiled);
  EXPECT_EQ(tiles->blocks_across(), 4);
  EXPECT_EQ(tiles->blocks_down(), 2);
  EXPECT_EQ(tiles->samples, 3U);
  EXPECT_EQ(tiles->row_bytes(), 96U);
  EXPECT_EQ(tiles->block_bytes(), 96U * 32U);
  EXPECT_EQ(tiles->compression, TiffCompression::kZstd);
  EXPECT_EQ(tiles->predictor, TiffPredictor::kHorizontal);
  EXPECT_EQ(tiles->swapped, std::endian::native == std::endian::little);
  tiff.creation = {"COMPRESS=DEFLATE", "BLOCKYSIZE=10", "INTERLEAVE=BAND"};
  const auto strips = layout_of(write_bits(folder.path("b.tif"), tiff));
  ASSERT_TRUE(strips);
  EXPECT_FALSE(strips->tiled);
  EXPECT_EQ(strips->block_cols, 61);
  EXPECT_EQ(strips->blocks_down(), 5);
  EXPECT_EQ(strips->samples, 1U);
  EXPECT_FALSE(strips->swapped);
}

struct UnusualTiff {
  std::string name;
  BitsTiff tiff;
  std::function<void(const std::string& path)> change = {};
};

std::vector<UnusualTiff> unusual() {
  const std::vector<std::string> deflate{"COMPRESS=DEFLATE"};
  const auto with = [](GDALDataType type, int bands, std::vector<std::string> creation) {
    BitsTiff tiff;
    tiff.type = type;
    tiff.bands = bands;
    tiff.creation = std::move(creation);
    return tiff;
  };
  return {
      {"nbits12", with(GDT_UInt16, 1, {"COMPRESS=DEFLATE", "NBITS=12"})},
      {"nbits1", with(GDT_Byte, 1, {"NBITS=1"})},
      {"half", with(GDT_Float32, 1, {"COMPRESS=DEFLATE", "NBITS=16"})},
      {"signedbyte", with(GDT_Byte, 1, {"PIXELTYPE=SIGNEDBYTE"})},
      {"int64", with(GDT_Int64, 1, deflate)},
      {"lzw", with(GDT_Int16, 1, {"COMPRESS=LZW", "PREDICTOR=2"})},
      {"packbits", with(GDT_Byte, 1, {"COMPRESS=PACKBITS"})},
      {"lzma", with(GDT_Byte, 1, {"COMPRESS=LZMA"})},
      {"lerc", with(GDT_Float32, 1, {"COMPRESS=LERC_ZSTD"})},
      {"jpeg", with(GDT_Byte, 1, {"COMPRESS=JPEG"})},
      {"ycbcr", with(GDT_Byte, 3, {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"})},
      {"ycbcrdeflate", with(GDT_Byte, 3, deflate),
       [](const std::string& path) { set_short_tag(path, 262, 6); }},
      {"cmyk", with(GDT_Byte, 4, {"COMPRESS=DEFLATE", "PHOTOMETRIC=CMYK"})},
      {"cielab", with(GDT_Byte, 3, {"COMPRESS=DEFLATE", "PHOTOMETRIC=CIELAB"})},
  };
}

TEST(TiffLayout, WhateverIsUnusualIsForGdal) {
  const TemporaryFolder folder;
  for (const UnusualTiff& file : unusual()) {
    SCOPED_TRACE(file.name);
    const std::string path = write_bits(folder.path(file.name + ".tif"), file.tiff);
    if (file.change) file.change(path);
    EXPECT_FALSE(layout_of(path));
    expect_gdals_values(path, file.name);
  }
}

/// FillOrder 2: the bits of every byte of the file's data run the other way. GDAL's driver does not
/// write it, so a tag that is there anyway is renamed and the data are turned.
TEST(TiffLayout, BitsInTheOtherOrderAreForGdal) {
  const TemporaryFolder folder;
  BitsTiff tiff;
  tiff.type = GDT_Byte;
  tiff.creation = {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"};
  const std::string path = write_bits(folder.path("a.tif"), tiff);
  ASSERT_TRUE(layout_of(path));
  std::string bytes = testing::read_file(path);
  // PhotometricInterpretation = 1 (262) becomes FillOrder = 2 (266), which sorts alike.
  const std::string photometric("\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00", 10);
  const auto at = bytes.find(photometric);
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '\x0a';
  bytes[at + 8] = '\x02';
  testing::write_file(path, bytes);
  EXPECT_FALSE(layout_of(path));
  expect_gdals_values(path, "FillOrder 2");
}

TEST(TiffLayout, AStripThatMayBePaddedIsForGdal) {
  const TemporaryFolder folder;
  BitsTiff tiff;
  tiff.type = GDT_Byte;
  tiff.cols = 5;
  tiff.rows = 10;
  tiff.creation = {"BLOCKYSIZE=10", "COMPRESS=DEFLATE"};
  const std::string path = write_bits(folder.path("a.tif"), tiff);
  ASSERT_TRUE(layout_of(path));
  std::string bytes = testing::read_file(path);
  const std::string rows_per_strip("\x16\x01\x03\x00\x01\x00\x00\x00\x0a\x00", 10);
  const auto at = bytes.find(rows_per_strip);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 8] = '\x1e';
  testing::write_file(path, bytes);
  EXPECT_FALSE(layout_of(path));
}

TEST(TiffLayout, OnlyOfWholeLocalFiles) {
  const TemporaryFolder folder;
  const std::string path = write_bits(folder.path("a.tif"), {});
  EXPECT_TRUE(layout_of(path));
  EXPECT_FALSE(layout_of("GTIFF_DIR:1:" + path));
  EXPECT_FALSE(layout_of(path, "GTIFF_DIR:1:" + path));
  const std::string vrt = testing::write_vrt(folder.path("a.vrt"), testing::beside("a.tif"));
  EXPECT_FALSE(layout_of(vrt));
}

TEST(TiffLayout, ALongUncompressedStripThatGdalSplitsIsForGdal) {
  const TemporaryFolder folder;
  BitsTiff tiff;
  tiff.type = GDT_Byte;
  tiff.cols = 5;
  tiff.rows = 2500;
  tiff.creation = {"BLOCKYSIZE=2500"};
  const std::string path = write_bits(folder.path("a.tif"), tiff);
  const DatasetPtr dataset = open_tiff(path);
  int cols = 0;
  int rows = 0;
  dataset->GetRasterBand(1)->GetBlockSize(&cols, &rows);
  EXPECT_EQ(layout_of(path).has_value(), rows == 2500);
  expect_gdals_values(path, "a long strip");
}

}  // namespace
}  // namespace cnci::io
