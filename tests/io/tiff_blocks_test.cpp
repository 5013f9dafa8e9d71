#include "io/tiff_blocks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/raster.h"
#include "tests/io/raster_support.h"
#include "tests/io/tiff_support.h"

namespace cnci::io {
namespace {

using testing::BitsTiff;
using testing::error_of;
using testing::gdal_block;
using testing::open_tiff;
using testing::place_of;
using testing::TemporaryFolder;
using testing::write_bits;

/// Blocks that hold other values than GDAL reads, inside the raster; "not raw" where GDAL has to.
std::string difference(const std::string& path) {
  const DatasetPtr dataset = open_tiff(path);
  const auto layout = tiff_layout(*dataset, path);
  if (!layout) return "not raw";
  TiffBlocks blocks(*dataset, *layout);
  const std::size_t line = static_cast<std::size_t>(layout->block_cols) * layout->sample_bytes;
  std::vector<std::byte> own(line * static_cast<std::size_t>(layout->block_rows));
  for (int band = 1; band <= layout->bands; ++band) {
    for (std::int64_t y = 0; y < layout->blocks_down(); ++y) {
      for (std::int64_t x = 0; x < layout->blocks_across(); ++x) {
        const auto theirs = gdal_block(*dataset->GetRasterBand(band), x, y);
        if (theirs.size() != own.size()) return "another size";
        blocks.read(band, {x, y}, own);
        const std::int64_t cols =
            std::min(layout->block_cols, layout->cols - x * layout->block_cols);
        const std::int64_t rows =
            std::min(layout->block_rows, layout->rows - y * layout->block_rows);
        for (std::int64_t row = 0; row < rows; ++row) {
          const std::size_t at = static_cast<std::size_t>(row) * line;
          if (std::memcmp(own.data() + at, theirs.data() + at,
                          static_cast<std::size_t>(cols) * layout->sample_bytes) != 0) {
            return fmt::format("band {}, block {},{}, row {}", band, x, y, row);
          }
        }
      }
    }
  }
  return "none";
}

bool is_float(GDALDataType type) { return type == GDT_Float32 || type == GDT_Float64; }

class BlocksOfType : public ::testing::TestWithParam<GDALDataType> {
 protected:
  /// All compressions and predictors of the type, in both byte orders, interleaves and shapes of
  /// blocks; number of bands, BigTIFF, holes and nodata change from file to file.
  void compare_all() {
    int file = 0;
    for (const std::string compress : {"NONE", "DEFLATE", "ZSTD"}) {
      const int predictors = compress == "NONE" ? 1 : is_float(GetParam()) ? 3 : 2;
      for (int predictor = 1; predictor <= predictors; ++predictor) {
        for (const std::string order : {"LITTLE", "BIG"}) {
          for (const std::string interleave : {"PIXEL", "BAND"}) {
            for (const bool tiled : {true, false}) {
              compare(file++, {"COMPRESS=" + compress, "PREDICTOR=" + std::to_string(predictor),
                               "ENDIANNESS=" + order, "INTERLEAVE=" + interleave,
                               tiled ? "TILED=YES" : "TILED=NO", "BLOCKYSIZE=16",
                               tiled ? "BLOCKXSIZE=32" : "ZLEVEL=1", "ZSTD_LEVEL=1"});
            }
          }
        }
      }
    }
  }

 private:
  void compare(int file, std::vector<std::string> creation) {
    static constexpr int kBands[] = {1, 3, 2, 5, 17, 4, 1, 7, 9};
    BitsTiff tiff;
    tiff.type = GetParam();
    tiff.bands = kBands[file % 9];
    tiff.seed = static_cast<std::uint32_t>(file);
    tiff.holes = file % 3 == 1;
    if (file % 2 == 1) tiff.nodata = is_float(tiff.type) ? std::nan("") : 77;
    creation.emplace_back(file % 4 < 2 ? "BIGTIFF=NO" : "BIGTIFF=YES");
    if (tiff.holes) creation.emplace_back("SPARSE_OK=TRUE");
    tiff.creation = std::move(creation);
    EXPECT_EQ(difference(write_bits(folder_.path("a.tif"), tiff)), "none")
        << fmt::format("{} bands: {}", tiff.bands, fmt::join(tiff.creation, " "));
  }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(TiffBlocks, BlocksOfType,
                         ::testing::Values(GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Int32,
                                           GDT_Float32, GDT_Float64),
                         [](const auto& type) {
                           return std::string(GDALGetDataTypeName(type.param));
                         });

TEST_P(BlocksOfType, AreTheBitsThatGdalReads) { compare_all(); }

TEST(TiffBlocks, SparseOnesAreFilledAsGdalFillsThem) {
  const TemporaryFolder folder;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const GDALDataType type : {GDT_Byte, GDT_Int16, GDT_UInt32, GDT_Float32, GDT_Float64}) {
    for (const double nodata : {0.0, 7.0, -1.0, 2.6, 1e30, -3.4e38, kNan}) {
      BitsTiff tiff;
      tiff.type = type;
      tiff.bands = 2;
      tiff.nodata = nodata;
      tiff.holes = true;
      tiff.creation = {"SPARSE_OK=TRUE", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"};
      const std::string path = write_bits(folder.path("a.tif"), tiff);
      EXPECT_EQ(difference(path), "none") << GDALGetDataTypeName(type) << " nodata " << nodata;
      const DatasetPtr dataset = open_tiff(path);
      EXPECT_EQ(dataset->GetRasterBand(1)->GetMetadataItem("BLOCK_OFFSET_0_0", "TIFF"), nullptr);
      TiffBlocks blocks(*dataset, tiff_layout(*dataset, path).value());
      std::vector<std::byte> samples(blocks.layout().block_bytes());
      EXPECT_FALSE(blocks.read_stored(1, {0, 0}, samples));
      EXPECT_TRUE(blocks.read_stored(1, {3, 0}, samples));
    }
  }
}

TEST(TiffBlocks, SizesAroundThoseOfVectorsAndBlocks) {
  const TemporaryFolder folder;
  for (const int cols : {1, 2, 7, 15, 16, 17, 33, 64}) {
    for (const int predictor : {2, 3}) {
      BitsTiff tiff;
      tiff.cols = cols;
      tiff.rows = 3;
      tiff.creation = {"COMPRESS=DEFLATE", "PREDICTOR=" + std::to_string(predictor),
                       "BLOCKYSIZE=2"};
      EXPECT_EQ(difference(write_bits(folder.path("a.tif"), tiff)), "none")
          << cols << " columns, predictor " << predictor;
    }
  }
}

TEST(TiffBlocks, DeflateHasTwoNumbers) {
  const TemporaryFolder folder;
  const std::string path =
      write_bits(folder.path("a.tif"), {.creation = {"COMPRESS=DEFLATE", "PREDICTOR=3"}});
  testing::set_short_tag(path, 259, 32946);
  EXPECT_EQ(difference(path), "none");
}

TEST(TiffBlocks, APredictorWithoutCompressionIsNone) {
  const TemporaryFolder folder;
  const std::string path =
      write_bits(folder.path("a.tif"), {.creation = {"COMPRESS=LZW", "PREDICTOR=2", "TILED=YES"}});
  EXPECT_EQ(difference(path), "not raw");
  testing::set_short_tag(path, 259, 1);
  const DatasetPtr dataset = open_tiff(path);
  const auto layout = tiff_layout(*dataset, path);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->predictor, TiffPredictor::kNone);
}

/// Four blocks in each of two bands, one after the other.
void write_four_blocks(const std::string& path, const std::string& compress) {
  BitsTiff tiff;
  tiff.bands = 2;
  tiff.cols = tiff.rows = 64;
  tiff.creation = {"COMPRESS=" + compress, "INTERLEAVE=BAND", "TILED=YES", "BLOCKXSIZE=32",
                   "BLOCKYSIZE=32"};
  write_bits(path, tiff);
}

class DamagedBlock : public ::testing::TestWithParam<std::string> {
 protected:
  /// What is said after a change of the second block of the second band.
  std::string message_after(
      const std::function<void(std::string& file, std::size_t at, std::size_t bytes)>& damage) {
    write_four_blocks(path_, GetParam());
    const auto place = place_of(path_, 2, 1, 0);
    std::string bytes = testing::read_file(path_);
    damage(bytes, place.offset, place.bytes);
    testing::write_file(path_, bytes);
    const Raster raster(path_);
    (void)raster.read(2, {0, 0, 32, 64}, {});  // the blocks beside it are sound
    return error_of([&] { (void)raster.read(2, {31, 0, 3, 2}, {}); });
  }

  void expect_named(const std::string& message, const std::string& what) {
    EXPECT_TRUE(message.starts_with(path_ + ": band 2, block 1,0 ")) << message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
    EXPECT_NE(message.find("columns 31-33, rows 0-1"), std::string::npos) << message;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path("a.tif");
};

INSTANTIATE_TEST_SUITE_P(TiffBlocks, DamagedBlock, ::testing::Values("DEFLATE", "ZSTD"),
                         [](const auto& compress) { return compress.param; });

TEST_P(DamagedBlock, AtItsBeginningIsNamed) {
  expect_named(message_after([](std::string& file, std::size_t at, std::size_t) {
                 file[at] = static_cast<char>(~file[at]);
               }),
               GetParam() == "ZSTD" ? "zstd" : "deflated data are damaged");
}

TEST_P(DamagedBlock, AtItsEndIsNamed) {
  // Of the checksum; of a stream of bits that is read from its last bit set.
  expect_named(message_after([](std::string& file, std::size_t at, std::size_t bytes) {
                 file[at + bytes - 1] = 0;
               }),
               GetParam() == "ZSTD" ? "zstd" : "checksum");
}

TEST_P(DamagedBlock, OfAnotherLengthIsNamed) {
  const TemporaryFolder other;
  BitsTiff small;
  small.cols = small.rows = 16;
  small.creation = {"COMPRESS=" + GetParam(), "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"};
  const std::string path = write_bits(other.path("b.tif"), small);
  const auto place = place_of(path, 1, 0, 0);
  const std::string block = testing::read_file(path).substr(place.offset, place.bytes);
  expect_named(message_after([&](std::string& file, std::size_t at, std::size_t bytes) {
                 ASSERT_LE(block.size(), bytes);
                 file.replace(at, block.size(), block);
               }),
               "it holds 1024 bytes, 4096 are needed");
}

TEST(TiffBlocks, WhereTheFileIsCutOffTheBlockIsNamed) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.tif");
  for (const std::string compress : {"NONE", "DEFLATE", "ZSTD"}) {
    write_four_blocks(path, compress);
    const auto last = place_of(path, 2, 1, 1);
    std::filesystem::resize_file(path, last.offset + last.bytes / 2);
    const Raster raster(path);
    EXPECT_EQ(raster.read(2, {0, 0, 64, 32}, {}).value.size(), 64U * 32U);
    const std::string message = error_of([&] { (void)raster.read(2, {0, 31, 64, 33}, {}); });
    EXPECT_TRUE(message.starts_with(path + ": band 2, block 1,1 ")) << message;
    EXPECT_NE(message.find("the file ends "), std::string::npos) << message;
    EXPECT_NE(message.find("rows 31-63"), std::string::npos) << message;
  }
}

TEST(TiffBlocks, AnExtentBeyondTheFileOrBeyondReasonIsAnError) {
  const TemporaryFolder folder;
  BitsTiff tiff;
  tiff.cols = tiff.rows = 16;
  tiff.creation = {"COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"};
  const std::string path = write_bits(folder.path("a.tif"), tiff);
  const auto place = place_of(path, 1, 0, 0);
  const std::string sound = testing::read_file(path);
  const auto with_number = [&](std::uint64_t from, std::uint32_t to) {
    const auto narrow = static_cast<std::uint32_t>(from);
    std::string bytes = sound;
    const std::string old(reinterpret_cast<const char*>(&narrow), 4);
    const auto at = bytes.find(old, 8);
    EXPECT_NE(at, std::string::npos);
    bytes.replace(at, 4, reinterpret_cast<const char*>(&to), 4);
    testing::write_file(path, bytes);
    return error_of([&] { (void)Raster(path).read(1, {0, 0, 16, 16}, {}); });
  };
  for (const std::string& message :
       {with_number(place.offset, 0xfffffff0U), with_number(place.bytes, 0x7fffffffU)}) {
    EXPECT_NE(message.find(path + ": band 1"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace cnci::io
