// GDAL's handles and messages in one place: datasets close themselves, GDAL's own printing is off
// while a call runs, and its last message is at hand for the exception that follows.
#pragma once

#include <cpl_error.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <memory>
#include <string>

namespace cnci::io {

struct DatasetCloser {
  void operator()(GDALDataset* dataset) const { GDALClose(GDALDataset::ToHandle(dataset)); }
};
using DatasetPtr = std::unique_ptr<GDALDataset, DatasetCloser>;

struct TransformCloser {
  void operator()(OGRCoordinateTransformation* transform) const {
    OGRCoordinateTransformation::DestroyCT(transform);
  }
};
using TransformPtr = std::unique_ptr<OGRCoordinateTransformation, TransformCloser>;

/// While it lives, GDAL prints nothing on this thread; starts with an empty last message.
class QuietGdal {
 public:
  QuietGdal();
  ~QuietGdal();
  QuietGdal(const QuietGdal&) = delete;
  QuietGdal& operator=(const QuietGdal&) = delete;
  /// GDAL's last message in this scope, on one line; "no message from GDAL" where there is none.
  [[nodiscard]] static std::string message();
};

/// Registers GDAL's drivers, confined to local files (io/gdal_guard.h), and switches PROJ's network
/// access off. Any number of calls from any thread; the first one counts.
void prepare_gdal();

}  // namespace cnci::io
