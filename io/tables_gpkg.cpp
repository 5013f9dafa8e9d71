// zones.gpkg through OGR: a layer per level; coarser polygons are the union of their leaves.
#include <cpl_conv.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/error.h"
#include "io/durable_file.h"
#include "io/gdal_handles.h"
#include "io/tables.h"
#include "io/zone_dissolve.h"
#include "io/zone_geometry.h"

namespace cnci::io {
namespace {

using engine::Error;

/// The date that GeoPackage would else take from the clock.
class FixedDate {
 public:
  FixedDate() { CPLSetThreadLocalConfigOption(kKey, "2000-01-01T00:00:00.000Z"); }
  ~FixedDate() { CPLSetThreadLocalConfigOption(kKey, nullptr); }
  FixedDate(const FixedDate&) = delete;
  FixedDate& operator=(const FixedDate&) = delete;

 private:
  static constexpr const char* kKey = "OGR_CURRENT_DATE";
};

MapPolygons leaf_polygons(const std::vector<unsigned char>& wkb, const std::string& code) {
  OGRGeometry* raw = nullptr;
  const OGRErr status =
      OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &raw, wkb.size(), wkbVariantIso);
  const OGRGeometryUniquePtr geometry(raw);
  if (status != OGRERR_NONE || geometry == nullptr) {
    throw Error("zone " + code + ": its polygon is no WKB");
  }
  return polygons_of(*geometry);
}

/// Calls work(i) for first .. end, on a few threads; throws what one of them throws.
template <typename Work>
void side_by_side(std::size_t first, std::size_t end, const Work& work) {
  constexpr std::size_t kMostThreads = 4;
  const std::size_t threads = std::min<std::size_t>(
      {kMostThreads, std::max(1U, std::thread::hardware_concurrency()), end - first});
  std::vector<std::future<void>> others;
  for (std::size_t t = 1; t < threads; ++t) {
    others.push_back(std::async(std::launch::async, [&, t] {
      for (std::size_t i = first + t; i < end; i += threads) work(i);
    }));
  }
  for (std::size_t i = first; i < end; i += threads) work(i);
  for (std::future<void>& other : others) other.get();
}

/// One polygon set per node: leaves as given, every other node the union of its children.
std::vector<MapPolygons> node_polygons(const ZoneTable& table,
                                       const std::vector<std::vector<unsigned char>>& leaf_wkb) {
  const std::size_t count = table.nodes.size();
  const auto leaves = static_cast<std::size_t>(std::ranges::count(
      table.nodes, count == 0 ? std::string{} : table.nodes.back().level, &ZoneTable::Node::level));
  if (leaf_wkb.size() != leaves) {
    throw Error("zones.gpkg: " + std::to_string(leaf_wkb.size()) + " polygons for " +
                std::to_string(leaves) + " zones of the finest level");
  }
  const std::size_t first_leaf = count - leaf_wkb.size();
  std::map<std::pair<std::string, std::string>, std::size_t> node_of;
  std::map<std::string, std::string> level_above;
  for (std::size_t i = 0; i < count; ++i) {
    const ZoneTable::Node& node = table.nodes[i];
    node_of.emplace(std::make_pair(node.level, node.code), i);
    if (i > 0 && table.nodes[i - 1].level != node.level) {
      level_above[node.level] = table.nodes[i - 1].level;
    }
  }
  std::vector<MapPolygons> polygons(count);
  for (std::size_t end = count; end > 0;) {
    std::size_t first = end - 1;
    while (first > 0 && table.nodes[first - 1].level == table.nodes[end - 1].level) --first;
    side_by_side(first, end, [&](std::size_t i) {
      if (i >= first_leaf) {
        polygons[i] = leaf_polygons(leaf_wkb[i - first_leaf], table.nodes[i].code);
      } else {
        std::optional<MapPolygons> whole = dissolved(polygons[i]);
        polygons[i] = whole ? *std::move(whole) : united(polygons[i]);
      }
    });
    for (std::size_t i = end; i-- > first;) {
      const ZoneTable::Node& node = table.nodes[i];
      if (node.parent_code.empty()) continue;
      const auto parent = node_of.find({level_above[node.level], node.parent_code});
      if (parent == node_of.end()) {
        throw Error("zones.gpkg: no " + level_above[node.level] + " " + node.parent_code +
                    ", the parent of " + node.level + " " + node.code);
      }
      MapPolygons& above = polygons[parent->second];
      above.insert(above.end(), polygons[i].begin(), polygons[i].end());
    }
    end = first;
  }
  return polygons;
}

class GpkgWriter {
 public:
  GpkgWriter(const std::string& file, std::string path, const std::string& crs_wkt)
      : path_(std::move(path)) {
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GPKG");
    if (driver == nullptr) fail("GDAL has no GPKG driver");
    dataset_.reset(driver->Create(file.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (dataset_ == nullptr) fail("cannot be created");
    crs_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    if (crs_.SetFromUserInput(crs_wkt.c_str()) != OGRERR_NONE) fail("its CRS is not understood");
  }

  void write_level(const ZoneTable& table, std::size_t first, std::size_t last,
                   const std::vector<MapPolygons>& polygons) {
    OGRLayer& layer = create_layer(table, table.nodes[first].level);
    std::vector<OGRGeometryUniquePtr> shapes;
    for (std::size_t node = first; node < last; ++node) shapes.push_back(ogr_of(polygons[node]));
    if (dataset_->StartTransaction() != OGRERR_NONE) fail("no transaction");
    for (std::size_t year = 0; year < table.years.size(); ++year) {
      for (std::size_t node = first; node < last; ++node) {
        const OGRFeatureUniquePtr feature(OGRFeature::CreateFeature(layer.GetLayerDefn()));
        fill(*feature, table, year, node);
        if (feature->SetGeometry(shapes[node - first].get()) != OGRERR_NONE ||
            layer.CreateFeature(feature.get()) != OGRERR_NONE) {
          fail("zone " + table.nodes[node].code + " cannot be written");
        }
      }
    }
    if (dataset_->CommitTransaction() != OGRERR_NONE) fail("cannot be written");
  }

  void close() {
    CPLErrorReset();
    dataset_.reset();
    if (CPLGetLastErrorType() >= CE_Failure) fail("cannot be completed");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    // SQLite seldom says why: a disk may be full (what it freed on giving up is little), or not be
    // written to any more.
    constexpr std::uintmax_t kLittle = std::uintmax_t{1} << 20;
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    const int denied = ::access(folder.c_str(), W_OK) == 0 ? 0 : errno;
    const int why = denied != 0 ? denied : !unknown && space.available < kLittle ? ENOSPC : 0;
    throw Error(path_ + ": " + what + " (" + QuietGdal::message() +
                (denied != 0 ? "; " + std::generic_category().message(denied) : "") + ")" +
                (why != 0 ? write_advice(why) : ""));
  }

  OGRLayer& create_layer(const ZoneTable& table, const std::string& level) {
    OGRLayer* layer = dataset_->CreateLayer(level.c_str(), &crs_, wkbMultiPolygon, nullptr);
    if (layer == nullptr) fail("layer " + level + " cannot be created");
    const auto add = [&](const std::string& name, OGRFieldType type) {
      OGRFieldDefn field(name.c_str(), type);
      if (layer->CreateField(&field) != OGRERR_NONE) fail("column " + name + " cannot be created");
    };
    add("year", OFTInteger);
    for (const char* name : {"level", "code", "name", "parent_code"}) add(name, OFTString);
    for (const ZoneTable::Column& column : table.columns) add(column.name, OFTReal);
    return *layer;
  }

  static void fill(OGRFeature& feature, const ZoneTable& table, std::size_t year,
                   std::size_t node) {
    const ZoneTable::Node& zone = table.nodes[node];
    int field = 0;
    feature.SetField(field++, table.years[year]);
    for (const std::string* text : {&zone.level, &zone.code, &zone.name, &zone.parent_code}) {
      feature.SetField(field++, text->c_str());
    }
    for (const ZoneTable::Column& column : table.columns) {
      const double value = column.values[table.index(year, node)];
      if (std::isnan(value)) {
        feature.SetFieldNull(field++);
      } else {
        feature.SetField(field++, value);
      }
    }
  }

  std::string path_;
  OGRSpatialReference crs_;
  DatasetPtr dataset_;
};

}  // namespace

void write_zones_gpkg(const std::string& path, const ZoneTable& table,
                      const std::vector<std::vector<unsigned char>>& leaf_wkb,
                      const std::string& crs_wkt) {
  prepare_gdal();
  const QuietGdal quiet;
  const FixedDate date;
  const std::vector<MapPolygons> polygons = node_polygons(table, leaf_wkb);
  const std::string temporary = temporary_name(path);
  GpkgWriter writer(temporary, path, crs_wkt);
  for (std::size_t first = 0; first < table.nodes.size();) {
    std::size_t last = first + 1;
    while (last < table.nodes.size() && table.nodes[last].level == table.nodes[first].level) ++last;
    writer.write_level(table, first, last, polygons);
    first = last;
  }
  writer.close();
  sync_file(temporary);
  publish_file(temporary, path);
}

}  // namespace cnci::io
