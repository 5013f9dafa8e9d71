#include "io/raster.h"

#include <cpl_string.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/input_path.h"
#include "io/open_input.h"
#include "io/raster_blocks.h"
#include "io/raster_info.h"
#include "io/raster_limits.h"
#include "io/raw_values.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Field;
using engine::Window;

struct Variable {
  std::string name;
  std::string dataset;  ///< how GDAL opens it
};

// `NETCDF:"path":name` and `HDF5:"path"://group/name`: the part after the last colon.
std::vector<Variable> variables_of(GDALDataset& dataset) {
  std::vector<Variable> variables;
  CSLConstList metadata = dataset.GetMetadata("SUBDATASETS");
  for (int i = 1;; ++i) {
    const char* text = CSLFetchNameValue(metadata, fmt::format("SUBDATASET_{}_NAME", i).c_str());
    if (text == nullptr) break;
    const std::string full = text;
    std::string name = full.substr(full.rfind(':') + 1);
    while (name.starts_with('/')) name.erase(0, 1);
    variables.push_back({std::move(name), full});
  }
  if (variables.empty() && dataset.GetRasterCount() > 0) {
    const char* name = dataset.GetRasterBand(1)->GetMetadataItem("NETCDF_VARNAME");
    if (name != nullptr) variables.push_back({name, {}});
  }
  return variables;
}

std::string names_of(const std::vector<Variable>& variables) {
  std::string names;
  for (const Variable& variable : variables) {
    names += (names.empty() ? "" : ", ") + variable.name;
  }
  return names.empty() ? "none" : names;
}

/// `name`: the path itself, or how GDAL opens a variable in it.
DatasetPtr open_plain(const std::string& path, const std::string& name) {
  DatasetPtr dataset = open_input(path, name, InputData::kRaster);
  if (!dataset) {
    throw Error(fmt::format("{}: cannot be read as a raster ({})", name, QuietGdal::message()));
  }
  if (dataset->GetRasterCount() > 0) check_limits(*dataset, path);
  return dataset;
}

DatasetPtr open_dataset(const std::string& path, const std::string& variable) {
  require_safe_input(path, InputData::kRaster);
  DatasetPtr dataset = open_plain(path, path);
  const std::vector<Variable> variables = variables_of(*dataset);
  if (variable.empty()) {
    if (dataset->GetRasterCount() > 0) return dataset;
    if (variables.size() == 1) return open_plain(path, variables.front().dataset);
    throw Error(fmt::format("{}: say which variable to read (variable = ...); the file has: {}",
                            path, names_of(variables)));
  }
  if (variables.empty()) {
    throw Error(fmt::format("{}: `variable` is for netCDF and HDF5 files only", path));
  }
  const auto found =
      std::find_if(variables.begin(), variables.end(),
                   [&](const Variable& candidate) { return candidate.name == variable; });
  if (found == variables.end()) {
    throw Error(fmt::format("{}: there is no variable '{}' over x and y; the file has: {}", path,
                            variable, names_of(variables)));
  }
  return found->dataset.empty() ? std::move(dataset) : open_plain(path, found->dataset);
}

}  // namespace

class Raster::Impl {
 public:
  Impl(const std::string& path, const std::string& variable, std::shared_ptr<BlockCache> cache) {
    prepare_gdal();
    const QuietGdal quiet;
    dataset_ = open_dataset(path, variable);
    info_ = raster_info(*dataset_, path);
    if (auto layout = tiff_layout(*dataset_, path)) {
      if (!cache) cache = std::make_shared<BlockCache>(kSmallCacheBytes);
      blocks_.emplace(*dataset_, *std::move(layout), info_.south_up, std::move(cache));
      info_.past_gdal = true;
    }
  }

  [[nodiscard]] const RasterInfo& info() const { return info_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] ReadCost cost() const {
    const double reading = blocks_ ? blocks_->seconds_reading() : 0;
    return {reading, seconds_ - reading, blocks_ ? blocks_->bytes_decoded() : bytes_read_};
  }

  void fetch_ahead(int band, const Window& window) const {
    if (blocks_ && !window.empty()) blocks_->fetch_ahead(band, window);
  }

  /// Into field.window.
  void read(int band_number, const Decoding& decoding, RasterBlocks::Deliver deliver,
            Field& field) {
    check(band_number, field.window);
    if (field.window.empty()) return;
    const SecondsOf all(seconds_);
    const QuietGdal quiet;
    GDALRasterBand& band = *dataset_->GetRasterBand(band_number);
    const bool masked = is_masked(band);
    // Masked pixels may hold any code: what codes stand for is looked up behind the mask.
    const RawValues values = raw_values(band, band_number, decoding, masked);
    if (blocks_) {
      read_blocks(band_number, values, deliver, field);
    } else {
      read_through_gdal(band, band_number, values, deliver, field);
    }
    bytes_read_ += field.value.size() *
                   static_cast<std::uint64_t>(GDALGetDataTypeSizeBytes(band.GetRasterDataType()));
    if (masked) mask(band, band_number, field);
    if (decoding.codes != nullptr && !values.replaces_codes()) {
      decoding.codes->apply(field, *decoding.unknown_codes);
    }
  }

 private:
  void check(int band, const Window& window) const {
    const bool inside = window.col >= 0 && window.row >= 0 && window.col_end() <= info_.grid.cols &&
                        window.row_end() <= info_.grid.rows;
    if (band < 1 || static_cast<std::size_t>(band) > info_.bands.size() || !inside) {
      throw Error(fmt::format("{}: band {}, {} is not in the file ({} bands, {} x {} pixels)",
                              info_.path, band, text(window), info_.bands.size(), info_.grid.cols,
                              info_.grid.rows));
    }
  }

  static std::string text(const Window& window) {
    return fmt::format("columns {}-{}, rows {}-{}", window.col, window.col_end() - 1, window.row,
                       window.row_end() - 1);
  }

  // RasterIO of a window, rows in the order of the file.
  void fetch(GDALRasterBand& band, int number, const Window& window, GDALDataType type,
             void* into) const {
    const std::int64_t first = info_.south_up ? info_.grid.rows - window.row_end() : window.row;
    const CPLErr status = band.RasterIO(
        GF_Read, static_cast<int>(window.col), static_cast<int>(first),
        static_cast<int>(window.cols), static_cast<int>(window.rows), into,
        static_cast<int>(window.cols), static_cast<int>(window.rows), type, 0, 0, nullptr);
    if (status != CE_None) {
      throw Error(fmt::format("{}: band {}, {} cannot be decoded ({})", info_.path, number,
                              text(window), QuietGdal::message()));
    }
  }

  /// The row of what fetch() fills that holds row `row` of the window, both from 0.
  [[nodiscard]] std::size_t fetched_row(const Window& window, std::int64_t row) const {
    return static_cast<std::size_t>(info_.south_up ? window.rows - 1 - row : row);
  }

  void read_through_gdal(GDALRasterBand& band, int number, const RawValues& values,
                         RasterBlocks::Deliver deliver, Field& field) const {
    const Window& window = field.window;
    const GDALDataType type = band.GetRasterDataType();
    const std::size_t line = static_cast<std::size_t>(window.cols) *
                             static_cast<std::size_t>(GDALGetDataTypeSizeBytes(type));
    DecodedBlock raw(line * static_cast<std::size_t>(window.rows));
    fetch(band, number, window, type, raw.bytes().data());
    for (std::int64_t row = 0; row < window.rows; ++row) {
      const auto at = static_cast<std::size_t>(row * window.cols);
      const auto cols = static_cast<std::size_t>(window.cols);
      (values.*deliver)(raw.bytes().data() + fetched_row(window, row) * line, 1,
                        std::span(field.value).subspan(at, cols),
                        std::span(field.valid).subspan(at, cols));
    }
  }

  void read_blocks(int number, const RawValues& values, RasterBlocks::Deliver deliver,
                   Field& field) {
    try {
      blocks_->read(number, values, deliver, field);
    } catch (const Error& error) {
      throw Error(fmt::format("{} (for {})", error.what(), text(field.window)));
    }
  }

  static bool is_masked(GDALRasterBand& band) {
    return (band.GetMaskFlags() & (GMF_ALL_VALID | GMF_NODATA)) == 0;
  }

  // Missing where the file has a mask or alpha band that says so.
  void mask(GDALRasterBand& band, int number, Field& field) const {
    GDALRasterBand* mask_band = band.GetMaskBand();
    if (mask_band == nullptr) return;
    const auto cols = static_cast<std::size_t>(field.window.cols);
    std::vector<std::uint8_t> mask(field.valid.size());
    fetch(*mask_band, number, field.window, GDT_Byte, mask.data());
    for (std::int64_t row = 0; row < field.window.rows; ++row) {
      const std::uint8_t* from = mask.data() + fetched_row(field.window, row) * cols;
      const std::size_t at = static_cast<std::size_t>(row) * cols;
      for (std::size_t i = 0; i < cols; ++i) {
        if (from[i] != 0) continue;
        field.valid[at + i] = 0;
        field.value[at + i] = engine::kMissing;
      }
    }
  }

  [[nodiscard]] RawValues raw_values(GDALRasterBand& band, int number, const Decoding& decoding,
                                     bool codes_last) const {
    std::vector<NodataRange> ranges;
    const BandInfo& own = info_.bands[static_cast<std::size_t>(number - 1)];
    if (own.nodata) ranges.push_back({*own.nodata, *own.nodata});
    ranges.insert(ranges.end(), own.sentinels.begin(), own.sentinels.end());
    ranges.insert(ranges.end(), decoding.nodata.begin(), decoding.nodata.end());
    std::vector<LinearMap> maps{{decoding.scale, decoding.offset}};
    maps.insert(maps.end(), decoding.then.begin(), decoding.then.end());
    RawValues values(band.GetRasterDataType(), std::move(maps), std::move(ranges));
    if (decoding.codes != nullptr && !codes_last) {
      values.replace_codes(*decoding.codes, *decoding.unknown_codes);
    }
    return values;
  }

  DatasetPtr dataset_;
  RasterInfo info_;
  std::optional<RasterBlocks> blocks_;  ///< where its layout allows to read past GDAL
  std::uint64_t bytes_read_ = 0;
  double seconds_ = 0;
};

Raster::Raster(const std::string& path, const std::string& variable,
               std::shared_ptr<BlockCache> cache)
    : impl_(std::make_unique<Impl>(path, variable, std::move(cache))) {}
Raster::~Raster() = default;
Raster::Raster(Raster&&) noexcept = default;
Raster& Raster::operator=(Raster&&) noexcept = default;

const RasterInfo& Raster::info() const { return impl_->info(); }
std::uint64_t Raster::bytes_read() const { return impl_->bytes_read(); }
ReadCost Raster::cost() const { return impl_->cost(); }
Field Raster::read(int band, const Window& window, const Decoding& decoding) const {
  Field field = Field::unfilled(window);
  impl_->read(band, decoding, &RawValues::decode, field);
  return field;
}
void Raster::fetch_ahead(int band, const Window& window) const { impl_->fetch_ahead(band, window); }
void Raster::add(int band, const Decoding& decoding, Field& sum) const {
  impl_->read(band, decoding, &RawValues::add, sum);
}

void configure_gdal(std::size_t cache_bytes) {
  prepare_gdal();
  GDALSetCacheMax64(static_cast<GIntBig>(cache_bytes));
}

}  // namespace cnci::io
