#include "io/raster.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/input_path.h"
#include "io/open_input.h"
#include "io/raster_limits.h"

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

/// The netCDF attribute missing_value, which may stand beside _FillValue (raw values, as CF has
/// it).
std::vector<NodataRange> attribute_sentinels(GDALRasterBand& band) {
  const char* text = band.GetMetadataItem("missing_value");
  std::string clean = text == nullptr ? "" : text;
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == '{' || c == '}' || c == ','; }, ' ');
  std::vector<NodataRange> ranges;
  std::istringstream in(clean);
  for (double value = 0; in >> value;) ranges.push_back({value, value});
  return ranges;
}

BandInfo band_info(GDALRasterBand& band) {
  BandInfo info;
  int has = 0;
  const double nodata = band.GetNoDataValue(&has);
  if (has != 0) info.nodata = nodata;
  info.sentinels = attribute_sentinels(band);
  int has_offset = 0;
  const double scale = band.GetScale(&has);
  const double offset = band.GetOffset(&has_offset);
  info.scale = has != 0 ? scale : 1;
  info.offset = has_offset != 0 ? offset : 0;
  info.has_scale = (has != 0 && scale != 1) || (has_offset != 0 && offset != 0);
  const char* unit = band.GetUnitType();
  info.unit = unit == nullptr ? "" : unit;
  info.type_name = GDALGetDataTypeName(band.GetRasterDataType());
  info.type_bytes = GDALGetDataTypeSizeBytes(band.GetRasterDataType());
  return info;
}

engine::SourceGrid grid_of(GDALDataset& dataset, const std::string& path, bool& south_up) {
  double t[6] = {0, 1, 0, 0, 0, 1};
  if (dataset.GetGeoTransform(t) != CE_None) {
    throw Error(
        fmt::format("{}: the file does not say where its pixels lie (no regular grid); "
                    "georeference it first",
                    path));
  }
  if (t[2] != 0 || t[4] != 0) {
    throw Error(fmt::format("{}: the raster is rotated; warp it to a north-up grid first", path));
  }
  if (!(t[1] > 0) || t[5] == 0 || !std::isfinite(t[0]) || !std::isfinite(t[1]) ||
      !std::isfinite(t[3]) || !std::isfinite(t[5])) {
    throw Error(fmt::format("{}: pixels of {} by {} are not usable", path, t[1], t[5]));
  }
  engine::SourceGrid grid;
  grid.cols = dataset.GetRasterXSize();
  grid.rows = dataset.GetRasterYSize();
  grid.x0 = t[0];
  grid.dx = t[1];
  grid.dy = std::abs(t[5]);
  south_up = t[5] > 0;
  grid.y0 = south_up ? t[3] + t[5] * static_cast<double>(grid.rows) : t[3];
  return grid;
}

std::string crs_of(const GDALDataset& dataset) {
  const OGRSpatialReference* crs = dataset.GetSpatialRef();
  if (crs == nullptr || (crs->IsGeographic() == 0 && crs->IsProjected() == 0)) return {};
  static const char* const kOptions[] = {"FORMAT=WKT2_2019", nullptr};
  char* wkt = nullptr;
  const OGRErr status = crs->exportToWkt(&wkt, kOptions);
  std::string text = wkt == nullptr || status != OGRERR_NONE ? "" : wkt;
  CPLFree(wkt);
  return text;
}

// A raw value as the band's own type holds it, so that it compares equal after widening.
double as_stored(double value, GDALDataType type) {
  if (type != GDT_Float32 || !std::isfinite(value)) return value;
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::abs(value) > kLargest) return std::copysign(kLargest, value);
  return static_cast<double>(static_cast<float>(value));
}

}  // namespace

class Raster::Impl {
 public:
  Impl(const std::string& path, const std::string& variable) {
    prepare_gdal();
    const QuietGdal quiet;
    dataset_ = open_dataset(path, variable);
    info_.path = path;
    info_.grid = grid_of(*dataset_, path, south_up_);
    info_.crs_wkt = crs_of(*dataset_);
    for (int i = 1; i <= dataset_->GetRasterCount(); ++i) {
      GDALRasterBand& band = *dataset_->GetRasterBand(i);
      if (GDALDataTypeIsComplex(band.GetRasterDataType()) != 0) {
        throw Error(fmt::format("{}: band {} holds complex numbers", path, i));
      }
      info_.bands.push_back(band_info(band));
    }
    int cols = 0;
    int rows = 0;
    dataset_->GetRasterBand(1)->GetBlockSize(&cols, &rows);
    info_.block_cols = cols;
    info_.block_rows = rows;
  }

  [[nodiscard]] const RasterInfo& info() const { return info_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  [[nodiscard]] Field read(int band_number, const Window& window, const Decoding& decoding) {
    check(band_number, window);
    const QuietGdal quiet;
    Field field(window);
    if (window.empty()) return field;
    GDALRasterBand& band = *dataset_->GetRasterBand(band_number);
    fetch(band, band_number, window, GDT_Float64, field.value.data(), sizeof(double));
    bytes_read_ += field.value.size() *
                   static_cast<std::uint64_t>(GDALGetDataTypeSizeBytes(band.GetRasterDataType()));
    mask(band, band_number, field);
    decode(band, band_number, decoding, field);
    return field;
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

  // RasterIO with rows counted from the north.
  void fetch(GDALRasterBand& band, int number, const Window& window, GDALDataType type, void* into,
             std::size_t size) const {
    const std::int64_t first = south_up_ ? info_.grid.rows - window.row_end() : window.row;
    const CPLErr status = band.RasterIO(
        GF_Read, static_cast<int>(window.col), static_cast<int>(first),
        static_cast<int>(window.cols), static_cast<int>(window.rows), into,
        static_cast<int>(window.cols), static_cast<int>(window.rows), type, 0, 0, nullptr);
    if (status != CE_None) {
      throw Error(fmt::format("{}: band {}, {} cannot be decoded ({})", info_.path, number,
                              text(window), QuietGdal::message()));
    }
    if (!south_up_) return;
    auto* bytes = static_cast<unsigned char*>(into);
    const std::size_t line = static_cast<std::size_t>(window.cols) * size;
    const auto rows = static_cast<std::size_t>(window.rows);
    for (std::size_t top = 0; top < rows / 2; ++top) {
      unsigned char* a = bytes + top * line;
      std::swap_ranges(a, a + line, bytes + (rows - 1 - top) * line);
    }
  }

  // valid = 1 but where the file has a mask or alpha band that says otherwise.
  void mask(GDALRasterBand& band, int number, Field& field) const {
    std::fill(field.valid.begin(), field.valid.end(), std::uint8_t{1});
    const int flags = band.GetMaskFlags();
    if ((flags & (GMF_ALL_VALID | GMF_NODATA)) != 0) return;
    GDALRasterBand* mask_band = band.GetMaskBand();
    if (mask_band == nullptr) return;
    fetch(*mask_band, number, field.window, GDT_Byte, field.valid.data(), 1);
    for (std::uint8_t& valid : field.valid) valid = valid != 0 ? 1 : 0;
  }

  void decode(GDALRasterBand& band, int number, const Decoding& decoding, Field& field) const {
    const GDALDataType type = band.GetRasterDataType();
    std::vector<NodataRange> ranges;
    const BandInfo& own = info_.bands[static_cast<std::size_t>(number - 1)];
    if (own.nodata) ranges.push_back({*own.nodata, *own.nodata});
    ranges.insert(ranges.end(), own.sentinels.begin(), own.sentinels.end());
    ranges.insert(ranges.end(), decoding.nodata.begin(), decoding.nodata.end());
    for (NodataRange& range : ranges) {
      range = {as_stored(range.min, type), as_stored(range.max, type)};
    }
    for (std::size_t i = 0; i < field.value.size(); ++i) {
      const double raw = field.value[i];
      bool valid = field.valid[i] != 0 && std::isfinite(raw);
      for (const NodataRange& range : ranges)
        valid = valid && !(raw >= range.min && raw <= range.max);
      field.valid[i] = valid ? 1 : 0;
      field.value[i] = valid ? raw * decoding.scale + decoding.offset : engine::kMissing;
    }
  }

  DatasetPtr dataset_;
  RasterInfo info_;
  bool south_up_ = false;
  std::uint64_t bytes_read_ = 0;
};

Raster::Raster(const std::string& path, const std::string& variable)
    : impl_(std::make_unique<Impl>(path, variable)) {}
Raster::~Raster() = default;
Raster::Raster(Raster&&) noexcept = default;
Raster& Raster::operator=(Raster&&) noexcept = default;

const RasterInfo& Raster::info() const { return impl_->info(); }
std::uint64_t Raster::bytes_read() const { return impl_->bytes_read(); }
Field Raster::read(int band, const Window& window, const Decoding& decoding) const {
  return impl_->read(band, window, decoding);
}

void configure_gdal(std::size_t cache_bytes) {
  prepare_gdal();
  GDALSetCacheMax64(static_cast<GIntBig>(cache_bytes));
}

}  // namespace cnci::io
