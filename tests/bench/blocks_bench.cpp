// Blocks of 512 x 512 pixels of deflated GeoTIFFs in the page cache, in MB/s of decoded values:
// what inflating alone takes, TiffBlocks, GDAL's ReadBlock; and windows of 512 x 512 pixels as
// values in double, through Raster and through GDAL's RasterIO.
#include <benchmark/benchmark.h>
#include <gdal_priv.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/gdal_handles.h"
#include "io/inflate.h"
#include "io/raster.h"
#include "io/tiff_blocks.h"

namespace cnci::io {
namespace {

constexpr int kSide = 512;
constexpr int kBlocks = 4;  // per row and per column

/// A file that goes with the program: a smooth field and some noise, a third as large as its
/// values.
class BenchFile {
 public:
  BenchFile(GDALDataType type, const std::string& predictor)
      : path_((std::filesystem::temp_directory_path() /
               ("cnci-bench-" + std::to_string(::getpid()) + GDALGetDataTypeName(type) + ".tif"))
                  .string()) {
    prepare_gdal();
    const std::vector<std::string> creation{"COMPRESS=DEFLATE", predictor, "TILED=YES",
                                            "BLOCKXSIZE=512", "BLOCKYSIZE=512"};
    std::vector<const char*> options;
    for (const std::string& option : creation) options.push_back(option.c_str());
    options.push_back(nullptr);
    constexpr int kCells = kSide * kBlocks;
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
    const DatasetPtr file(
        driver->Create(path_.c_str(), kCells, kCells, 1, type, const_cast<char**>(options.data())));
    double transform[6] = {0, 1, 0, 0, 0, -1};
    file->SetGeoTransform(transform);
    file->GetRasterBand(1)->SetNoDataValue(-9999);
    std::mt19937 random(5);
    std::uniform_real_distribution<double> noise(-5, 5);
    std::vector<double> row(kCells);
    for (int y = 0; y < kCells; ++y) {
      for (int x = 0; x < kCells; ++x) {
        const double value = 900 + 700 * std::sin(x / 90.0) * std::cos(y / 70.0) + noise(random);
        row[static_cast<std::size_t>(x)] = std::round(value * 64) / 64;
      }
      if (file->GetRasterBand(1)->RasterIO(GF_Write, 0, y, kCells, 1, row.data(), kCells, 1,
                                           GDT_Float64, 0, 0, nullptr) != CE_None) {
        throw std::runtime_error("cannot write " + path_);
      }
    }
  }
  ~BenchFile() { std::filesystem::remove(path_); }
  BenchFile(const BenchFile&) = delete;
  BenchFile& operator=(const BenchFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string& file_of(GDALDataType type) {
  static const BenchFile floats(GDT_Float32, "PREDICTOR=3");
  static const BenchFile integers(GDT_Int16, "PREDICTOR=2");
  return type == GDT_Float32 ? floats.path() : integers.path();
}

struct OpenBlocks {
  explicit OpenBlocks(GDALDataType type)
      : dataset(GDALDataset::Open(file_of(type).c_str(), GDAL_OF_RASTER)),
        blocks(*dataset, tiff_layout(*dataset, file_of(type)).value()),
        samples(blocks.layout().block_bytes()) {}
  DatasetPtr dataset;
  TiffBlocks blocks;
  std::vector<std::byte> samples;
};

/// Calls `read` with one block after the other.
template <class Read>
void for_blocks(benchmark::State& state, GDALDataType type, const Read& read) {
  int next = 0;
  for (auto _ : state) {
    read(next % kBlocks, next / kBlocks % kBlocks);
    ++next;
  }
  state.SetBytesProcessed(state.iterations() * kSide * kSide * GDALGetDataTypeSizeBytes(type));
}

void inflate_only(benchmark::State& state, GDALDataType type) {
  OpenBlocks open(type);
  const RandomAccessFile file(file_of(type));
  std::vector<std::vector<std::byte>> compressed;
  for (std::uint64_t i = 0; i < open.blocks.layout().blocks(); ++i) {
    compressed.emplace_back(open.blocks.layout().sizes.value(file, i));
    file.read(open.blocks.layout().offsets.value(file, i), compressed.back());
  }
  Inflater inflater;
  for_blocks(state, type, [&](int x, int y) {
    const auto& block = compressed[static_cast<std::size_t>(y * kBlocks + x)];
    benchmark::DoNotOptimize(inflater.zlib(block, open.samples));
  });
}

void tiff_blocks(benchmark::State& state, GDALDataType type) {
  OpenBlocks open(type);
  for_blocks(state, type, [&](int x, int y) { open.blocks.read(1, {x, y}, open.samples); });
}

void gdal_read_block(benchmark::State& state, GDALDataType type) {
  OpenBlocks open(type);
  for_blocks(state, type, [&](int x, int y) {
    if (open.dataset->GetRasterBand(1)->ReadBlock(x, y, open.samples.data()) != CE_None) {
      throw std::runtime_error("a block cannot be read");
    }
  });
}

void raster_read(benchmark::State& state, GDALDataType type) {
  const Raster raster(file_of(type), {}, std::make_shared<BlockCache>(0));
  for_blocks(state, type, [&](int x, int y) {
    benchmark::DoNotOptimize(
        raster.read(1, {std::int64_t{x} * kSide, std::int64_t{y} * kSide, kSide, kSide}, {}));
  });
}

void gdal_raster_io(benchmark::State& state, GDALDataType type) {
  OpenBlocks open(type);
  std::vector<double> values(std::size_t{kSide} * kSide);
  GDALRasterBand& band = *open.dataset->GetRasterBand(1);
  for_blocks(state, type, [&](int x, int y) {
    if (band.RasterIO(GF_Read, x * kSide, y * kSide, kSide, kSide, values.data(), kSide, kSide,
                      GDT_Float64, 0, 0, nullptr) != CE_None) {
      throw std::runtime_error("a window cannot be read");
    }
    state.PauseTiming();
    band.FlushCache(false);
    state.ResumeTiming();
  });
}

#define CNCI_BOTH_TYPES(function)                               \
  BENCHMARK_CAPTURE(function, float32_predictor3, GDT_Float32); \
  BENCHMARK_CAPTURE(function, int16_predictor2, GDT_Int16)

CNCI_BOTH_TYPES(inflate_only);
CNCI_BOTH_TYPES(tiff_blocks);
CNCI_BOTH_TYPES(gdal_read_block);
CNCI_BOTH_TYPES(raster_read);
CNCI_BOTH_TYPES(gdal_raster_io);

}  // namespace
}  // namespace cnci::io

BENCHMARK_MAIN();
