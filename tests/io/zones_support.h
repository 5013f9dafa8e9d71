// Zones for tests: small GeoJSON files, and what comes out of them in short.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/grid.h"
#include "io/zone_geometry.h"
#include "io/zones.h"
#include "tests/support.h"

namespace cnci::io::testing {

using Severity = engine::Finding::Severity;

struct Feature {
  std::string county;
  std::string province;
  std::string rings;  ///< GeoJSON coordinates of a polygon
  std::string name = {};
  std::string type = "Polygon";
};

/// GeoJSON coordinates of an upright rectangle.
std::string square(double x0, double y0, double x1, double y1);

/// Reads features as zones: country CHN, province, county.
class ZonesTest : public ::testing::Test {
 protected:
  ZonesTest();
  /// `crs` as GeoJSON names it; WGS84 where empty.
  ZoneSource read(const std::vector<Feature>& features, const std::string& crs = {});
  /// The message of the Error that reading throws; empty where it does not.
  std::string error_of(const std::vector<Feature>& features);

  tests::TemporaryFolder folder_;
  ZoneSpec spec_;
};

/// The texts of all findings of a severity.
std::string findings(const ZoneSource& source, Severity severity);
bool has(const std::string& text, const std::string& part);

MapPolygons leaf(const ZoneSource& source, std::size_t index);
/// Of a source in longitude and latitude.
double leaf_km2(const ZoneSource& source, std::size_t index);

engine::Grid degree_grid(double west, double north, std::int64_t cols, std::int64_t rows,
                         engine::Rational resolution = {1, 1});
/// Covered part of every cell in units of 2^-24.
std::vector<std::uint32_t> covered(const ZoneSource& source, const engine::Grid& grid);
/// Weight of a zone in each cell, in whole cells.
std::vector<double> weights(const ZoneSource& source, const engine::Grid& grid, std::uint32_t zone);

}  // namespace cnci::io::testing
