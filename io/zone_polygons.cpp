#include "io/zone_polygons.h"

#include <cpl_conv.h>
#include <ogrsf_frmts.h>

#include <array>
#include <cmath>
#include <memory>

#include "engine/error.h"
#include "engine/transform.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/open_input.h"
#include "io/zone_geometry.h"

namespace cnci::io {
namespace {

using engine::Error;

/// Reads one layer of a zones.gpkg.
class LevelReader {
 public:
  LevelReader(OGRLayer& layer, const std::string& path, const std::string& target_crs_wkt)
      : layer_(layer), where_(path + ", level " + layer.GetName()) {
    year_ = field("year");
    code_ = field("code");
    crs_wkt_ = target_crs_wkt.empty() ? layer_wkt() : target_crs_wkt;
    to_target_ = make_transform(layer_wkt(), crs_wkt_);
  }

  [[nodiscard]] ZonePolygons read() {
    ZonePolygons zones;
    zones.level = layer_.GetName();
    zones.crs_wkt = crs_wkt_;
    keep_first_year();
    CPLErrorReset();
    for (const OGRFeatureUniquePtr& feature : layer_) {
      zones.codes.emplace_back(feature->GetFieldAsString(code_));
      zones.wkb.push_back(wkb_of(*feature, zones.codes.back()));
    }
    if (CPLGetLastErrorType() >= CE_Failure) {
      throw Error(where_ + ": cannot be read (" + QuietGdal::message() + ")");
    }
    return zones;
  }

 private:
  [[nodiscard]] int field(const char* name) const {
    const int index = layer_.GetLayerDefn()->GetFieldIndex(name);
    if (index < 0) throw Error(where_ + ": has no column " + name + "; it is no zones.gpkg");
    return index;
  }

  [[nodiscard]] std::string layer_wkt() const {
    const OGRSpatialReference* crs = layer_.GetSpatialRef();
    if (crs == nullptr) throw Error(where_ + ": its polygons have no CRS");
    static constexpr std::array<const char*, 2> kOptions{"FORMAT=WKT2_2019", nullptr};
    char* text = nullptr;
    const OGRErr status = crs->exportToWkt(&text, kOptions.data());
    const std::string wkt = text == nullptr ? "" : text;
    CPLFree(text);
    if (status != OGRERR_NONE || wkt.empty()) throw Error(where_ + ": its CRS cannot be read");
    return wkt;
  }

  void keep_first_year() {
    const OGRFeatureUniquePtr first(layer_.GetNextFeature());
    layer_.ResetReading();
    if (first == nullptr) return;
    const std::string filter = "year = " + std::to_string(first->GetFieldAsInteger(year_));
    if (layer_.SetAttributeFilter(filter.c_str()) != OGRERR_NONE) {
      throw Error(where_ + ": its years cannot be told apart (" + QuietGdal::message() + ")");
    }
  }

  [[nodiscard]] std::vector<unsigned char> wkb_of(const OGRFeature& feature,
                                                  const std::string& code) const {
    const OGRGeometry* geometry = feature.GetGeometryRef();
    if (geometry == nullptr || geometry->IsEmpty()) return {};
    const OGRGeometryUniquePtr moved =
        to_target_->identity() ? nullptr : moved_to_target(*geometry, code);
    const OGRGeometry& shape = moved == nullptr ? *geometry : *moved;
    std::vector<unsigned char> bytes(shape.WkbSize());
    if (shape.exportToWkb(wkbNDR, bytes.data(), wkbVariantIso) != OGRERR_NONE) {
      throw Error(where_ + ": the polygon of zone " + code + " cannot be read");
    }
    return bytes;
  }

  [[nodiscard]] OGRGeometryUniquePtr moved_to_target(const OGRGeometry& geometry,
                                                     const std::string& code) const {
    MapPolygons polygons = polygons_of(geometry);
    for (MapPolygon& polygon : polygons) {
      move(polygon.exterior, code);
      for (MapRing& hole : polygon.holes) move(hole, code);
    }
    return ogr_of(polygons);
  }

  /// Point by point, so that neighbours go on sharing their vertices.
  void move(MapRing& ring, const std::string& code) const {
    for (MapPoint& point : ring) {
      const MapPoint before = point;
      to_target_->apply({&point.x, 1}, {&point.y, 1});
      if (std::isfinite(point.x) && std::isfinite(point.y)) continue;
      throw Error(where_ + ": the point " + std::to_string(before.x) + ", " +
                  std::to_string(before.y) + " of zone " + code +
                  " has no image in the CRS of the grid");
    }
  }

  OGRLayer& layer_;
  std::string where_;
  std::string crs_wkt_;
  int year_ = -1;
  int code_ = -1;
  std::unique_ptr<engine::CoordinateTransform> to_target_;
};

}  // namespace

std::vector<ZonePolygons> read_zone_polygons(const std::string& gpkg_path,
                                             const std::string& target_crs_wkt) {
  prepare_gdal();
  require_safe_input(gpkg_path, InputData::kVector);
  const QuietGdal quiet;
  const DatasetPtr dataset = open_input(gpkg_path, gpkg_path, InputData::kVector);
  if (dataset == nullptr) {
    throw Error(gpkg_path + ": cannot be opened (" + QuietGdal::message() + ")");
  }
  std::vector<ZonePolygons> levels;
  for (OGRLayer* layer : dataset->GetLayers()) {
    levels.push_back(LevelReader(*layer, gpkg_path, target_crs_wkt).read());
  }
  return levels;
}

MapBox extent_of(const std::vector<ZonePolygons>& levels) {
  MapBox box = MapBox::nothing();
  for (const ZonePolygons& level : levels) {
    for (const auto& wkb : level.wkb) {
      if (wkb.empty()) continue;
      OGRGeometry* geometry = nullptr;
      const OGRErr status =
          OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &geometry, wkb.size());
      const OGRGeometryUniquePtr owned(geometry);
      if (status != OGRERR_NONE || owned == nullptr) {
        throw Error("a polygon of level " + level.level + " is damaged");
      }
      OGREnvelope envelope;
      owned->getEnvelope(&envelope);
      box.include(MapBox{envelope.MinX, envelope.MinY, envelope.MaxX, envelope.MaxY});
    }
  }
  return box;
}

}  // namespace cnci::io
