#include "io/raster_info.h"

#include <cpl_conv.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/error.h"
#include "io/raster_limits.h"

namespace cnci::io {
namespace {

using engine::Error;

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

/// With the corner in the north, whichever row of the file comes first.
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

}  // namespace

RasterInfo raster_info(GDALDataset& dataset, const std::string& path) {
  RasterInfo info;
  info.path = path;
  info.grid = grid_of(dataset, path, info.south_up);
  info.crs_wkt = crs_of(dataset);
  for (int i = 1; i <= dataset.GetRasterCount(); ++i) {
    GDALRasterBand& band = *dataset.GetRasterBand(i);
    if (GDALDataTypeIsComplex(band.GetRasterDataType()) != 0) {
      throw Error(fmt::format("{}: band {} holds complex numbers", path, i));
    }
    info.bands.push_back(band_info(band));
  }
  int cols = 0;
  int rows = 0;
  dataset.GetRasterBand(1)->GetBlockSize(&cols, &rows);
  info.block_cols = cols;
  info.block_rows = rows;
  info.block_bytes = decoded_block_bytes(dataset, path);
  return info;
}

}  // namespace cnci::io
