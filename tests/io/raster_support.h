// Small raster files for tests: GeoTIFFs through GDAL, VRT files, netCDF files as other people
// write them through Python's netCDF4; a folder that removes itself.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cnci::io::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

struct TestRaster {
  int cols = 0;
  int rows = 0;
  double x0 = 0;
  double y0 = 0;
  double dx = 1;   ///< 0: no geotransform is written
  double dy = -1;  ///< positive: rows run from south to north
  std::string crs = "EPSG:4326";
  std::string type = "Float64";  ///< GDAL's name
  std::vector<std::vector<double>> bands;
  std::optional<double> nodata;
  std::optional<double> scale;
  std::optional<double> offset;
  std::string unit;
  std::vector<unsigned char> mask;         ///< empty: none
  std::vector<std::string> creation = {};  ///< options, "COMPRESS=DEFLATE"
};

/// Writes a GeoTIFF and returns its path.
std::string write_tiff(const std::string& path, const TestRaster& raster);

/// The values 1 2 / 3 4 on cells of one degree.
std::string small_tiff(const std::string& path);

/// A VRT of 2 x 2 pixels whose only source element is `source`: beside("a.tif") or
/// absolute("/a.tif").
std::string write_vrt(const std::string& path, const std::string& source,
                      const std::string& band = "");
std::string beside(const std::string& name);
std::string absolute(const std::string& name);

/// Runs a Python script (it may use np and Dataset) with {path} replaced; fails the test on error.
std::string write_netcdf(const std::string& path, const std::string& script);

/// A file of the trial data (CNCI_DATA), or nothing where there is none.
std::optional<std::string> data_file(const std::string& name);

/// The message of the cnci Error that `action` throws; empty (and a failed test) where none.
std::string error_of(const std::function<void()>& action);

}  // namespace cnci::io::testing
