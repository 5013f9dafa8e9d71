#include "io/gdal_guard.h"

#include <cpl_conv.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi_virtual.h>
#include <gdal_priv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/input_path.h"

namespace cnci::io {
namespace {

// Drivers that read (or write, for samples and results) local files and nothing else. A driver that
// is not here is not there: what GDAL adds later must be looked at first.
constexpr auto kDrivers = std::to_array<std::string_view>(
    {// rasters
     "VRT", "GTiff", "MEM", "netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "HFA", "AIG",
     "AAIGrid", "GRASSASCIIGrid", "ENVI", "EHdr", "GRIB", "JP2OpenJPEG", "PNG", "JPEG", "SRTMHGT",
     "DTED", "PCRaster", "RST", "SAGA", "RRASTER", "GSAG", "GSBG", "GS7BG", "XYZ",
     // vectors
     "GPKG", "ESRI Shapefile", "GeoJSON", "GeoJSONSeq", "TopoJSON", "FlatGeobuf", "GML", "KML",
     "CSV", "OpenFileGDB", "MapInfo File", "Memory"});

// File systems that end on this machine.
constexpr auto kFileSystems =
    std::to_array<std::string_view>({"/vsimem/", "/vsizip/", "/vsitar/", "/vsigzip/"});

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A file system in which there is nothing.
class NoFiles final : public VSIFilesystemHandler {
 public:
  VSIVirtualHandle* Open(const char* name, const char* /*access*/, bool set_error,
                         CSLConstList /*options*/) override {
    if (set_error) VSIError(VSIE_FileError, "%s: %s", name, why_no_local_file(name).c_str());
    errno = EACCES;
    return nullptr;
  }
  int Stat(const char* /*name*/, VSIStatBufL* /*status*/, int /*flags*/) override {
    errno = EACCES;
    return -1;
  }
};

void close_file_systems() {
  char** listed = VSIFileManager::GetPrefixes();
  std::vector<std::string> prefixes;
  for (int i = 0; i < CSLCount(listed); ++i) prefixes.emplace_back(listed[i]);
  CSLDestroy(listed);
  prefixes.emplace_back("/vsicurl?");        // the one that GDAL keeps out of its list
  std::set<VSIFilesystemHandler*> replaced;  // one handler may serve several prefixes
  for (const std::string& prefix : prefixes) {
    if (among(kFileSystems, prefix)) continue;
    replaced.insert(VSIFileManager::GetHandler(prefix.c_str()));
    // GDAL owns its handlers from here on.
    VSIFileManager::InstallHandler(prefix, std::make_unique<NoFiles>().release());
  }
  for (VSIFilesystemHandler* handler : replaced) delete handler;
}

// GDAL asks this instead of opening a connection; null alone would mean "go on".
CPLHTTPResult* refuse_request(const char* url, CSLConstList /*options*/,
                              GDALProgressFunc /*progress*/, void* /*progress_data*/,
                              CPLHTTPFetchWriteFunc /*write*/, void* /*write_data*/,
                              void* /*user_data*/) {
  auto* result = static_cast<CPLHTTPResult*>(CPLCalloc(1, sizeof(CPLHTTPResult)));
  result->nStatus = -1;
  result->pszErrBuf = CPLStrdup("no network");
  CPLError(CE_Failure, CPLE_HttpResponse, "%s: only files of this machine are read", url);
  return result;
}

int is_refused(GDALOpenInfo* file) {
  return why_no_local_file(file->pszFilename).empty() ? FALSE : TRUE;
}

GDALDataset* refuse(GDALOpenInfo* file) {
  const std::string reason = why_no_local_file(file->pszFilename);
  if (!reason.empty()) {
    CPLError(CE_Failure, CPLE_OpenFailed, "%s: %s", file->pszFilename, reason.c_str());
  }
  return nullptr;
}

// The first driver that GDAL asks; its failure ends the search. It catches names that would reach a
// network past GDAL's own file systems, such as NETCDF:"http://...", wherever they are written.
void register_gatekeeper() {
  auto driver = std::make_unique<GDALDriver>();
  driver->SetDescription("cnci gatekeeper");
  for (const char* ability :
       {GDAL_DCAP_OPEN, GDAL_DCAP_RASTER, GDAL_DCAP_VECTOR, GDAL_DCAP_MULTIDIM_RASTER}) {
    driver->SetMetadataItem(ability, "YES");
  }
  driver->pfnIdentify = is_refused;
  driver->pfnOpen = refuse;
  GetGDALDriverManager()->RegisterDriver(driver.release());
}

void drop_other_drivers(const std::string& gatekeeper) {
  GDALDriverManager* manager = GetGDALDriverManager();
  for (int i = manager->GetDriverCount() - 1; i >= 0; --i) {
    GDALDriver* driver = manager->GetDriver(i);
    if (driver->GetDescription() == gatekeeper || among(kDrivers, driver->GetDescription())) {
      continue;
    }
    manager->DeregisterDriver(driver);
    delete driver;
  }
}

}  // namespace

void register_confined_drivers() {
  register_gatekeeper();
  GDALAllRegister();
  drop_other_drivers("cnci gatekeeper");
  close_file_systems();
  CPLHTTPSetFetchCallback(refuse_request, nullptr);
  // After registration, which may read a configuration file: neither that nor the environment may
  // switch on code in VRT files, or schemas and parts of GML files that lie elsewhere.
  CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
  CPLSetConfigOption("GML_SKIP_RESOLVE_ELEMS", "ALL");
}

}  // namespace cnci::io
