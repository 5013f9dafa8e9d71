#include "io/gdal_handles.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace cnci::io {
namespace {

// Drivers that open a network connection, a database server or another program.
constexpr std::array kForbiddenDrivers = {
    "HTTP",          "WMS",       "WCS",          "WMTS",     "WFS",           "OAPIF",
    "OGCAPI",        "DAAS",      "EEDA",         "EEDAI",    "NGW",           "PLMOSAIC",
    "PLSCENES",      "RASDAMAN",  "DODS",         "OGR_DODS", "PostGISRaster", "MySQL",
    "PostgreSQL",    "MongoDBv3", "MSSQLSpatial", "ODBC",     "OCI",           "GEORASTER",
    "STACIT",        "STACTA",    "AmigoCloud",   "Carto",    "CARTO",         "CSW",
    "Elasticsearch", "Elastic",   "CouchDB",      "Cloudant", "GPSBabel",      "JPIPKAK"};

void register_once() {
  const QuietGdal quiet;
  // A VRT may name a remote file or hold Python code: neither is followed.
  CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
  CPLSetConfigOption("CPL_VSIL_CURL_ALLOWED_FILENAME", "/none");
  CPLSetConfigOption("GDAL_NUM_THREADS", "1");
  // Folders are not listed (slow on cluster file systems); sidecar files (.msk, .tfw, .aux.xml) are
  // still found, since a mask that is overlooked would turn missing into numbers.
  CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
  GDALAllRegister();
  GDALDriverManager* manager = GetGDALDriverManager();
  for (const char* name : kForbiddenDrivers) {
    if (GDALDriver* driver = manager->GetDriverByName(name)) {
      manager->DeregisterDriver(driver);
      delete driver;
    }
  }
  OSRSetPROJEnableNetwork(0);
}

}  // namespace

QuietGdal::QuietGdal() {
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
}

QuietGdal::~QuietGdal() { CPLPopErrorHandler(); }

std::string QuietGdal::message() {
  std::string text = CPLGetLastErrorMsg();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "no message from GDAL" : text;
}

void prepare_gdal() {
  static std::once_flag once;
  std::call_once(once, register_once);
}

}  // namespace cnci::io
