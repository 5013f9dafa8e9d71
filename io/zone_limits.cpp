#include "io/zone_limits.h"

#include <fmt/format.h>

#include <cmath>

namespace cnci::io {
namespace {

/// In the unit of the CRS: twenty times round the globe in metres, and enough for feet.
constexpr double kFarthest = 1e9;

/// The number of points; throws where one of them lies nowhere.
std::int64_t checked_points(const OGRGeometry& geometry, const std::string& who) {
  std::int64_t count = 0;
  if (wkbFlatten(geometry.getGeometryType()) == wkbMultiPolygon) {
    for (const OGRPolygon* part : *geometry.toMultiPolygon()) count += checked_points(*part, who);
    return count;
  }
  for (const OGRLinearRing* ring : *geometry.toPolygon()) {
    count += ring->getNumPoints();
    for (int i = 0; i < ring->getNumPoints(); ++i) {
      for (const double coordinate : {ring->getX(i), ring->getY(i)}) {
        if (std::isfinite(coordinate) && std::abs(coordinate) <= kFarthest) continue;
        throw engine::Error(
            fmt::format("{} has a coordinate of {}, which no map has; correct or drop the feature",
                        who, coordinate));
      }
    }
  }
  return count;
}

}  // namespace

void ZoneLimits::count_feature() {
  if (++features_ <= kMostFeatures) return;
  throw Exceeded(
      fmt::format("{}: more than {} features; choose some with zones.where, or dissolve "
                  "them to zones first",
                  path_, kMostFeatures));
}

void ZoneLimits::count(const OGRGeometry& polygons, const std::string& who) {
  const std::int64_t count = checked_points(polygons, who);
  if (count > kMostPointsOfZone) {
    throw Exceeded(fmt::format("{}: {} has {} points, at most {} are read; simplify it", path_, who,
                               count, kMostPointsOfZone));
  }
  points_ += count;
  if (points_ > kMostPoints) {
    throw Exceeded(
        fmt::format("{}: its zones have more than {} points; simplify them, or choose "
                    "some with zones.where",
                    path_, kMostPoints));
  }
}

}  // namespace cnci::io
