#include "tests/io/tiff_support.h"

#include <cpl_string.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace cnci::io::testing {
namespace {

void require_tiff(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error("test file: " + what);
}

/// Values of the band's type, row by row.
std::vector<std::byte> bits_of(const BitsTiff& tiff, int band) {
  const auto size = static_cast<std::size_t>(GDALGetDataTypeSizeBytes(tiff.type));
  std::vector<std::byte> bytes(static_cast<std::size_t>(tiff.cols * tiff.rows) * size);
  std::mt19937 random(tiff.seed + static_cast<std::uint32_t>(band));
  for (int row = 0; row < tiff.rows; ++row) {
    for (int col = 0; col < tiff.cols; ++col) {
      const double smooth = 100 + 90 * std::sin(0.1 * col + 0.05 * row + band);
      const double level = row % 7;
      std::byte* at = bytes.data() + static_cast<std::size_t>(row * tiff.cols + col) * size;
      if (row % 3 == 0) {
        for (std::size_t i = 0; i < size; ++i) at[i] = static_cast<std::byte>(random());
      } else {
        GDALCopyWords(row % 3 == 1 ? &smooth : &level, GDT_Float64, 0, at, tiff.type, 0, 1);
      }
    }
  }
  return bytes;
}

}  // namespace

std::string write_bits(const std::string& path, const BitsTiff& tiff) {
  prepare_gdal();
  const QuietGdal quiet;
  CPLStringList options;
  for (const std::string& option : tiff.creation) options.AddString(option.c_str());
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
  const DatasetPtr dataset(
      driver->Create(path.c_str(), tiff.cols, tiff.rows, tiff.bands, tiff.type, options.List()));
  require_tiff(dataset != nullptr, "cannot create " + path);
  double transform[6] = {0, 1, 0, 0, 0, tiff.dy};
  dataset->SetGeoTransform(transform);
  for (int band = 1; band <= tiff.bands; ++band) {
    std::vector<std::byte> bits = bits_of(tiff, band);
    GDALRasterBand& into = *dataset->GetRasterBand(band);
    if (tiff.nodata) into.SetNoDataValue(*tiff.nodata);
    const int size = GDALGetDataTypeSizeBytes(tiff.type);
    const int first = tiff.holes ? tiff.cols / 2 : 0;
    require_tiff(into.RasterIO(GF_Write, first, 0, tiff.cols - first, tiff.rows,
                               bits.data() + first * size, tiff.cols - first, tiff.rows, tiff.type,
                               size, static_cast<GSpacing>(size) * tiff.cols, nullptr) == CE_None,
                 "values");
  }
  return path;
}

DatasetPtr open_tiff(const std::string& path) {
  prepare_gdal();
  DatasetPtr dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER));
  require_tiff(dataset != nullptr, "cannot open " + path);
  return dataset;
}

std::vector<std::byte> gdal_block(GDALRasterBand& band, std::int64_t x, std::int64_t y) {
  int cols = 0;
  int rows = 0;
  band.GetBlockSize(&cols, &rows);
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(cols * rows) *
      static_cast<std::size_t>(GDALGetDataTypeSizeBytes(band.GetRasterDataType())));
  require_tiff(band.ReadBlock(static_cast<int>(x), static_cast<int>(y), bytes.data()) == CE_None,
               "block");
  return bytes;
}

BlockPlace place_of(const std::string& path, int band, int x, int y) {
  const DatasetPtr dataset = open_tiff(path);
  const auto item = [&](const std::string& what) {
    const std::string name = "BLOCK_" + what + "_" + std::to_string(x) + "_" + std::to_string(y);
    const char* text = dataset->GetRasterBand(band)->GetMetadataItem(name.c_str(), "TIFF");
    require_tiff(text != nullptr, "no " + name);
    return std::stoull(text);
  };
  return {item("OFFSET"), item("SIZE")};
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void set_short_tag(const std::string& path, std::uint16_t tag, std::uint16_t value) {
  std::string bytes = read_file(path);
  const char entry[8] = {static_cast<char>(tag), static_cast<char>(tag >> 8), 3, 0, 1, 0, 0, 0};
  const auto at = bytes.find(std::string(entry, sizeof(entry)));
  require_tiff(at != std::string::npos, "no tag " + std::to_string(tag));
  bytes[at + 8] = static_cast<char>(value);
  bytes[at + 9] = static_cast<char>(value >> 8);
  write_file(path, bytes);
}

}  // namespace cnci::io::testing
