#include "io/tiff_layout.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "engine/error.h"
#include "io/raster_limits.h"

namespace cnci::io {
namespace {

enum TiffTag : std::uint16_t {
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kFillOrder = 266,
  kStripOffsets = 273,
  kSamplesPerPixel = 277,
  kRowsPerStrip = 278,
  kStripByteCounts = 279,
  kPlanarConfiguration = 284,
  kPredictor = 317,
  kTileWidth = 322,
  kTileLength = 323,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kSampleFormat = 339,
  kImageDepth = 32997,
  kTileDepth = 32998,
};

constexpr auto kLayoutTags = std::to_array<std::uint16_t>(
    {kBitsPerSample, kCompression, kPhotometric, kFillOrder, kStripOffsets, kSamplesPerPixel,
     kRowsPerStrip, kStripByteCounts, kPlanarConfiguration, kPredictor, kTileWidth, kTileLength,
     kTileOffsets, kTileByteCounts, kSampleFormat, kImageDepth, kTileDepth});

/// SampleFormat of the types that are read: unsigned, signed, IEEE; 0 for other types.
std::uint64_t sample_format(GDALDataType type) {
  switch (type) {
    case GDT_Byte:
    case GDT_UInt16:
    case GDT_UInt32:
      return 1;
    case GDT_Int16:
    case GDT_Int32:
      return 2;
    case GDT_Float32:
    case GDT_Float64:
      return 3;
    default:
      return 0;
  }
}

std::optional<TiffCompression> compression_of(std::uint64_t tag) {
  switch (tag) {
    case 1:
      return TiffCompression::kNone;
    case 8:
    case 32946:
      return TiffCompression::kDeflate;
    case 50000:
      return TiffCompression::kZstd;
    default:
      return std::nullopt;
  }
}

/// Where the file's directory that GDAL shows lies.
std::optional<std::uint64_t> directory_of(GDALRasterBand& band) {
  const char* text = band.GetMetadataItem("IFD_OFFSET", "TIFF");
  if (text == nullptr) return std::nullopt;
  const char* end = text + std::strlen(text);
  std::uint64_t offset = 0;
  const auto [stop, error] = std::from_chars(text, end, offset);
  return error == std::errc() && stop == end ? std::optional(offset) : std::nullopt;
}

/// Size, type and blocks as GDAL shows them; nothing where its bands are not alike.
std::optional<TiffLayout> shape_of(GDALDataset& dataset, const std::string& path) {
  TiffLayout layout;
  layout.path = path;
  layout.cols = dataset.GetRasterXSize();
  layout.rows = dataset.GetRasterYSize();
  layout.bands = dataset.GetRasterCount();
  if (layout.cols < 1 || layout.rows < 1 || layout.bands < 1) return std::nullopt;
  for (int i = 1; i <= layout.bands; ++i) {
    GDALRasterBand& band = *dataset.GetRasterBand(i);
    int cols = 0;
    int rows = 0;
    band.GetBlockSize(&cols, &rows);
    const GDALDataType type = band.GetRasterDataType();
    // In GDAL 3.6 a signed byte is a Byte with this to say.
    if (band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") != nullptr) return std::nullopt;
    if (i > 1 && (type != layout.type || cols != layout.block_cols || rows != layout.block_rows)) {
      return std::nullopt;
    }
    layout.type = type;
    layout.block_cols = cols;
    layout.block_rows = rows;
  }
  layout.sample_bytes = static_cast<std::size_t>(GDALGetDataTypeSizeBytes(layout.type));
  const bool usable =
      sample_format(layout.type) != 0 && layout.block_cols >= 1 && layout.block_rows >= 1;
  return usable ? std::optional(layout) : std::nullopt;
}

/// Whether all tags that do not say how to decode say nothing unusual about the samples.
bool is_usual(const TiffTags& tags, const TiffLayout& layout) {
  const auto is = [&](TiffTag tag, std::uint64_t absent, std::uint64_t value) {
    return tags.common(tag, absent) == value;
  };
  const auto photometric = tags.common(kPhotometric, 1);
  return is(kBitsPerSample, 1, 8 * layout.sample_bytes) &&
         is(kSampleFormat, 1, sample_format(layout.type)) && is(kFillOrder, 1, 1) &&
         is(kImageDepth, 1, 1) && is(kTileDepth, 1, 1) &&
         is(kSamplesPerPixel, 1, static_cast<std::uint64_t>(layout.bands)) &&
         // White or black is zero, RGB, palette: those that GDAL hands out as they are.
         photometric && *photometric <= 3;
}

/// Whether GDAL's blocks are the tiles or strips of the file (it may split a single strip).
bool has_own_blocks(const TiffTags& tags, TiffLayout& layout) {
  constexpr std::uint64_t kWhole = std::numeric_limits<std::uint32_t>::max();
  const auto width = tags.common(kTileWidth, 0);
  const auto length = tags.common(kTileLength, 0);
  layout.tiled = width != 0U || length != 0U;
  const auto cols = static_cast<std::uint64_t>(layout.block_cols);
  const auto rows = static_cast<std::uint64_t>(layout.block_rows);
  if (layout.tiled) return width == cols && length == rows;
  const auto strip = tags.common(kRowsPerStrip, kWhole);
  // A strip of more rows than the raster has may be padded.
  if (strip && *strip != kWhole && *strip > static_cast<std::uint64_t>(layout.rows)) return false;
  return strip && layout.block_cols == layout.cols &&
         rows == std::min(*strip, static_cast<std::uint64_t>(layout.rows));
}

/// Adds what the tags say about how blocks are stored; false where that is not read here.
bool add_storage(const TiffTags& tags, TiffLayout& layout) {
  const auto compression = compression_of(tags.common(kCompression, 0).value_or(0));
  const auto planes = tags.common(kPlanarConfiguration, 1);
  const auto predictor = tags.common(kPredictor, 1);
  if (!compression || (planes != 1U && planes != 2U)) return false;
  layout.compression = *compression;
  layout.samples = planes == 1U ? static_cast<std::size_t>(layout.bands) : 1;
  layout.swapped = tags.byte_order() != std::endian::native && layout.sample_bytes > 1;
  // Without compression there is no predictor, whatever the tag says.
  if (layout.compression == TiffCompression::kNone || predictor == 1U) return true;
  if (predictor == 2U) {
    layout.predictor = TiffPredictor::kHorizontal;
    return true;
  }
  layout.predictor = TiffPredictor::kFloatingPoint;
  return predictor == 3U && sample_format(layout.type) == 3;
}

/// Adds where the blocks lie; false where that list is not one of all blocks.
bool add_places(const TiffTags& tags, TiffLayout& layout) {
  const auto offsets = tags.array(layout.tiled ? kTileOffsets : kStripOffsets);
  const auto sizes = tags.array(layout.tiled ? kTileByteCounts : kStripByteCounts);
  if (!offsets || !sizes) return false;
  layout.offsets = *offsets;
  layout.sizes = *sizes;
  return offsets->count == layout.blocks() && sizes->count == layout.blocks();
}

bool fits_in_memory(const TiffLayout& layout) {
  std::uint64_t bytes = layout.samples * layout.sample_bytes;
  return !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(layout.block_cols), &bytes) &&
         !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(layout.block_rows), &bytes) &&
         bytes <= static_cast<std::uint64_t>(kMostBlockBytes);
}

}  // namespace

std::optional<TiffLayout> tiff_layout(GDALDataset& dataset, const std::string& path) {
  const GDALDriver* driver = dataset.GetDriver();
  if (driver == nullptr || !EQUAL(driver->GetDescription(), "GTiff") ||
      dataset.GetDescription() != path || path.starts_with("/vsi")) {
    return std::nullopt;
  }
  std::optional<TiffLayout> layout = shape_of(dataset, path);
  if (!layout) return std::nullopt;
  const auto directory = directory_of(*dataset.GetRasterBand(1));
  if (!directory) return std::nullopt;
  try {
    const RandomAccessFile file(path);
    const auto tags = TiffTags::read(file, *directory, kLayoutTags);
    if (!tags || !is_usual(*tags, *layout) || !has_own_blocks(*tags, *layout) ||
        !add_storage(*tags, *layout) || !add_places(*tags, *layout) || !fits_in_memory(*layout)) {
      return std::nullopt;
    }
  } catch (const engine::Error&) {
    // GDAL has the file open and says what is wrong with it, if it is.
    return std::nullopt;
  }
  return layout;
}

}  // namespace cnci::io
