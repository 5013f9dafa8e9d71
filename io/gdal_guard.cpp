#include "io/gdal_guard.h"

#include <cpl_conv.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi_virtual.h>
#include <gdal_priv.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "io/input_path.h"

namespace cnci::io {
namespace {

// Drivers that read (or write, for samples and results) local files and nothing else, and leave
// nothing beside what they read, as GML's does (.gfs). A driver that is not here is not there: what
// GDAL adds later must be looked at first.
constexpr auto kDrivers = std::to_array<std::string_view>(
    {// rasters
     "VRT", "GTiff", "COG", "MEM", "netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "HFA", "AIG",
     "AAIGrid", "GRASSASCIIGrid", "ENVI", "EHdr", "GRIB", "JP2OpenJPEG", "PNG", "JPEG", "SRTMHGT",
     "DTED", "PCRaster", "RST", "SAGA", "RRASTER", "GSAG", "GSBG", "GS7BG", "XYZ",
     // vectors
     "GPKG", "ESRI Shapefile", "GeoJSON", "GeoJSONSeq", "TopoJSON", "FlatGeobuf", "KML", "CSV",
     "OpenFileGDB", "MapInfo File", "Memory"});

// How the names begin that GDAL and the libraries below it take from the environment.
constexpr auto kOptions = std::to_array<std::string_view>(
    {"GDAL_",   "GTIFF_",  "TIFF_", "OGR_",   "OSR_", "CPL_",   "VSI_",
     "VRT_",    "NETCDF_", "HDF4_", "HDF5_",  "GML_", "GRIB_",  "JPEG_",
     "JPEGMEM", "OPJ_",    "JP2",   "SHAPE_", "PNG_", "SQLITE_"});

// Those that only say where GDAL's own files and logs lie and how much is printed, whether HDF5 may
// lock, which depends on the file system, and where its decompressors lie. GDAL_DRIVER_PATH is none
// of them: what a driver reads is not known here.
constexpr auto kHarmless = std::to_array<std::string_view>(
    {"GDAL_DATA", "CPL_TMPDIR", "TMPDIR", "TEMP", "CPL_DEBUG", "CPL_LOG", "HDF5_USE_FILE_LOCKING",
     "HDF5_PLUGIN_PATH", "PROJ_LIB", "PROJ_DATA"});

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

/// The same inputs mean the same whoever runs the job: no option comes from the environment, and
/// none from the files of the system or the user (gdalrc), which are not read once another is
/// named.
void use_own_options() {
  std::vector<std::string> names;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_option =
        std::any_of(kOptions.begin(), kOptions.end(),
                    [&](std::string_view begin) { return name.starts_with(begin); });
    if (is_option && !among(kHarmless, name)) names.emplace_back(name);
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
  // GDAL's other options have names of any kind.
  for (const std::string_view name : kHarmless) {
    const std::string key(name);
    if (const char* value = std::getenv(key.c_str())) CPLSetConfigOption(key.c_str(), value);
  }
  constexpr std::string_view kDirectives = "[directives]\nignore-env-vars=yes\n";
  constexpr const char* kFile = "/vsimem/cnci.gdalrc";
  VSILFILE* file = VSIFOpenL(kFile, "wb");
  if (file == nullptr || VSIFWriteL(kDirectives.data(), kDirectives.size(), 1, file) != 1 ||
      VSIFCloseL(file) != 0) {
    throw engine::Error("GDAL cannot be told to ignore the environment");
  }
  CPLSetConfigOption("GDAL_CONFIG_FILE", kFile);  // read as the first driver is registered
}

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
  use_own_options();
  register_gatekeeper();
  GDALAllRegister();
  drop_other_drivers("cnci gatekeeper");
  close_file_systems();
  CPLHTTPSetFetchCallback(refuse_request, nullptr);
  // Nothing may switch on code in VRT files, or have a file written beside a gzipped input.
  CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
  CPLSetConfigOption("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO");
}

}  // namespace cnci::io
