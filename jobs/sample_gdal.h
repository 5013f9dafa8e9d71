// How the sample's files are written with GDAL: return codes become errors with the file's name,
// and tiled GeoTIFFs get one whole block at a time, past GDAL's cache.
#pragma once

#include <gdal_priv.h>

#include <cstdint>
#include <optional>
#include <string>

#include "io/gdal_handles.h"

namespace cnci::jobs {

/// Throws engine::Error with the file, what was being done and GDAL's own message.
[[noreturn]] void fail_sample_file(const std::string& path, const std::string& doing);
inline void check_sample_file(CPLErr code, const std::string& path, const std::string& doing) {
  if (code != CE_None) fail_sample_file(path, doing);
}
/// A GDAL driver by name, registered if need be.
[[nodiscard]] GDALDriver& sample_driver(const std::string& name);
/// Closes, and fails where the closing itself reports an error (a full disk shows only here).
void close_sample_file(io::DatasetPtr dataset, const std::string& path);
/// WKT of a CRS given as GDAL takes it from users.
[[nodiscard]] std::string sample_crs_wkt(const std::string& text);

/// What a GeoTIFF of the sample is and says about itself.
struct SampleTiffSpec {
  std::string path;
  std::string crs = "EPSG:4326";
  double west = 0;  ///< in units of the CRS
  double north = 0;
  double pixel = 0;  ///< square pixels
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  int bands = 1;
  GDALDataType type = GDT_Float32;
  double nodata = 0;
  std::string unit;
  std::optional<double> scale;  ///< written to the file; absent: the file keeps quiet
  std::string what;             ///< description of the bands
};

/// DEFLATE, 512 x 512 blocks; blocks that are never written are left out of the file.
class SampleTiff {
 public:
  static constexpr std::int64_t kBlock = 512;

  explicit SampleTiff(const SampleTiffSpec& spec);

  /// `pixels`: kBlock x kBlock values of the file's type.
  void write_block(int band, std::int64_t block_col, std::int64_t block_row, void* pixels);
  void close();

 private:
  io::QuietGdal quiet_;
  std::string path_;
  io::DatasetPtr dataset_;
};

}  // namespace cnci::jobs
