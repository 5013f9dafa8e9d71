#include "io/raster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "io/crs.h"
#include "tests/io/raster_support.h"
#include "tests/support/cells.h"

namespace cnci::io {
namespace {

using engine::Window;
using testing::data_file;
using testing::error_of;
using testing::TemporaryFolder;
using testing::TestRaster;
using testing::write_netcdf;
using testing::write_tiff;

constexpr Raster::Decoding kPlain;

TestRaster three_by_two() {
  TestRaster raster;
  raster.cols = 3;
  raster.rows = 2;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.bands = {{1, 2, 3, 4, 5, 6}};
  return raster;
}

TEST(RasterRead, SaysWhatTheFileSaysAboutItself) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.type = "Int16";
  raster.nodata = -9999;
  raster.scale = 0.1;
  raster.offset = -273.15;
  raster.unit = "K";
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  const RasterInfo& info = file.info();
  EXPECT_EQ(info.grid.cols, 3);
  EXPECT_EQ(info.grid.rows, 2);
  EXPECT_EQ(info.grid.x0, 100);
  EXPECT_EQ(info.grid.y0, 30);
  EXPECT_EQ(info.grid.dy, 1);
  EXPECT_TRUE(crs_same(info.crs_wkt, wgs84_wkt()));
  ASSERT_EQ(info.bands.size(), 1U);
  EXPECT_EQ(info.bands[0].nodata, -9999);
  EXPECT_EQ(info.bands[0].scale, 0.1);
  EXPECT_EQ(info.bands[0].offset, -273.15);
  EXPECT_TRUE(info.bands[0].has_scale);
  EXPECT_EQ(info.bands[0].unit, "K");
  EXPECT_EQ(info.bands[0].type_name, "Int16");
  EXPECT_EQ(info.bands[0].type_bytes, 2);
}

TEST(RasterRead, EverySentinelIsMissingAndIsComparedBeforeScaling) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.type = "Int16";
  raster.nodata = -1;
  raster.bands = {{-1, 32760, 32761, 32767, 100, 0}};
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  const auto field = file.read(1, file.info().grid.cols == 3 ? Window{0, 0, 3, 2} : Window{},
                               {.scale = 0.1, .offset = 5, .nodata = {{32761, 32767}, {0, 0}}});
  EXPECT_EQ(field.valid, (std::vector<std::uint8_t>{0, 1, 0, 0, 1, 0}));
  EXPECT_DOUBLE_EQ(field.value[1], 3281);
  EXPECT_DOUBLE_EQ(field.value[4], 15);
  EXPECT_TRUE(std::isnan(field.value[0]) && std::isnan(field.value[3]));
}

TEST(RasterRead, NodataIsComparedInTheBandsOwnType) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.type = "Float32";
  raster.nodata = -3.4e38;
  raster.bands = {{-3.4e38, 1.1, 1e36, 4, NAN, INFINITY}};
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  const auto field = file.read(1, {0, 0, 3, 2}, {.nodata = {{1e36, 1e36}}});
  EXPECT_EQ(field.valid, (std::vector<std::uint8_t>{0, 1, 0, 1, 0, 0}));
  const auto other = file.read(1, {0, 0, 3, 2}, {.nodata = {{1.1, 1.1}}});
  EXPECT_EQ(other.valid, (std::vector<std::uint8_t>{0, 0, 1, 1, 0, 0}));
}

TEST(RasterRead, MaskBandsMeanMissing) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.mask = {255, 0, 255, 255, 255, 0};
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  const auto field = file.read(1, {0, 0, 3, 2}, kPlain);
  EXPECT_EQ(field.valid, (std::vector<std::uint8_t>{1, 0, 1, 1, 1, 0}));
}

TEST(RasterRead, RowsRunFromTheNorthWhateverTheFile) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.y0 = 28;
  raster.dy = 1;  // the first row of the file is the southern one
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  EXPECT_EQ(file.info().grid.y0, 30);
  const auto field = file.read(1, {0, 0, 3, 2}, kPlain);
  EXPECT_EQ(field.value, (std::vector<double>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(file.read(1, {1, 0, 2, 1}, kPlain).value, (std::vector<double>{5, 6}));
  EXPECT_EQ(file.read(1, {0, 1, 2, 1}, kPlain).value, (std::vector<double>{1, 2}));
}

TEST(RasterRead, CountsTheBytesItHandsOut) {
  const TemporaryFolder folder;
  TestRaster raster = three_by_two();
  raster.type = "Float32";
  const Raster file(write_tiff(folder.path("a.tif"), raster));
  (void)file.read(1, {0, 0, 2, 2}, kPlain);
  (void)file.read(1, {0, 0, 1, 1}, kPlain);
  EXPECT_EQ(file.bytes_read(), 20U);
}

constexpr const char* kNetcdf = R"(
d = Dataset(path, 'w')
lat, lon = {lat}, {lon}
d.createDimension('lat', len(lat)); d.createDimension('lon', len(lon))
y = d.createVariable('lat', 'f8', ('lat',)); y[:] = lat; y.units = 'degrees_north'
x = d.createVariable('lon', 'f8', ('lon',)); x[:] = lon; x.units = 'degrees_east'
for name in ('fluxes', 'other'):
    v = d.createVariable(name, 'f4', ('lat', 'lon')); v.units = 'kg m-2 s-1'
    v[:] = np.array(lat)[:, None] * 1000 + np.array(lon)[None, :] + (name == 'other')
d.close()
)";

std::string netcdf_script(const std::string& lat, const std::string& lon) {
  std::string script = kNetcdf;
  script.replace(script.find("{lat}"), 5, lat);
  script.replace(script.find("{lon}"), 5, lon);
  return script;
}

TEST(RasterNetcdf, AscendingAndDescendingLatitudesReadTheSame) {
  const TemporaryFolder folder;
  for (const std::string lat : {"[20.5, 21.5, 22.5]", "[22.5, 21.5, 20.5]"}) {
    const Raster file(write_netcdf(folder.path("a.nc"), netcdf_script(lat, "[100.5, 101.5]")),
                      "fluxes");
    EXPECT_EQ(file.info().grid.y0, 23) << lat;
    EXPECT_EQ(file.info().grid.x0, 100) << lat;
    EXPECT_EQ(file.info().bands[0].unit, "kg m-2 s-1");
    const auto field = file.read(1, {0, 0, 2, 3}, kPlain);
    EXPECT_EQ(field.value,
              (std::vector<double>{22600.5, 22601.5, 21600.5, 21601.5, 20600.5, 20601.5}))
        << lat;
  }
}

TEST(RasterNetcdf, ZeroTo360FilesKeepTheirLongitudes) {
  const TemporaryFolder folder;
  const Raster file(write_netcdf(folder.path("a.nc"), netcdf_script("np.arange(-85, 90, 10.0)",
                                                                    "np.arange(5, 360, 10.0)")),
                    "fluxes");
  const engine::SourceGrid& grid = file.info().grid;
  ASSERT_EQ(grid.cols, 36);
  const auto field = file.read(1, {0, 0, 36, 18}, kPlain);
  for (std::int64_t col = 0; col < 36; ++col) {
    const double lon = grid.x0 + (static_cast<double>(col) + 0.5) * grid.dx;
    EXPECT_DOUBLE_EQ(field.value[static_cast<std::size_t>(col)], 85000 + std::fmod(lon + 360, 360));
  }
}

TEST(RasterNetcdf, VariableIsFoundByNameAndTheChoicesAreListed) {
  const TemporaryFolder folder;
  const std::string path =
      write_netcdf(folder.path("a.nc"), netcdf_script("[1.5, 0.5]", "[0.5, 1.5]"));
  EXPECT_EQ(Raster(path, "other").read(1, {0, 0, 1, 1}, kPlain).value[0], 1501.5);
  for (const std::string variable : {"", "flux"}) {
    const std::string message = error_of([&] { const Raster file(path, variable); });
    EXPECT_NE(message.find("fluxes, other"), std::string::npos) << message;
    EXPECT_NE(message.find(path), std::string::npos) << message;
  }
  const std::string tiff = write_tiff(folder.path("a.tif"), three_by_two());
  EXPECT_THROW(Raster(tiff, "fluxes"), engine::Error);
}

TEST(RasterErrors, MissingUnreadableAndUnplacedFilesAreNamed) {
  const TemporaryFolder folder;
  const std::string none = folder.path("none.tif");
  EXPECT_NE(error_of([&] { const Raster file(none); }).find(none), std::string::npos);
  const std::string text = folder.path("text.tif");
  std::ofstream(text) << "this is no raster\n";
  EXPECT_NE(error_of([&] { const Raster file(text); }).find(text), std::string::npos);
  TestRaster raster = three_by_two();
  raster.dx = 0;
  raster.crs.clear();
  const std::string unplaced = write_tiff(folder.path("unplaced.tif"), raster);
  const std::string message = error_of([&] { const Raster file(unplaced); });
  EXPECT_NE(message.find("where its pixels lie"), std::string::npos) << message;
}

TEST(RasterErrors, NothingIsReadFromANetwork) {
  configure_gdal(std::size_t{16} << 20);
  for (const char* path : {"/vsicurl/http://127.0.0.1/a.tif", "http://127.0.0.1/a.tif",
                           "/vsis3/bucket/a.tif", "/vsizip//vsicurl/http://127.0.0.1/a.zip"}) {
    const std::string message = error_of([&] { const Raster file(path); });
    EXPECT_NE(message.find("only files of this machine"), std::string::npos) << message;
  }
}

TEST(RasterErrors, TruncatedFileNamesBandAndWindow) {
  const TemporaryFolder folder;
  TestRaster raster;
  raster.cols = raster.rows = 64;
  raster.bands = {std::vector<double>(64 * 64, 7.0)};
  const std::string path = write_tiff(folder.path("cut.tif"), raster);
  std::filesystem::resize_file(path, 64 * 64 * 4);
  const Raster file(path);
  const std::string message = error_of([&] { (void)file.read(1, {0, 60, 64, 4}, kPlain); });
  EXPECT_NE(message.find(path), std::string::npos) << message;
  EXPECT_NE(message.find("band 1"), std::string::npos) << message;
  EXPECT_NE(message.find("rows 60-63"), std::string::npos) << message;
}

TEST(RasterErrors, WindowsAndBandsOutsideTheFileAreRefused) {
  const TemporaryFolder folder;
  const Raster file(write_tiff(folder.path("a.tif"), three_by_two()));
  EXPECT_THROW((void)file.read(2, {0, 0, 1, 1}, kPlain), engine::Error);
  EXPECT_THROW((void)file.read(0, {0, 0, 1, 1}, kPlain), engine::Error);
  EXPECT_THROW((void)file.read(1, {0, 0, 4, 1}, kPlain), engine::Error);
  EXPECT_THROW((void)file.read(1, {-1, 0, 1, 1}, kPlain), engine::Error);
}

TEST(RasterRealData, GlimIsReadNorthFirst) {
  const auto path = data_file("glim_halfdeg/GLiM_720_360_raw.nc");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  const Raster file(*path);
  EXPECT_EQ(file.info().grid.y0, 90);
  // The South Pole is ice (class 16), the North Pole sea (no data).
  const auto south = file.read(1, {360, 358, 1, 1}, kPlain);
  const auto north = file.read(1, {360, 0, 1, 1}, kPlain);
  EXPECT_EQ(south.value[0], 16);
  EXPECT_EQ(north.valid[0], 0);
}

}  // namespace
}  // namespace cnci::io
