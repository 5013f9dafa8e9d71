#include "jobs/sample_gdal.h"

#include <cpl_string.h>
#include <fmt/format.h>
#include <ogr_spatialref.h>

#include <array>
#include <utility>

#include "engine/error.h"
#include "jobs/sample_size.h"

namespace cnci::jobs {

void fail_sample_file(const std::string& path, const std::string& doing) {
  throw engine::Error(fmt::format("{}: {} failed: {}; check the folder and the space on its disk",
                                  path, doing, io::QuietGdal::message()));
}

GDALDriver& sample_driver(const std::string& name) {
  io::prepare_gdal();
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(name.c_str());
  if (driver == nullptr) {
    throw engine::Error(fmt::format("GDAL has no driver {}; install a GDAL that has it", name));
  }
  return *driver;
}

void close_sample_file(io::DatasetPtr dataset, const std::string& path) {
  CPLErrorReset();
  dataset->FlushCache();
  dataset.reset();
  if (CPLGetLastErrorType() >= CE_Failure) fail_sample_file(path, "writing");
}

std::string sample_crs_wkt(const std::string& text) {
  OGRSpatialReference crs;
  char* wkt = nullptr;
  const bool ok = crs.SetFromUserInput(text.c_str()) == OGRERR_NONE &&
                  crs.exportToWkt(&wkt) == OGRERR_NONE && wkt != nullptr;
  std::string result = ok ? wkt : "";
  CPLFree(wkt);
  if (!ok) throw engine::Error(fmt::format("CRS {}: PROJ does not know it", text));
  return result;
}

SampleTiff::SampleTiff(const SampleTiffSpec& spec) : path_(spec.path) {
  const bool floating = GDALDataTypeIsFloating(spec.type) != 0;
  const bool bytes = spec.type == GDT_Byte;
  CPLStringList options;
  options.SetNameValue("TILED", "YES");
  options.SetNameValue("BLOCKXSIZE", std::to_string(kBlock).c_str());
  options.SetNameValue("BLOCKYSIZE", std::to_string(kBlock).c_str());
  options.SetNameValue("COMPRESS", "DEFLATE");
  options.SetNameValue("ZLEVEL", "1");
  options.SetNameValue("PREDICTOR", floating ? "3" : bytes ? "1" : "2");
  options.SetNameValue("INTERLEAVE", "BAND");
  options.SetNameValue("SPARSE_OK", "TRUE");
  options.SetNameValue("BIGTIFF", "IF_SAFER");
  dataset_.reset(sample_driver("GTiff").Create(path_.c_str(), static_cast<int>(spec.cols),
                                               static_cast<int>(spec.rows), spec.bands, spec.type,
                                               options.List()));
  if (!dataset_) fail_sample_file(path_, "creating");
  std::array<double, 6> transform{spec.west, spec.pixel, 0, spec.north, 0, -spec.pixel};
  check_sample_file(dataset_->SetGeoTransform(transform.data()), path_, "setting the geotransform");
  check_sample_file(dataset_->SetProjection(sample_crs_wkt(spec.crs).c_str()), path_,
                    "setting the CRS");
  check_sample_file(dataset_->SetMetadataItem("TIFFTAG_IMAGEDESCRIPTION", kSampleNotice), path_,
                    "setting metadata");
  check_sample_file(dataset_->SetMetadataItem("TIFFTAG_SOFTWARE", "cnci sample"), path_,
                    "setting metadata");
  for (int number = 1; number <= spec.bands; ++number) {
    GDALRasterBand* band = dataset_->GetRasterBand(number);
    check_sample_file(band->SetNoDataValue(spec.nodata), path_, "setting nodata");
    band->SetDescription(spec.bands == 1 ? spec.what.c_str()
                                         : fmt::format("{}, month {}", spec.what, number).c_str());
    if (!spec.unit.empty()) {
      check_sample_file(band->SetUnitType(spec.unit.c_str()), path_, "setting the unit");
    }
    if (spec.scale) check_sample_file(band->SetScale(*spec.scale), path_, "setting the scale");
  }
}

void SampleTiff::write_block(int band, std::int64_t block_col, std::int64_t block_row,
                             void* pixels) {
  check_sample_file(dataset_->GetRasterBand(band)->WriteBlock(static_cast<int>(block_col),
                                                              static_cast<int>(block_row), pixels),
                    path_, fmt::format("writing block {}, {}", block_col, block_row));
}

void SampleTiff::close() { close_sample_file(std::move(dataset_), path_); }

}  // namespace cnci::jobs
