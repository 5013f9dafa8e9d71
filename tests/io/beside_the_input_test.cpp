// Reading leaves nothing beside the inputs: no statistics, no index, no note of a size, in any
// format.
#include <cpl_vsi.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/raster.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using testing::TemporaryFolder;
using testing::TestRaster;
using testing::write_tiff;

constexpr Raster::Decoding kPlain;

/// Names, sizes and times of all that is in a folder.
std::string everything_in(const std::string& path) {
  std::set<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    const auto bytes = entry.is_regular_file() ? entry.file_size() : 0;
    const auto time = entry.last_write_time().time_since_epoch().count();
    lines.insert(entry.path().string() + " " + std::to_string(bytes) + " " + std::to_string(time));
  }
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

TEST(BesideTheInput, AGzippedFileLeavesNothing) {
  prepare_gdal();
  const TemporaryFolder folder;
  const std::string path = folder.path("a.bin");
  std::string bytes(std::size_t{4} << 20, '\0');  // GDAL notes the size of large files only
  std::minstd_rand random;
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  std::ofstream(path) << bytes;
  ASSERT_EQ(std::system(("gzip -1 '" + path + "'").c_str()), 0);
  const std::string before = everything_in(folder.path(""));
  VSIStatBufL status;
  ASSERT_EQ(VSIStatL(("/vsigzip/" + path + ".gz").c_str(), &status), 0);
  EXPECT_EQ(static_cast<std::size_t>(status.st_size), bytes.size());
  EXPECT_EQ(everything_in(folder.path("")), before);
}

TEST(BesideTheInput, ARasterOfAnyFormatLeavesNothing) {
  const TemporaryFolder folder;
  TestRaster raster;
  raster.cols = raster.rows = 64;
  raster.type = "Byte";
  raster.nodata = 9;
  raster.bands.emplace_back();
  for (int i = 0; i < 64 * 64; ++i) raster.bands[0].push_back(i % 200);
  const std::string tiff = write_tiff(folder.path("a.tif"), raster);
  std::vector<std::string> files{tiff};
  {
    const QuietGdal quiet;
    const DatasetPtr source(GDALDataset::Open(tiff.c_str(), GDAL_OF_RASTER));
    GDALDriverManager& drivers = *GetGDALDriverManager();
    for (int i = 0; i < drivers.GetDriverCount(); ++i) {
      GDALDriver& driver = *drivers.GetDriver(i);
      const std::string name = driver.GetDescription();
      if (driver.GetMetadataItem(GDAL_DCAP_RASTER) == nullptr || name == "MEM") continue;
      const char* extension = driver.GetMetadataItem(GDAL_DMD_EXTENSION);
      const std::string path =
          folder.path(std::to_string(i)) + "." + (extension == nullptr ? "bin" : extension);
      const DatasetPtr copy(
          driver.CreateCopy(path.c_str(), source.get(), FALSE, nullptr, nullptr, nullptr));
      if (copy != nullptr) files.push_back(path);
    }
  }
  EXPECT_GT(files.size(), 15U);
  const std::string before = everything_in(folder.path(""));
  int read = 0;
  for (const std::string& path : files) {
    try {
      EXPECT_EQ(Raster(path).read(1, {0, 0, 64, 64}, kPlain).value.size(), 4096U);
      ++read;
    } catch (const engine::Error&) {  // a format that keeps no place, or several variables
      const QuietGdal quiet;
      const DatasetPtr opened(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER));
    }
  }
  EXPECT_GT(read, 10);
  EXPECT_EQ(everything_in(folder.path("")), before);
}

TEST(BesideTheInput, ZonesOfAnyFormatLeaveNothing) {
  prepare_gdal();
  const TemporaryFolder folder;
  std::vector<std::string> files{folder.path("a.csv")};
  std::ofstream(files.front()) << "WKT,name\n\"POLYGON ((0 0,1 0,1 1,0 0))\",a\n";
  const QuietGdal quiet;
  GDALDriverManager& drivers = *GetGDALDriverManager();
  for (int i = 0; i < drivers.GetDriverCount(); ++i) {
    GDALDriver& driver = *drivers.GetDriver(i);
    const char* extension = driver.GetMetadataItem(GDAL_DMD_EXTENSION);
    const std::string name = driver.GetDescription();
    if (driver.GetMetadataItem(GDAL_DCAP_VECTOR) == nullptr || extension == nullptr ||
        name == "netCDF") {
      continue;
    }
    const std::string path = folder.path(std::to_string(i)) + "." + extension;
    const DatasetPtr dataset(driver.Create(path.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (dataset == nullptr) continue;
    OGRSpatialReference crs;
    crs.SetFromUserInput("EPSG:4326");
    OGRLayer* layer = dataset->CreateLayer("z", &crs, wkbPolygon, nullptr);
    if (layer == nullptr) continue;
    OGRFieldDefn field("name", OFTString);
    layer->CreateField(&field);
    OGRFeature feature(layer->GetLayerDefn());
    feature.SetField("name", "a");
    OGRGeometry* geometry = nullptr;
    OGRGeometryFactory::createFromWkt("POLYGON ((0 0,0 1,1 1,0 0))", nullptr, &geometry);
    feature.SetGeometryDirectly(geometry);
    if (layer->CreateFeature(&feature) == OGRERR_NONE) files.push_back(path);
  }
  const std::string before = everything_in(folder.path(""));
  int read = 0;
  for (const std::string& path : files) {
    const DatasetPtr dataset(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
    if (dataset == nullptr || dataset->GetLayer(0) == nullptr) continue;
    for (const auto& feature : *dataset->GetLayer(0)) read += feature ? 1 : 0;
  }
  EXPECT_GE(read, 7);
  EXPECT_EQ(everything_in(folder.path("")), before);
}

TEST(BesideTheInput, GmlWhoseDriverWouldWriteThereIsNotRead) {
  prepare_gdal();
  const TemporaryFolder folder;
  const std::string gml = folder.path("a.gml");
  std::ofstream(gml) << R"(<?xml version="1.0"?><f:FeatureCollection xmlns:f="http://f" )"
                     << R"(xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><f:z><f:g>)"
                     << "<gml:Polygon><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>"
                     << "0,0 1,0 1,1 0,0</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs>"
                     << "</gml:Polygon></f:g></f:z></gml:featureMember></f:FeatureCollection>";
  const std::string before = everything_in(folder.path(""));
  const QuietGdal quiet;
  const DatasetPtr dataset(GDALDataset::Open(gml.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
  EXPECT_EQ(dataset, nullptr);
  EXPECT_EQ(everything_in(folder.path("")), before);
}

}  // namespace
}  // namespace cnci::io
