#include "io/zones_read.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <utility>

#include "engine/text.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/input_path.h"
#include "io/open_input.h"
#include "io/zone_geometry_antimeridian.h"
#include "io/zone_limits.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Finding;
using engine::trimmed;

DatasetPtr open_vector(const std::string& path) {
  prepare_gdal();
  require_safe_input(path, InputData::kVector);
  const QuietGdal quiet;
  DatasetPtr dataset = open_input(path, path, InputData::kVector);
  if (dataset == nullptr) {
    throw Error(path + ": cannot be read as polygons (" + QuietGdal::message() +
                "); check zones.path");
  }
  return dataset;
}

OGRLayer& pick_layer(GDALDataset& dataset, const ZoneSpec& spec) {
  OGRLayer* layer =
      spec.layer.empty() ? dataset.GetLayer(0) : dataset.GetLayerByName(spec.layer.c_str());
  if (layer != nullptr) return *layer;
  std::vector<std::string> names;
  for (OGRLayer* known : dataset.GetLayers()) names.emplace_back(known->GetName());
  throw Error(spec.path + ": no layer '" + spec.layer + "'; zones.layer may be " +
              (names.empty() ? "nothing, the file has none" : short_list(names)));
}

/// Index of the attribute in a feature, or -1 for a constant.
int field_index(OGRLayer& layer, const ZoneSpec& spec, const ZoneField& field,
                const std::string& key) {
  if (field.is_constant) return -1;
  OGRFeatureDefn& definition = *layer.GetLayerDefn();
  const int index = definition.GetFieldIndex(field.attribute.c_str());
  if (index >= 0) return index;
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(definition.GetFieldCount()));
  for (int i = 0; i < definition.GetFieldCount(); ++i) {
    names.emplace_back(definition.GetFieldDefn(i)->GetNameRef());
  }
  throw Error(spec.path + ": no attribute '" + field.attribute + "' (" + key + "); there are " +
              (names.empty() ? "none" : short_list(names)));
}

std::string field_text(const OGRFeature& feature, const ZoneField& field, int index,
                       const std::string& path) {
  if (field.is_constant) return field.constant;
  if (!feature.IsFieldSetAndNotNull(index)) return {};
  std::string text = trimmed(feature.GetFieldAsString(index));
  if (engine::not_utf8(text)) {
    throw Error(
        path + ": attribute " + field.attribute + " of feature " +
        std::to_string(feature.GetFID()) + " is not UTF-8 text (" + engine::printable(text) +
        "); write the file anew in UTF-8 (of a shapefile, say its encoding in a .cpg file)");
  }
  return text;
}

struct LayerCrs {
  std::string wkt;
  bool swap_axes = false;  ///< the file gives latitude first
};

LayerCrs crs_of(OGRLayer& layer, const ZoneSpec& spec) {
  const OGRSpatialReference* own = layer.GetSpatialRef();
  // A GeoPackage without a CRS says so by this name.
  if (own != nullptr &&
      std::string(own->GetName() == nullptr ? "" : own->GetName()).starts_with("Undefined ")) {
    own = nullptr;
  }
  if (own == nullptr) {
    if (spec.crs.empty()) {
      throw Error(spec.path + ": layer '" + layer.GetName() +
                  "' has no coordinate reference system; say which with zones.crs, for longitude "
                  "and latitude zones.crs = EPSG:4326");
    }
    return {crs_wkt(spec.crs), false};
  }
  char* raw = nullptr;
  const OGRErr status = own->exportToWkt(&raw);
  const std::string text = raw == nullptr ? "" : raw;
  CPLFree(raw);
  if (status != OGRERR_NONE || text.empty()) {
    throw Error(spec.path + ": its coordinate reference system cannot be read (" +
                QuietGdal::message() + ")");
  }
  LayerCrs crs{crs_wkt(text), false};
  if (!spec.crs.empty() && !crs_same(crs.wkt, crs_wkt(spec.crs))) {
    throw Error(spec.path + ": zones.crs = " + spec.crs + " contradicts the file's own " +
                crs_name(crs.wkt) + "; remove zones.crs or correct the file");
  }
  const std::vector<int>& axes = own->GetDataAxisToSRSAxisMapping();
  const bool north_first =
      own->EPSGTreatsAsLatLong() != 0 || own->EPSGTreatsAsNorthingEasting() != 0;
  crs.swap_axes = north_first && axes.size() >= 2 && axes[0] == 1 && axes[1] == 2;
  return crs;
}

/// The feature's polygons on a plane and in straight edges; null where it has none.
OGRGeometryUniquePtr flat_polygons(OGRFeature& feature, const std::string& who) {
  OGRGeometryUniquePtr geometry(feature.StealGeometry());
  if (geometry == nullptr || geometry->IsEmpty()) return nullptr;
  if (geometry->hasCurveGeometry() != 0) geometry.reset(geometry->getLinearGeometry());
  geometry->flattenTo2D();
  const OGRwkbGeometryType type = wkbFlatten(geometry->getGeometryType());
  if (type != wkbPolygon && type != wkbMultiPolygon) {
    throw Error(who + " is a " + geometry->getGeometryName() + ", zones are polygons");
  }
  return geometry;
}

class FeatureReader {
 public:
  FeatureReader(OGRLayer& layer, const ZoneSpec& spec, std::vector<Finding>& findings)
      : layer_(&layer),
        spec_(&spec),
        findings_(&findings),
        crs_(crs_of(layer, spec)),
        limits_(spec.path) {
    for (const ZoneLevel& level : spec.levels) {
      const std::string key = "zones." + level.id;
      const bool unnamed = level.name.attribute.empty() && !level.name.is_constant;
      fields_.push_back({field_index(layer, spec, level.code, key + ".code"),
                         unnamed ? kNoName : field_index(layer, spec, level.name, key + ".name")});
    }
  }

  ZoneFeatures read() {
    ZoneFeatures out;
    out.crs_wkt = crs_.wkt;
    out.geographic = crs_is_geographic(crs_.wkt);
    layer_->ResetReading();
    CPLErrorReset();
    std::size_t seen = 0;
    while (OGRFeatureUniquePtr feature{layer_->GetNextFeature()}) {
      ++seen;
      limits_.count_feature();
      read_feature(*feature, out);
      CPLErrorReset();
    }
    if (CPLGetLastErrorType() >= CE_Failure) {
      throw Error(spec_->path + ": its features cannot be read to the end (" +
                  CPLGetLastErrorMsg() + "); the file is damaged");
    }
    if (seen == 0) {
      throw Error(spec_->path + ": no features" +
                  (spec_->where.empty() ? "" : " where " + spec_->where + "; check zones.where"));
    }
    report();
    std::ranges::stable_sort(out.leaves, [](const ZoneLeaf& a, const ZoneLeaf& b) {
      return engine::code_less(a.code(), b.code());
    });
    return out;
  }

 private:
  static constexpr int kNoName = -2;
  static constexpr double kMostNorth = 90 + 1e-6;
  static constexpr double kMostEast = 720;
  struct FieldPair {
    int code = -1;
    int name = kNoName;
  };

  void read_feature(OGRFeature& feature, ZoneFeatures& out) {
    ZoneLeaf leaf;
    std::string who = "feature " + std::to_string(feature.GetFID());
    if (!read_lineage(feature, who, leaf.lineage)) return;
    who = "zone " + leaf.code() + (leaf.name() == leaf.code() ? "" : " (" + leaf.name() + ")");
    try {
      OGRGeometryUniquePtr geometry = flat_polygons(feature, who);
      if (geometry != nullptr) {
        limits_.count(*geometry, who);
        leaf.polygons = clean(std::move(geometry), who, out.geographic);
      }
    } catch (const ZoneLimits::Exceeded&) {
      throw;
    } catch (const Error& error) {
      findings_->push_back({Finding::Severity::kError, spec_->path, error.what()});
      return;
    }
    if (leaf.polygons.empty()) {
      without_area_.push_back(who);
    } else {
      out.leaves.push_back(std::move(leaf));
    }
  }

  bool read_lineage(const OGRFeature& feature, const std::string& who,
                    engine::ZoneLineage& lineage) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const ZoneLevel& level = spec_->levels[i];
      std::string code = field_text(feature, level.code, fields_[i].code, spec_->path);
      std::string name = fields_[i].name == kNoName
                             ? code
                             : field_text(feature, level.name, fields_[i].name, spec_->path);
      if (code.empty() && spec_->missing_code == MissingCode::kName && !name.empty()) {
        code = name;
        named_.push_back(name);
      }
      if (code.empty()) {
        without_code_.push_back(
            fmt::format("{}{}, {}", who, name.empty() ? "" : fmt::format(" ({})", name), level.id));
        return false;
      }
      if (name.empty()) name = code;
      lineage.codes.push_back(std::move(code));
      lineage.names.push_back(std::move(name));
    }
    return true;
  }

  MapPolygons clean(OGRGeometryUniquePtr geometry, const std::string& who, bool geographic) {
    if (crs_.swap_axes) geometry->swapXY();
    MapPolygons polygons = polygons_of(*geometry);
    if (geographic) {
      const MapBox box = bounds(polygons);
      if (!polygons.empty() && (box.ymin < -kMostNorth || box.ymax > kMostNorth ||
                                box.xmin < -kMostEast || box.xmax > kMostEast)) {
        throw Error(who +
                    " has coordinates that are no degrees of longitude and latitude; check "
                    "the file's CRS, or zones.crs");
      }
      const bool crosses = crosses_antimeridian(polygons);
      polygons = within_180(polygons);
      if (crosses) {
        findings_->push_back({Finding::Severity::kWarning, spec_->path,
                              who + ": a ring jumps across the antimeridian or goes around a pole; "
                                    "it is cut at 180 degrees"});
      }
    }
    const OGRGeometryUniquePtr shape = ogr_of(polygons);
    const std::string reason = why_invalid(*shape);
    if (!reason.empty()) {
      polygons = repaired(*shape);
      findings_->push_back({Finding::Severity::kWarning, spec_->path,
                            who + ": invalid geometry repaired (" + reason + ")"});
    }
    return polygons;
  }

  void report() {
    if (!without_code_.empty()) {
      const bool drop = spec_->missing_code == MissingCode::kDrop;
      findings_->push_back(
          {drop ? Finding::Severity::kWarning : Finding::Severity::kError, spec_->path,
           std::to_string(without_code_.size()) +
               (drop ? " features without a code dropped: " : " features without a code: ") +
               short_list(without_code_) +
               (drop ? ""
                     : "; give them codes or set zones.missing_code = drop or name (the name "
                       "becomes the code)")});
    }
    if (!named_.empty()) {
      findings_->push_back({Finding::Severity::kWarning, spec_->path,
                            std::to_string(named_.size()) +
                                " features without a code: their name serves as code (" +
                                short_list(named_) + ")"});
    }
    if (!without_area_.empty()) {
      findings_->push_back({Finding::Severity::kWarning, spec_->path,
                            std::to_string(without_area_.size()) +
                                " features without an area dropped: " + short_list(without_area_)});
    }
  }

  OGRLayer* layer_;
  const ZoneSpec* spec_;
  std::vector<Finding>* findings_;
  LayerCrs crs_;
  ZoneLimits limits_;
  std::vector<FieldPair> fields_;
  std::vector<std::string> without_code_;
  std::vector<std::string> named_;  ///< features whose name became their code
  std::vector<std::string> without_area_;
};

}  // namespace

std::string short_list(const std::vector<std::string>& items) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + items[i];
  }
  if (items.size() > kShown) text += " and " + std::to_string(items.size() - kShown) + " more";
  return text;
}

ZoneFeatures read_zone_features(const ZoneSpec& spec, std::vector<Finding>& findings) {
  if (spec.levels.empty()) throw Error("zones.levels is empty; name at least the leaf level");
  const DatasetPtr dataset = open_vector(spec.path);
  const QuietGdal quiet;
  OGRLayer& layer = pick_layer(*dataset, spec);
  FeatureReader reader(layer, spec, findings);
  if (!spec.where.empty() && layer.SetAttributeFilter(spec.where.c_str()) != OGRERR_NONE) {
    throw Error(spec.path + ": zones.where = " + spec.where +
                " is no condition on its attributes (" + QuietGdal::message() + ")");
  }
  return reader.read();
}

}  // namespace cnci::io
