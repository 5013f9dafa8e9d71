#include "tests/io/zones_support.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "engine/error.h"
#include "io/crs.h"

namespace cnci::io::testing {
namespace {

std::string geojson(const std::vector<Feature>& features, const std::string& crs) {
  std::string text = "{\"type\":\"FeatureCollection\",";
  if (!crs.empty()) {
    text += "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"" + crs + "\"}},";
  }
  text += "\"features\":[";
  const auto quoted = [](const std::string& value) {
    return value.empty() ? std::string("null") : "\"" + value + "\"";
  };
  for (std::size_t i = 0; i < features.size(); ++i) {
    const Feature& f = features[i];
    text += (i == 0 ? "" : ",") +
            std::string("\n{\"type\":\"Feature\",\"properties\":{\"county\":") + quoted(f.county) +
            ",\"province\":" + quoted(f.province) + ",\"name\":" + quoted(f.name) +
            "},\"geometry\":" +
            (f.rings.empty() ? "null"
                             : "{\"type\":\"" + f.type + "\",\"coordinates\":" + f.rings + "}") +
            "}";
  }
  return text + "]}";
}

}  // namespace

std::string square(double x0, double y0, double x1, double y1) {
  const auto n = [](double v) { return std::to_string(v); };
  return "[[[" + n(x0) + "," + n(y0) + "],[" + n(x1) + "," + n(y0) + "],[" + n(x1) + "," + n(y1) +
         "],[" + n(x0) + "," + n(y1) + "],[" + n(x0) + "," + n(y0) + "]]]";
}

ZonesTest::ZonesTest() {
  spec_.levels = {{"country", {"", "CHN", true}, {"", "China", true}},
                  {"province", {"province", "", false}, {}},
                  {"county", {"county", "", false}, {"name", "", false}}};
}

ZoneSource ZonesTest::read(const std::vector<Feature>& features, const std::string& crs) {
  spec_.path = folder_ / "zones.geojson";
  std::ofstream(spec_.path, std::ios::trunc) << geojson(features, crs);
  return ZoneSource(spec_);
}

std::string ZonesTest::error_of(const std::vector<Feature>& features) {
  try {
    static_cast<void>(read(features));
  } catch (const engine::Error& error) {
    return error.what();
  }
  return {};
}

std::string findings(const ZoneSource& source, Severity severity) {
  std::string text;
  for (const engine::Finding& finding : source.findings()) {
    if (finding.severity == severity) text += finding.text + "\n";
  }
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

MapPolygons leaf(const ZoneSource& source, std::size_t index) {
  const auto wkb = source.leaf_wkb().at(index);
  OGRGeometry* raw = nullptr;
  EXPECT_EQ(OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &raw, wkb.size()), OGRERR_NONE);
  const OGRGeometryUniquePtr geometry(raw);
  return polygons_of(*geometry);
}

double leaf_km2(const ZoneSource& source, std::size_t index) {
  return EllipsoidArea(true, nullptr).km2(leaf(source, index));
}

engine::Grid degree_grid(double west, double north, std::int64_t cols, std::int64_t rows,
                         engine::Rational resolution) {
  engine::Grid grid;
  grid.crs_wkt = wgs84_wkt();
  grid.resolution = resolution;
  grid.west = std::llround(west / resolution.value());
  grid.north = std::llround(north / resolution.value());
  grid.cols = cols;
  grid.rows = rows;
  return grid;
}

std::vector<std::uint32_t> covered(const ZoneSource& source, const engine::Grid& grid) {
  return engine::cover(engine::ZoneIndex(source.shapes(grid)), grid.whole()).covered();
}

std::vector<double> weights(const ZoneSource& source, const engine::Grid& grid,
                            std::uint32_t zone) {
  const auto coverage = engine::cover(engine::ZoneIndex(source.shapes(grid)), grid.whole());
  std::vector<double> out(grid.whole().cells());
  for (const auto& run : coverage.runs) {
    if (run.zone == zone) std::fill_n(out.begin() + run.cell, run.length, 1.0);
  }
  for (const auto& mixed : coverage.mixed) {
    for (std::uint32_t i = 0; i < mixed.count; ++i) {
      const auto& share = coverage.shares[mixed.first + i];
      if (share.zone == zone) out[mixed.cell] += share.weight / double{engine::kWeightOne};
    }
  }
  return out;
}

}  // namespace cnci::io::testing
