// Rasters that are not what they seem: names that lead to a network or another file, code in VRT
// files, pipes, and sizes that no machine can hold. Reading leaves nothing beside the inputs.
#include <cpl_vsi.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>
#include <sys/stat.h>

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
#include "io/input_path.h"
#include "io/raster.h"
#include "io/vrt_sources.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using testing::error_of;
using testing::TemporaryFolder;
using testing::TestRaster;
using ::testing::TestWithParam;
using testing::write_netcdf;
using testing::write_tiff;

constexpr Raster::Decoding kPlain;

std::string small_tiff(const std::string& path) {
  TestRaster raster;
  raster.cols = raster.rows = 2;
  raster.bands = {{1, 2, 3, 4}};
  return write_tiff(path, raster);
}

/// A VRT of 2 x 2 pixels whose only source element is `source`.
std::string write_vrt(const std::string& path, const std::string& source,
                      const std::string& band = "") {
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

constexpr const char* kGrid = R"(
import h5py
def grid(name):
  d = Dataset(name, 'w')
  d.createDimension('lat', 2); d.createDimension('lon', 2)
  d.createVariable('lat', 'f8', ('lat',))[:] = [1.5, 0.5]
  d.createVariable('lon', 'f8', ('lon',))[:] = [0.5, 1.5]
  return d
def with_v(name):
  d = grid(name)
  d.createVariable('v', 'f8', ('lat', 'lon'))[:] = [[1, 2], [3, 4]]
  d.close()
def scales(f, v):
  v.dims[0].attach_scale(f['lat']); v.dims[1].attach_scale(f['lon'])
)";

/// The message of reading a.nc, made by the script after kGrid, by its own name and otherwise.
std::string error_of_netcdf(const TemporaryFolder& folder, const std::string& script) {
  const std::string path = write_netcdf(folder.path("a.nc"), kGrid + script);
  const std::string message = error_of([&] { const Raster file(path); });
  EXPECT_EQ(error_of([&] { const Raster file("NETCDF:\"" + path + "\":v"); }), message);
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside(R"(NETCDF:"a.nc":v)"));
  EXPECT_EQ(error_of([&] { const Raster file(vrt); }), message);
  return message;
}

TEST(Hdf5Elsewhere, ADatasetWithValuesInAnotherFileIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
np.array([7, 7, 7, 7], 'f8').tofile(path[:-4] + 'raw.bin')
grid(path).close()
with h5py.File(path, 'a') as f:
  g = f.create_group('g')
  scales(f, f.create_dataset('v', (2, 2), 'f8'))
  g.create_dataset('deep', (4,), 'f8', external=[('raw.bin', 0, 32)])
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": dataset /g/deep keeps its values in another file (raw.bin); copy it "
                         "into one file (nccopy, h5repack)");
}

TEST(Hdf5Elsewhere, AVirtualDatasetIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
with_v(path[:-4] + 'other.nc')
grid(path).close()
with h5py.File(path, 'a') as f:
  layout = h5py.VirtualLayout((2, 2), 'f8')
  layout[:] = h5py.VirtualSource('other.nc', 'v', (2, 2))
  scales(f, f.create_virtual_dataset('v', layout))
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": dataset /v is put together from other datasets (other.nc); copy it "
                         "into one file (nccopy, h5repack)");
}

TEST(Hdf5Elsewhere, ALinkToAnotherFileIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
with_v(path[:-4] + 'other.nc')
grid(path).close()
with h5py.File(path, 'a') as f: f['v'] = h5py.ExternalLink('other.nc', '/v')
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": /v is a link to another file (other.nc); copy what it leads to into "
                         "one file (h5copy -f ext)");
}

TEST(Hdf5Elsewhere, AMaskOfAnyFormatIsLookedAtToo) {
  const TemporaryFolder folder;
  const std::string tiff = small_tiff(folder.path("a.tif"));
  write_netcdf(folder.path("a.tif.msk"), kGrid + std::string(R"(
with h5py.File(path, 'w') as f: f['v'] = h5py.ExternalLink('other.nc', '/v')
)"));
  const std::string message = error_of([&] { const Raster file(tiff); });
  EXPECT_TRUE(message.starts_with(tiff + ".msk: /v is a link")) << message;
}

TEST(Hdf5Elsewhere, AFileThatIsWholeIsReadAnyNumberOfTimes) {
  const TemporaryFolder folder;
  const std::string path = write_netcdf(folder.path("a.nc"), kGrid + std::string(R"(
with_v(path)
with h5py.File(path, 'a') as f:
  f.create_group('g')
)"));
  const Raster first(path, "v");
  const Raster second(path, "v");
  EXPECT_EQ(first.read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(second.read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
}

TEST(Hdf5Elsewhere, StructureWithoutEndEnds) {
  const TemporaryFolder folder;
  for (const char* link : {"f['/']", "h5py.SoftLink('/')", "f['g']", "h5py.SoftLink('/g')"}) {
    const std::string path = write_netcdf(folder.path("round.nc"), kGrid + std::string(R"(
with_v(path)
with h5py.File(path, 'a') as f:
  f.create_group('g')
  f['again'] = )") + link);
    const std::string message = error_of([&] { const Raster file(path); });
    EXPECT_NE(message.find(" is a link to a group that has a name already"), std::string::npos)
        << message;
  }
  write_netcdf(folder.path("many.nc"), kGrid + std::string(R"(
with h5py.File(path, 'w', libver='latest') as f:
  t = h5py.h5t.IEEE_F64LE
  s = h5py.h5s.create(h5py.h5s.SCALAR)
  for i in range(100001): h5py.h5d.create(f.id, b'%d' % i, t, s)
)"));
  const std::string many = error_of([&] { const Raster file(folder.path("many.nc")); });
  EXPECT_NE(many.find("holds more than 100000 objects"), std::string::npos) << many;
  write_netcdf(folder.path("deep.nc"), kGrid + std::string(R"(
with h5py.File(path, 'w') as f:
  g = f
  for i in range(200): g = g.create_group('g')
)"));
  const std::string deep = error_of([&] { const Raster file(folder.path("deep.nc")); });
  EXPECT_NE(deep.find("more than 100 deep"), std::string::npos) << deep;
}

TEST(Hdf5Elsewhere, InAnArchiveIsNotLookedForAndRefused) {
  const TemporaryFolder folder;
  write_netcdf(folder.path("a.nc"), kGrid + std::string(R"(
import zipfile
with_v(path)
with zipfile.ZipFile(path[:-2] + 'zip', 'w') as z: z.write(path, 'a.nc')
)"));
  const std::string inside = "/vsizip/" + folder.path("a.zip") + "/a.nc";
  for (const std::string& name : {inside, "HDF5:\"" + inside + "\"://v"}) {
    const std::string message = error_of([&] { const Raster file(name); });
    EXPECT_TRUE(message.starts_with(inside + ": ")) << message;
    EXPECT_NE(message.find("unpack it"), std::string::npos) << message;
  }
}

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
