#include "jobs/sample_rasters.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <mutex>
#include <numbers>
#include <thread>
#include <utility>

#include "jobs/sample_gdal.h"

namespace cnci::jobs {
namespace {

constexpr std::int64_t kBlock = SampleTiff::kBlock;
constexpr double kSocCellsPerDegree = 480;  // 250 m
constexpr double kEtDegrees = 0.25;

// The sphere, the pixel and the corner of the MODIS land grid.
struct Sinusoidal {
  static constexpr const char* kCrs = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m";
  static constexpr double kRadius = 6371007.181;
  static constexpr double kPixel = 463.31271652791725;
  static constexpr double kDegree = kRadius * std::numbers::pi / 180;

  static double floor_to_pixel(double metres) { return std::floor(metres / kPixel) * kPixel; }
  static double shrink(double lat) { return std::cos(lat * std::numbers::pi / 180); }
};

// Where the pixels of a file are, row by row.
class RowPlaces {
 public:
  explicit RowPlaces(const SampleTiffSpec& spec)
      : spec_(spec), sinusoidal_(spec.crs == Sinusoidal::kCrs) {}

  [[nodiscard]] SampleRow row(std::int64_t col, std::int64_t row, std::int64_t cols) const {
    const double x = spec_.west + (static_cast<double>(col) + 0.5) * spec_.pixel;
    const double y = spec_.north - (static_cast<double>(row) + 0.5) * spec_.pixel;
    const auto size = static_cast<std::size_t>(cols);
    if (!sinusoidal_) return {y, x, spec_.pixel, size};
    const double lat = y / Sinusoidal::kDegree;
    const double metres_per_degree = Sinusoidal::kDegree * Sinusoidal::shrink(lat);
    return {lat, x / metres_per_degree, spec_.pixel / metres_per_degree, size};
  }

 private:
  const SampleTiffSpec& spec_;
  bool sinusoidal_;
};

// Fills one row of every band with the raw values of the file's type.
template <typename T>
using RowFiller = std::function<void(const SampleRow& row, std::int64_t block_offset,
                                     std::vector<std::vector<T>>& blocks)>;

// Sets the cells of a block's row that are sea to nodata. The land is on the 30 arc-second lattice;
// a coarser cell is land where any of it is.
template <typename T>
void blank_sea(const SampleLand& land, std::int64_t ratio, std::int64_t col, std::int64_t row,
               std::int64_t cols, T nodata, T* values) {
  if (ratio == 1) {
    std::int64_t next = col;
    for (const SampleLand::Run& run : land.row(row)) {
      const std::int64_t first = std::clamp(run.first, col, col + cols);
      if (first > next) std::fill(values + (next - col), values + (first - col), nodata);
      next = std::max(next, std::clamp(run.last, col, col + cols));
    }
    std::fill(values + (next - col), values + cols, nodata);
    return;
  }
  for (std::int64_t i = 0; i < cols; ++i) {
    if (land.count((col + i) * ratio, row * ratio, ratio, ratio) == 0) values[i] = nodata;
  }
}

template <typename T>
void write_tiff(const SampleTiffSpec& spec, const SampleLand* land, const RowFiller<T>& fill) {
  const RowPlaces places(spec);
  const auto nodata = static_cast<T>(spec.nodata);
  const auto ratio = static_cast<std::int64_t>(round_to(spec.pixel * kSampleCellsPerDegree, 1));
  SampleTiff file(spec);
  std::vector<std::vector<T>> blocks(static_cast<std::size_t>(spec.bands),
                                     std::vector<T>(static_cast<std::size_t>(kBlock * kBlock)));
  for (std::int64_t row = 0; row < spec.rows; row += kBlock) {
    for (std::int64_t col = 0; col < spec.cols; col += kBlock) {
      const std::int64_t rows = std::min(kBlock, spec.rows - row);
      const std::int64_t cols = std::min(kBlock, spec.cols - col);
      if (land != nullptr &&
          land->count(col * ratio, row * ratio, cols * ratio, rows * ratio) == 0) {
        continue;
      }
      for (auto& block : blocks) std::fill(block.begin(), block.end(), nodata);
      for (std::int64_t r = 0; r < rows; ++r) {
        fill(places.row(col, row + r, cols), r * kBlock, blocks);
        if (land == nullptr) continue;
        for (auto& block : blocks) {
          blank_sea(*land, ratio, col, row + r, cols, nodata, block.data() + r * kBlock);
        }
      }
      for (std::size_t band = 0; band < blocks.size(); ++band) {
        file.write_block(static_cast<int>(band) + 1, col / kBlock, row / kBlock,
                         blocks[band].data());
      }
    }
  }
  file.close();
}

// A filler for one band from a function of SampleFields and a packing of its values.
template <typename T, typename Values, typename Pack>
RowFiller<T> one_band(const SampleFields& fields,
                      Values (SampleFields::*field)(const SampleRow&) const, Pack pack) {
  return [&fields, field, pack](const SampleRow& row, std::int64_t offset,
                                std::vector<std::vector<T>>& blocks) {
    const Values values = (fields.*field)(row);
    std::transform(values.begin(), values.end(), blocks[0].begin() + offset, pack);
  };
}

class Writer {
 public:
  Writer(std::string folder, const SampleSize& size, const SampleFields& fields,
         const SampleLand* land)
      : folder_(std::move(folder)), size_(size), fields_(fields), land_(land) {}

  void precipitation() const {
    SampleTiffSpec spec = geographic("precipitation.tif", kSampleCellsPerDegree);
    spec.unit = "mm";
    if (size_.continental) {
      spec.nodata = -9999;
      spec.what = "annual precipitation (SYNTHETIC)";
      write_tiff<float>(spec, land_,
                        one_band<float>(fields_, &SampleFields::precipitation_mm, tenths));
      return;
    }
    // Raw values are tenths of a millimetre, and the file does not say so: the job file has to.
    spec.type = GDT_Int16;
    spec.nodata = -32768;
    spec.bands = 12;
    spec.what = "monthly precipitation (SYNTHETIC)";
    write_tiff<std::int16_t>(
        spec, land_,
        [this](const SampleRow& row, std::int64_t offset,
               std::vector<std::vector<std::int16_t>>& blocks) {
          const auto months = fields_.monthly_precipitation_mm(row);
          for (std::size_t m = 0; m < months.size(); ++m) {
            std::transform(
                months[m].begin(), months[m].end(), blocks[m].begin() + offset,
                [](double mm) { return static_cast<std::int16_t>(std::floor(mm * 10 + 0.5)); });
          }
        });
  }

  void temperature() const {
    SampleTiffSpec spec = geographic("temperature.tif", kSampleCellsPerDegree);
    spec.nodata = -9999;
    spec.unit = "degC";
    spec.what = "mean annual air temperature (SYNTHETIC)";
    write_tiff<float>(spec, land_,
                      one_band<float>(fields_, &SampleFields::temperature_degc, [](double degc) {
                        return static_cast<float>(round_to(degc, 100));
                      }));
  }

  void evapotranspiration() const {
    SampleTiffSpec spec = geographic("evapotranspiration.tif", 1 / kEtDegrees);
    spec.nodata = -9999;
    spec.unit = "mm";
    spec.what = "annual actual evapotranspiration (SYNTHETIC)";
    write_tiff<float>(spec, land_,
                      one_band<float>(fields_, &SampleFields::evapotranspiration_mm, tenths));
  }

  void npp() const {
    SampleTiffSpec spec =
        size_.continental ? geographic("npp.tif", kSampleCellsPerDegree) : sinusoidal("npp.tif");
    spec.type = GDT_Int16;
    spec.nodata = 32767;
    spec.unit = "kg m-2";
    spec.scale = 0.0001;
    spec.what = "annual net primary production, kg of carbon (SYNTHETIC)";
    write_tiff<std::int16_t>(spec, land_,
                             one_band<std::int16_t>(fields_, &SampleFields::npp_raw,
                                                    [](std::int16_t raw) { return raw; }));
  }

  void soc() const {
    SampleTiffSpec spec =
        geographic("soc.tif", size_.continental ? kSampleCellsPerDegree : kSocCellsPerDegree);
    spec.type = GDT_UInt16;
    spec.nodata = 65535;
    spec.unit = "t ha-1";
    spec.scale = 0.1;
    spec.what = "soil organic carbon, 0-20 cm (SYNTHETIC)";
    write_tiff<std::uint16_t>(
        spec, land_, one_band<std::uint16_t>(fields_, &SampleFields::soc_kg_m2, [](double kg_m2) {
          return static_cast<std::uint16_t>(std::floor(kg_m2 * 100 + 0.5));
        }));
  }

  void lithology() const {
    SampleTiffSpec spec = geographic("lithology.tif", kSampleCellsPerDegree);
    spec.what = "GLiM codes (SYNTHETIC)";
    codes(spec, &SampleFields::lithology);
  }

  void soil() const {
    SampleTiffSpec spec = geographic("soil.tif", kSampleCellsPerDegree);
    spec.what = "1 = unshielded, 2 = shielded soils (SYNTHETIC)";
    codes(spec, &SampleFields::soil);
  }

 private:
  static float tenths(double value) { return static_cast<float>(round_to(value, 10)); }

  void codes(SampleTiffSpec& spec,
             std::vector<std::uint8_t> (SampleFields::*field)(const SampleRow&) const) const {
    spec.type = GDT_Byte;
    spec.nodata = 0;
    write_tiff<std::uint8_t>(
        spec, land_,
        one_band<std::uint8_t>(fields_, field, [](std::uint8_t code) { return code; }));
  }

  [[nodiscard]] SampleTiffSpec geographic(const std::string& file, double cells_per_degree) const {
    SampleTiffSpec spec;
    spec.path = folder_ + "/" + file;
    spec.west = size_.files.west;
    spec.north = size_.files.north;
    spec.pixel = 1 / cells_per_degree;
    spec.cols = static_cast<std::int64_t>(
        round_to((size_.files.east - size_.files.west) * cells_per_degree, 1));
    spec.rows = static_cast<std::int64_t>(
        round_to((size_.files.north - size_.files.south) * cells_per_degree, 1));
    return spec;
  }

  // A box of longitudes and latitudes is a trapezoid there: this is the box around it.
  [[nodiscard]] SampleTiffSpec sinusoidal(const std::string& file) const {
    const SampleBox& box = size_.files;
    const double narrow = Sinusoidal::kDegree * Sinusoidal::shrink(box.north);
    const double wide = Sinusoidal::kDegree * Sinusoidal::shrink(box.south);
    const double east = std::max(box.east * narrow, box.east * wide);
    SampleTiffSpec spec;
    spec.path = folder_ + "/" + file;
    spec.crs = Sinusoidal::kCrs;
    spec.pixel = Sinusoidal::kPixel;
    spec.west = Sinusoidal::floor_to_pixel(std::min(box.west * narrow, box.west * wide));
    spec.north = Sinusoidal::floor_to_pixel(box.north * Sinusoidal::kDegree) + Sinusoidal::kPixel;
    spec.cols = static_cast<std::int64_t>(std::ceil((east - spec.west) / spec.pixel));
    spec.rows = static_cast<std::int64_t>(
        std::ceil((spec.north - box.south * Sinusoidal::kDegree) / spec.pixel));
    return spec;
  }

  std::string folder_;
  const SampleSize& size_;
  const SampleFields& fields_;
  const SampleLand* land_;
};

}  // namespace

const std::vector<std::string>& sample_raster_files() {
  static const std::vector<std::string> files = {
      "precipitation.tif", "temperature.tif", "evapotranspiration.tif", "npp.tif", "soc.tif",
      "lithology.tif",     "soil.tif"};
  return files;
}

void write_sample_rasters(const std::string& folder, const SampleSize& size,
                          const SampleFields& fields, const SampleLand* land) {
  const Writer writer(folder, size, fields, land);
  using Task = void (Writer::*)() const;
  constexpr std::array<Task, 7> kTasks = {&Writer::precipitation,
                                          &Writer::temperature,
                                          &Writer::npp,
                                          &Writer::soc,
                                          &Writer::lithology,
                                          &Writer::soil,
                                          &Writer::evapotranspiration};
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    for (std::size_t task = next++; task < kTasks.size(); task = next++) {
      try {
        (writer.*kTasks[task])();
      } catch (...) {
        const std::lock_guard<std::mutex> lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        return;
      }
    }
  };
  {
    // One file per thread: the order of blocks in a file does not depend on the other thread.
    const std::jthread other(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cnci::jobs
