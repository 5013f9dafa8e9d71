#include "tests/io/raster_support.h"

#include <cpl_string.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "engine/error.h"
#include "io/raster.h"

namespace cnci::io::testing {
namespace {

void require(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error("test file: " + what);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "cnci_test_XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "no temporary folder");
  folder_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string write_tiff(const std::string& path, const TestRaster& raster) {
  configure_gdal(std::size_t{32} << 20);
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
  require(driver != nullptr, "no GTiff driver");
  CPLStringList options;
  for (const std::string& option : raster.creation) options.AddString(option.c_str());
  CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
  GDALDataset* dataset =
      driver->Create(path.c_str(), raster.cols, raster.rows, static_cast<int>(raster.bands.size()),
                     GDALGetDataTypeByName(raster.type.c_str()), options.List());
  require(dataset != nullptr, "cannot create " + path);
  double transform[6] = {raster.x0, raster.dx, 0, raster.y0, 0, raster.dy};
  if (raster.dx != 0) dataset->SetGeoTransform(transform);
  if (!raster.crs.empty()) {
    OGRSpatialReference crs;
    require(crs.SetFromUserInput(raster.crs.c_str()) == OGRERR_NONE, "CRS");
    dataset->SetSpatialRef(&crs);
  }
  if (!raster.mask.empty()) {
    require(dataset->CreateMaskBand(GMF_PER_DATASET) == CE_None, "mask");
    auto mask = raster.mask;
    require(dataset->GetRasterBand(1)->GetMaskBand()->RasterIO(
                GF_Write, 0, 0, raster.cols, raster.rows, mask.data(), raster.cols, raster.rows,
                GDT_Byte, 0, 0, nullptr) == CE_None,
            "mask values");
  }
  for (std::size_t i = 0; i < raster.bands.size(); ++i) {
    GDALRasterBand* band = dataset->GetRasterBand(static_cast<int>(i) + 1);
    if (raster.nodata) band->SetNoDataValue(*raster.nodata);
    if (raster.scale) band->SetScale(*raster.scale);
    if (raster.offset) band->SetOffset(*raster.offset);
    if (!raster.unit.empty()) band->SetUnitType(raster.unit.c_str());
    std::vector<double> values = raster.bands[i];
    require(values.size() == static_cast<std::size_t>(raster.cols * raster.rows), "size of a band");
    require(band->RasterIO(GF_Write, 0, 0, raster.cols, raster.rows, values.data(), raster.cols,
                           raster.rows, GDT_Float64, 0, 0, nullptr) == CE_None,
            "values");
  }
  GDALClose(GDALDataset::ToHandle(dataset));
  return path;
}

std::string small_tiff(const std::string& path) {
  TestRaster raster;
  raster.cols = raster.rows = 2;
  raster.bands = {{1, 2, 3, 4}};
  return write_tiff(path, raster);
}

std::string write_vrt(const std::string& path, const std::string& source, const std::string& band) {
  std::ofstream(path)
      << R"(<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:4326</SRS>)"
      << "<GeoTransform>0, 1, 0, 2, 0, -1</GeoTransform>"
      << R"(<VRTRasterBand dataType="Float64" band="1" )" << band << "><SimpleSource>" << source
      << R"(<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="2" ySize="2"/>)"
      << R"(<DstRect xOff="0" yOff="0" xSize="2" ySize="2"/></SimpleSource></VRTRasterBand>)"
      << "</VRTDataset>";
  return path;
}

std::string beside(const std::string& name) {
  return R"(<SourceFilename relativeToVRT="1">)" + name + "</SourceFilename>";
}

std::string absolute(const std::string& name) {
  return R"(<SourceFilename relativeToVRT="0">)" + name + "</SourceFilename>";
}

std::string write_netcdf(const std::string& path, const std::string& script) {
  const std::string source = path + ".py";
  std::ofstream(source) << "import numpy as np\nfrom netCDF4 import Dataset\npath = '" << path
                        << "'\n"
                        << script;
  require(std::system(("/usr/bin/python3 " + source).c_str()) == 0, "script " + source);
  return path;
}

std::optional<std::string> data_file(const std::string& name) {
  const char* folder = std::getenv("CNCI_DATA");
  const std::string root =
      folder != nullptr ? folder : std::string(CNCI_SOURCE_DIR) + "/../shared/data";
  const std::string path = root + "/" + name;
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const engine::Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

}  // namespace cnci::io::testing
