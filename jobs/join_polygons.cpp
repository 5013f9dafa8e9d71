// Leaf polygons of a finished output, read back from its zones.gpkg.
#include <ogrsf_frmts.h>

#include <map>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/open_input.h"
#include "jobs/join_parts.h"

namespace cnci::jobs {
namespace {

using engine::Error;

std::string wkt_of(const OGRSpatialReference* crs, const std::string& path) {
  if (crs == nullptr) throw Error(path + ": its polygons have no CRS");
  char* text = nullptr;
  const char* const options[] = {"FORMAT=WKT2_2019", nullptr};
  const OGRErr status = crs->exportToWkt(&text, options);
  const std::string wkt = text == nullptr ? "" : text;
  CPLFree(text);
  if (status != OGRERR_NONE || wkt.empty()) throw Error(path + ": its CRS cannot be read");
  return wkt;
}

std::vector<unsigned char> wkb_of(const OGRFeature& feature, const std::string& path) {
  const OGRGeometry* geometry = feature.GetGeometryRef();
  if (geometry == nullptr) throw Error(path + ": a zone has no polygon");
  std::vector<unsigned char> bytes(geometry->WkbSize());
  if (geometry->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso) != OGRERR_NONE) {
    throw Error(path + ": a polygon cannot be read");
  }
  return bytes;
}

}  // namespace

LeafPolygons read_leaf_polygons(const JoinPart& part) {
  const std::string path = part.folder + "/zones.gpkg";
  io::prepare_gdal();
  const io::QuietGdal quiet;
  const io::DatasetPtr dataset = io::open_input(path, path, io::InputData::kVector);
  if (dataset == nullptr)
    throw Error(path + ": cannot be opened (" + io::QuietGdal::message() + ")");
  const std::string& level = part.zones.nodes.back().level;
  OGRLayer* layer = dataset->GetLayerByName(level.c_str());
  if (layer == nullptr) throw Error(path + ": there is no layer '" + level + "'");

  std::map<std::string, std::vector<unsigned char>> by_code;
  const int year = part.zones.years.front();
  for (const OGRFeatureUniquePtr& feature : *layer) {
    if (feature->GetFieldAsInteger("year") != year) continue;
    by_code[feature->GetFieldAsString("code")] = wkb_of(*feature, path);
  }
  LeafPolygons leaves;
  leaves.crs_wkt = wkt_of(layer->GetSpatialRef(), path);
  for (const auto& node : part.zones.nodes) {
    if (node.level != level) continue;
    const auto it = by_code.find(node.code);
    if (it == by_code.end()) throw Error(path + ": the zone " + node.code + " is absent");
    leaves.wkb.push_back(std::move(it->second));
  }
  return leaves;
}

}  // namespace cnci::jobs
