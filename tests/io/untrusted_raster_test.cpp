// Rasters that are not what they seem: names that lead to a network or another file, code in VRT
// files, pipes, and sizes that no machine can hold.
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/input_path.h"
#include "io/raster.h"
#include "io/vrt_sources.h"
#include "tests/io/raster_support.h"
#include "tests/support/cells.h"

namespace cnci::io {
namespace {

using testing::absolute;
using testing::beside;
using testing::error_of;
using testing::small_tiff;
using testing::TemporaryFolder;
using testing::TestRaster;
using ::testing::TestWithParam;
using testing::write_netcdf;
using testing::write_tiff;
using testing::write_vrt;

constexpr Raster::Decoding kPlain;

class RemoteName : public TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    Untrusted, RemoteName,
    ::testing::Values(
        "/vsicurl/http://127.0.0.1:9/a.tif", "/vsicurl?url=http%3A%2F%2F127.0.0.1",
        "/vsicurl_streaming/http://127.0.0.1:9/a.tif", "/vsis3/bucket/a.tif", "/vsigs/bucket/a.tif",
        "/vsiaz/box/a.tif", "/vsiadls/box/a.tif", "/vsioss/bucket/a.tif", "/vsiswift/bucket/a.tif",
        "/vsihdfs/a.tif", "/vsiwebhdfs/http://127.0.0.1:9/a.tif", "/vsistdin/",
        "/vsistdin?buffer=1", "/vsisparse/a.xml",
        "/vsisubfile/0_9,/vsicurl/http://127.0.0.1:9/a.tif", "/vsicrypt/key=a,file=a.tif",
        "/vsizip//vsicurl/http://127.0.0.1:9/a.zip", "/vsizip/{/vsis3/bucket/a.zip}/a.tif",
        "/vsigzip//vsitar//vsicurl/http://127.0.0.1:9/a.tgz", "http://127.0.0.1:9/a.tif",
        "https://127.0.0.1:9/a.tif", "ftp://127.0.0.1:9/a.tif",
        "NETCDF:\"http://127.0.0.1:9/a.nc\":v", "NETCDF:http://127.0.0.1:9/a.nc:v",
        "HDF5:\"/vsicurl/http://h/a.h5\"://v", "NETCDF:NETCDF:a.nc:v:w", "WMS:http://127.0.0.1:9/",
        "WCS:http://127.0.0.1:9/", "WMTS:http://127.0.0.1:9/", "PLMOSAIC:api_key=a", "PG:dbname=a",
        "MySQL:a,user=b", "ODBC:a", "MEM:::DATAPOINTER=1,PIXELS=9,LINES=9", "GPSBabel:gpx:a",
        "EEDAI:a", "STACTA:a.json", "ZARR:\"/vsicurl/a\"", "<GDAL_WMS></GDAL_WMS>",
        "<VRTDataset></VRTDataset>", ""));

TEST_P(RemoteName, IsRefusedBeforeAnythingIsOpened) {
  EXPECT_NE(why_no_local_file(GetParam()), "");
  const std::string message = error_of([] { const Raster file(GetParam()); });
  EXPECT_TRUE(message.starts_with(std::string(GetParam()) + ": ")) << message;
}

TEST_P(RemoteName, IsRefusedAsASourceOfAVrt) {
  const std::string name = GetParam();
  if (name.empty() || name.starts_with('<')) GTEST_SKIP() << "no text of an XML element";
  const TemporaryFolder folder;
  for (const auto& source : {absolute(name), beside(name)}) {
    const std::string vrt = write_vrt(folder.path("a.vrt"), source);
    const std::string message = error_of([&] { const Raster file(vrt); });
    EXPECT_TRUE(message.starts_with(vrt + ": reads ")) << message;
    EXPECT_NE(message.find("only files of this machine"), std::string::npos) << message;
  }
}

// Where a name gets past every check of ours, inside a file that GDAL opens on its own.
TEST_P(RemoteName, IsRefusedByGdalItself) {
  prepare_gdal();
  const QuietGdal quiet;
  const DatasetPtr dataset(GDALDataset::Open(GetParam(), GDAL_OF_RASTER | GDAL_OF_VECTOR));
  EXPECT_EQ(dataset, nullptr);
  EXPECT_EQ(QuietGdal::message().find("HTTP"), std::string::npos) << QuietGdal::message();
  EXPECT_EQ(QuietGdal::message().find("connect"), std::string::npos) << QuietGdal::message();
}

TEST(LocalName, OfFilesArchivesAndVariablesPasses) {
  for (const char* name :
       {"/data/a.tif", "a.tif", "./a:b.tif", "/data/x:y/a.tif", "/vsizip//data/a.zip/a.tif",
        "/vsizip/{/data/a.zip}/a.tif", "/vsitar//vsigzip//data/a.tgz/a.tif", "/vsimem/a.tif",
        "NETCDF:\"/data/a.nc\":v", "NETCDF:/data/a.nc:v", "HDF5:\"/data/a.h5\"://group/v",
        "HDF5:/data/a.h5://group/v", "GTIFF_DIR:1:/data/a.tif", "GPKG:/data/a.gpkg:t"}) {
    EXPECT_EQ(why_no_local_file(name), "") << name;
  }
}

TEST(LocalName, FileOnDiskIsTheArchiveOrTheFileOfAVariable) {
  const TemporaryFolder folder;
  const std::string zip = folder.path("a.zip");
  std::ofstream(zip) << "zip";
  EXPECT_EQ(file_on_disk("/vsizip/" + zip + "/deep/a.tif"), zip);
  EXPECT_EQ(file_on_disk("/vsizip/{" + zip + "}/deep/a.tif"), zip);
  EXPECT_EQ(file_on_disk("NETCDF:\"" + zip + "\":v"), zip);
  EXPECT_EQ(file_on_disk(zip), zip);
}

TEST(SpecialFile, APipeAFolderOrADeviceIsRefusedAndNothingHangs) {
  const TemporaryFolder folder;
  const std::string pipe = folder.path("a.tif");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path :
       {pipe, std::string("/dev/zero"), std::string("/vsigzip/" + pipe)}) {
    const std::string message = error_of([&] { const Raster file(path); });
    EXPECT_TRUE(message.starts_with(path)) << message;
    EXPECT_NE(message.find("copy it to a file"), std::string::npos) << message;
  }
  const std::string folder_message = error_of([&] { const Raster file(folder.path("")); });
  EXPECT_NE(folder_message.find("is a folder"), std::string::npos) << folder_message;
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.tif"));
  const std::string message = error_of([&] { const Raster file(vrt); });
  EXPECT_NE(message.find("copy it to a file"), std::string::npos) << message;
}

TEST(Vrt, OfLocalFilesIsReadAndItsSourcesAreListed) {
  const TemporaryFolder folder;
  const std::string tiff = small_tiff(folder.path("a.tif"));
  const std::string inner = write_vrt(folder.path("inner.vrt"), beside("a.tif"));
  const std::string outer = write_vrt(folder.path("outer.vrt"), absolute(inner));
  EXPECT_EQ(Raster(outer).read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(vrt_sources(outer), (std::vector<std::string>{inner, tiff}));
  EXPECT_EQ(vrt_sources(tiff), std::vector<std::string>{});
}

TEST(Vrt, MayNameAVariableOfANetcdfFileBesideIt) {
  const TemporaryFolder folder;
  write_netcdf(folder.path("a.nc"), R"(
d = Dataset(path, 'w')
d.createDimension('lat', 2); d.createDimension('lon', 2)
d.createVariable('lat', 'f8', ('lat',))[:] = [1.5, 0.5]
d.createVariable('lon', 'f8', ('lon',))[:] = [0.5, 1.5]
d.createVariable('v', 'f8', ('lat', 'lon'))[:] = [[1, 2], [3, 4]]
)");
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("NETCDF:\"a.nc\":v"));
  EXPECT_EQ(vrt_sources(vrt), std::vector<std::string>{folder.path("a.nc")});
}

TEST(Vrt, AMissingSourceIsNamed) {
  const TemporaryFolder folder;
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("gone.tif"));
  const std::string message = error_of([&] { const Raster file(vrt); });
  EXPECT_EQ(message, vrt + ": reads " + folder.path("gone.tif") + ": there is no such file");
}

TEST(Vrt, InsideItselfEnds) {
  const TemporaryFolder folder;
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.vrt"));
  EXPECT_EQ(vrt_sources(vrt), std::vector<std::string>{vrt});
  std::string inner = small_tiff(folder.path("a.tif"));
  for (int depth = 0; depth < 10; ++depth) {
    inner = write_vrt(folder.path(std::to_string(depth) + ".vrt"), absolute(inner));
  }
  const std::string message = error_of([&] { const Raster file(inner); });
  EXPECT_NE(message.find("deep"), std::string::npos) << message;
}

constexpr const char* kPython = R"(subClass="VRTDerivedRasterBand">
  <PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>
  <PixelFunctionCode><![CDATA[
def f(in_ar, out_ar, *args, **kwargs):
    open('MARK', 'w').close()
    out_ar[:] = 7
]]></PixelFunctionCode></VRTRasterBand><VRTRasterBand dataType="Float64" band="2" )";

TEST(Vrt, WithPythonCodeIsRefusedAndTheCodeIsNotRun) {
  const TemporaryFolder folder;
  small_tiff(folder.path("a.tif"));
  const std::string mark = folder.path("mark");
  std::string python = kPython;
  python.replace(python.find("MARK"), 4, mark);
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.tif"), python);
  const std::string message = error_of([&] { const Raster file(vrt); });
  EXPECT_TRUE(message.starts_with(vrt + ": ")) << message;
  EXPECT_NE(message.find("Python"), std::string::npos) << message;

  ::setenv("GDAL_VRT_ENABLE_PYTHON", "YES", 1);
  const QuietGdal quiet;
  const DatasetPtr dataset(GDALDataset::Open(vrt.c_str(), GDAL_OF_RASTER));
  if (dataset != nullptr) {
    std::vector<double> values(4);
    EXPECT_NE(dataset->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, 2, 2, values.data(), 2, 2,
                                                  GDT_Float64, 0, 0, nullptr),
              CE_None);
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(Vrt, OfAbsurdLengthIsNotLoaded) {
  const TemporaryFolder folder;
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.tif"));
  std::filesystem::resize_file(vrt, std::uintmax_t{1} << 36);  // sparse
  const std::string message = error_of([&] { const Raster file(vrt); });
  EXPECT_NE(message.find("65536 MB"), std::string::npos) << message;
}

TEST(FileThatPointsElsewhere, OfANetworkServiceIsNoRaster) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.xml");
  std::ofstream(path) << "<GDAL_WMS><Service name=\"TMS\"><ServerUrl>http://127.0.0.1:9/${z}/${x}/"
                         "${y}.png</ServerUrl></Service><DataWindow><SizeX>64</SizeX>"
                         "<SizeY>64</SizeY></DataWindow></GDAL_WMS>";
  const std::string message = error_of([&] { const Raster file(path); });
  EXPECT_NE(message.find("cannot be read as a raster"), std::string::npos) << message;
}

TEST(RasterSize, OfAbsurdExtentIsRefused) {
  const TemporaryFolder folder;
  const std::string vrt = folder.path("a.vrt");
  std::ofstream(vrt) << R"(<VRTDataset rasterXSize="2147483647" rasterYSize="2147483647">)"
                     << "<GeoTransform>0, 1e-7, 0, 9, 0, -1e-7</GeoTransform>"
                     << R"(<VRTRasterBand dataType="Float64" band="1"/></VRTDataset>)";
  const std::string message = error_of([&] { const Raster file(vrt); });
  EXPECT_NE(message.find("2147483647 x 2147483647 pixels are more than the 7"), std::string::npos)
      << message;
}

TEST(RasterSize, ABlockThatFillsTheMemoryIsRefused) {
  const TemporaryFolder folder;
  TestRaster raster;
  raster.cols = raster.rows = 16;
  raster.type = "Float32";
  raster.bands = {std::vector<double>(256, 1)};
  raster.creation = {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE"};
  const std::string path = write_tiff(folder.path("a.tif"), raster);
  // The header's TileWidth and TileLength (tags 322, 323, one SHORT each) become 32768: 4 GB.
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  std::string bytes(4096, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.clear();
  int changed = 0;
  for (const char tag : {'\x42', '\x43'}) {
    const std::string entry{tag, '\x01', '\x03', '\x00', '\x01', '\x00', '\x00', '\x00'};
    const auto at = bytes.find(entry);
    ASSERT_NE(at, std::string::npos);
    file.seekp(static_cast<std::streamoff>(at + entry.size()));
    file.write("\x00\x80", 2);
    ++changed;
  }
  file.close();
  ASSERT_EQ(changed, 2);
  const std::string message = error_of([&] { const Raster opened(path); });
  EXPECT_NE(message.find("one block of the file holds 4096 MB"), std::string::npos) << message;
  EXPECT_NE(message.find("TILED=YES"), std::string::npos) << message;
}

TEST(RasterSize, AChunkThatIsDeepInTimeIsRefused) {
  const TemporaryFolder folder;
  const std::string path = write_netcdf(folder.path("a.nc"), R"(
d = Dataset(path, 'w')
d.createDimension('time', 1000); d.createDimension('lat', 900); d.createDimension('lon', 900)
d.createVariable('lat', 'f8', ('lat',))[:] = np.arange(900) * 0.1
d.createVariable('lon', 'f8', ('lon',))[:] = np.arange(900) * 0.1
d.createVariable('v', 'f4', ('time', 'lat', 'lon'), zlib=True, chunksizes=(1000, 900, 900))
d.createVariable('w', 'f4', ('time', 'lat', 'lon'), zlib=True, chunksizes=(1, 900, 900))
d.close()
for end in ('.one', '.one.nc'):
  d = Dataset(path + end, 'w')
  d.createDimension('time', 1000); d.createDimension('lat', 900); d.createDimension('lon', 900)
  d.createVariable('lat', 'f8', ('lat',))[:] = np.arange(900) * 0.1
  d.createVariable('lon', 'f8', ('lon',))[:] = np.arange(900) * 0.1
  d.createVariable('v', 'f4', ('time', 'lat', 'lon'), zlib=True, chunksizes=(1000, 900, 900))
  d.close()
)");
  for (const std::string& name : {path, path + ".one", path + ".one.nc"}) {
    const std::string message = error_of([&] { const Raster file(name, name == path ? "v" : ""); });
    EXPECT_NE(message.find("holds 3089 MB"), std::string::npos) << message;
  }
  EXPECT_EQ(Raster(path, "w").info().bands.size(), 1000U);
}

TEST(RasterSize, TooManyBandsAreRefused) {
  const TemporaryFolder folder;
  const std::string path = write_netcdf(folder.path("a.nc"), R"(
d = Dataset(path, 'w')
d.createDimension('time', 2000000000); d.createDimension('lat', 2); d.createDimension('lon', 2)
d.createVariable('lat', 'f8', ('lat',))[:] = [1.5, 0.5]
d.createVariable('lon', 'f8', ('lon',))[:] = [0.5, 1.5]
d.createVariable('v', 'f4', ('time', 'lat', 'lon'), chunksizes=(1, 2, 2))
)");
  const std::string message = error_of([&] { const Raster file(path, "v"); });
  EXPECT_TRUE(message.starts_with(path)) << message;
  EXPECT_NE(message.find("bands"), std::string::npos) << message;
}

}  // namespace
}  // namespace cnci::io
