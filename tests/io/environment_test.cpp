// What a fresh process reads, whatever its environment says: GDAL takes options from variables and
// from files when it starts, so this program runs itself.
#include <fmt/format.h>
#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "io/gdal_handles.h"
#include "io/raster.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using testing::TemporaryFolder;
using testing::TestRaster;
using testing::write_tiff;

constexpr const char* kInput = "CNCI_TEST_INPUT";

TEST(FreshProcess, SaysWhereItsInputLies) {
  const char* input = std::getenv(kInput);
  if (input == nullptr) GTEST_SKIP() << "run by the tests of the environment";
  const Raster raster(input);
  const char* locking = std::getenv("HDF5_USE_FILE_LOCKING");
  std::string left;
  for (const char* name : {"GDAL_DRIVER_PATH", "OGR_CT_OP_SELECTION", "OSR_WKT_FORMAT", "VSI_CACHE",
                           "SQLITE_LIST_ALL_TABLES"}) {
    if (std::getenv(name) != nullptr) left += name;
  }
  fmt::print("\nx0={} crs={} locking={} left={} unnamed={} log={}\n", raster.info().grid.x0,
             raster.info().crs_wkt.empty() ? "none" : "known", locking == nullptr ? "-" : locking,
             left, CPLGetConfigOption("CHECK_WITH_INVERT_PROJ", "-"),
             CPLGetConfigOption("CPL_LOG", "-"));
}

/// The line of a fresh process with these variables ("A=1 B=2").
std::string said_with(const std::string& variables, const std::string& input) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = fmt::format("env {} {}='{}' '{}' --gtest_filter=FreshProcess.* 2>&1",
                                          variables, kInput, input, self);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string all;
  char part[512];
  while (pipe && std::fgets(part, sizeof part, pipe.get()) != nullptr) {
    if (std::string(part).starts_with("x0=")) return part;
    all += part;
  }
  ADD_FAILURE() << command << "\n" << all;
  return {};
}

/// Pixels are points, which moves the raster by half a pixel where GTIFF_POINT_GEO_IGNORE is set.
std::string write_points(const std::string& path) {
  TestRaster raster;
  raster.cols = raster.rows = 2;
  raster.x0 = 10;
  raster.bands = {{1, 2, 3, 4}};
  write_tiff(path, raster);
  const DatasetPtr dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
  dataset->SetMetadataItem("AREA_OR_POINT", "Point");
  return path;
}

constexpr const char* kPlainLine = "x0=10 crs=known locking=- left= unnamed=- log=-\n";

TEST(Environment, ChangesNothingThatIsRead) {
  const TemporaryFolder folder;
  const std::string points = write_points(folder.path("a.tif"));
  EXPECT_EQ(said_with("", points), kPlainLine);
  for (const char* variables :
       {"GTIFF_POINT_GEO_IGNORE=TRUE", "GDAL_GEOREF_SOURCES=NONE", "GDAL_SKIP=GTiff",
        "GDAL_DRIVER_PATH=/nowhere", "OGR_CT_OP_SELECTION=FIRST OSR_WKT_FORMAT=WKT1 VSI_CACHE=YES",
        "SQLITE_LIST_ALL_TABLES=YES", "CHECK_WITH_INVERT_PROJ=YES"}) {
    EXPECT_EQ(said_with(variables, points), kPlainLine) << variables;
  }
}

TEST(Environment, SaysWhetherFilesAreLockedAndWhereLogsLie) {
  const TemporaryFolder folder;
  const std::string points = write_points(folder.path("a.tif"));
  const std::string log = folder.path("log");
  EXPECT_EQ(said_with("HDF5_USE_FILE_LOCKING=FALSE CPL_LOG=" + log, points),
            "x0=10 crs=known locking=FALSE left= unnamed=- log=" + log + "\n");
}

TEST(Environment, ConfigurationFilesAreNotRead) {
  const TemporaryFolder folder;
  const std::string points = write_points(folder.path("a.tif"));
  std::filesystem::create_directory(folder.path(".gdal"));
  const std::string rc = folder.path(".gdal/gdalrc");
  std::ofstream(rc) << "[configoptions]\nGTIFF_POINT_GEO_IGNORE=TRUE\n";
  EXPECT_EQ(said_with("HOME=" + folder.path(""), points), kPlainLine);
  EXPECT_EQ(said_with("GDAL_CONFIG_FILE=" + rc, points), kPlainLine);
}

}  // namespace
}  // namespace cnci::io
