#include <cpl_string.h>
#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <array>
#include <memory>
#include <utility>

#include "engine/error.h"
#include "jobs/sample_gdal.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {
namespace {

// The GeoPackage driver writes the time of day unless this option gives it a date.
class FixedDate {
 public:
  FixedDate() { CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2019-01-01T00:00:00.000Z"); }
  ~FixedDate() { CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", nullptr); }
  FixedDate(const FixedDate&) = delete;
  FixedDate& operator=(const FixedDate&) = delete;
};

struct FeatureDestroyer {
  void operator()(OGRFeature* feature) const { OGRFeature::DestroyFeature(feature); }
};

constexpr std::array<const char*, 6> kFields = {"Code_County",     "Name_County",
                                                "Code_Prefecture", "Name_Prefecture",
                                                "Code_Province",   "Name_Province"};

std::unique_ptr<OGRPolygon> polygon_of(const SamplePolyline& points) {
  auto ring = std::make_unique<OGRLinearRing>();
  ring->setNumPoints(static_cast<int>(points.size()), FALSE);
  for (std::size_t i = 0; i < points.size(); ++i) {
    ring->setPoint(static_cast<int>(i), points[i].lon, points[i].lat);
  }
  auto polygon = std::make_unique<OGRPolygon>();
  polygon->addRingDirectly(ring.release());
  return polygon;
}

}  // namespace

std::size_t write_sample_zones(const std::string& path, const SampleZones& zones) {
  const io::QuietGdal quiet;
  const FixedDate fixed_date;
  const auto check = [&path](OGRErr code, const std::string& doing) {
    if (code != OGRERR_NONE) fail_sample_file(path, doing);
  };
  io::DatasetPtr dataset(sample_driver("GPKG").Create(path.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  if (!dataset) fail_sample_file(path, "creating");
  OGRSpatialReference crs;
  check(crs.importFromEPSG(4326), "looking up EPSG:4326");
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  CPLStringList options;
  options.SetNameValue("IDENTIFIER", "counties");
  options.SetNameValue("DESCRIPTION", kSampleNotice);
  OGRLayer* layer = dataset->CreateLayer("counties", &crs, wkbPolygon, options.List());
  if (layer == nullptr) fail_sample_file(path, "creating layer counties");
  for (const char* name : kFields) {
    OGRFieldDefn field(name, OFTString);
    check(layer->CreateField(&field), fmt::format("creating field {}", name));
  }
  std::size_t vertices = 0;
  check(dataset->StartTransaction(), "starting a transaction");
  for (const SampleCounty& county : zones.counties) {
    const std::unique_ptr<OGRFeature, FeatureDestroyer> feature(
        OGRFeature::CreateFeature(layer->GetLayerDefn()));
    const std::array<std::string, 6> values = {
        county.county_code,     "Synthetic county " + county.county_code,
        county.prefecture_code, "Synthetic prefecture " + county.prefecture_code,
        county.province_code,   "Synthetic province " + county.province_code};
    for (std::size_t i = 0; i < values.size(); ++i) {
      feature->SetField(static_cast<int>(i), values[i].c_str());
    }
    check(feature->SetGeometryDirectly(polygon_of(county.ring).release()), "setting a polygon");
    check(layer->CreateFeature(feature.get()), "writing county " + county.county_code);
    vertices += county.ring.size();
  }
  check(dataset->CommitTransaction(), "committing");
  close_sample_file(std::move(dataset), path);
  return vertices;
}

}  // namespace cnci::jobs
