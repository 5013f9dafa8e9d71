#include "io/gdal_handles.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <mutex>

#include "io/gdal_guard.h"

namespace cnci::io {
namespace {

void register_once() {
  const QuietGdal quiet;
  CPLSetConfigOption("GDAL_NUM_THREADS", "1");
  // Folders are not listed (slow on cluster file systems); sidecar files (.msk, .tfw, .aux.xml) are
  // still found, since a mask that is overlooked would turn missing into numbers.
  CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
  register_confined_drivers();
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
