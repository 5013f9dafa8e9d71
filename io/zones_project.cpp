#include "io/zones_project.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/error.h"
#include "io/crs.h"
#include "io/zone_geometry_antimeridian.h"
#include "io/zone_geometry_densify.h"

namespace cnci::io {
namespace {

/// What an edge of a reprojected zone may stray from its true image, in cells.
constexpr double kStrayCells = 0.02;

/// Images of polygons; longitudes stay near those of the source, or are cut at the antimeridian.
MapPolygons project(const MapPolygons& polygons, const engine::CoordinateTransform& transform,
                    const Densify& how, bool from_geographic) {
  if (transform.identity()) return polygons;
  MapPolygons images = densified(polygons, transform, how);
  if (!has_image(images)) {
    throw engine::Error("has points without an image in the grid's CRS");
  }
  if (!how.degrees) return images;
  if (!from_geographic) return within_180(images);
  // A change of datum moves points by metres; -180 must not become 179.9999.
  const double centre = (bounds(polygons).xmin + bounds(polygons).xmax) / 2;
  const auto unwrap = [centre](MapRing& ring) {
    for (MapPoint& point : ring) {
      const double turn = point.x - centre;
      if (std::abs(turn) > 180.5) point.x -= 360 * std::round(turn / 360);
    }
  };
  for (MapPolygon& polygon : images) {
    unwrap(polygon.exterior);
    std::ranges::for_each(polygon.holes, unwrap);
  }
  return images;
}

/// The box in the zones' CRS that a grid may touch, with a margin; unset where it cannot be told.
std::optional<MapBox> reach_of(const engine::Grid& grid, const std::string& zones_wkt,
                               bool zones_geographic) {
  constexpr int kSteps = 32;
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i <= kSteps; ++i) {
    for (int j = 0; j <= kSteps; ++j) {
      x.push_back(grid.x_at(static_cast<double>(grid.cols) * i / kSteps));
      y.push_back(grid.y_at(static_cast<double>(grid.rows) * j / kSteps));
    }
  }
  make_transform(grid.crs_wkt, zones_wkt)->apply(x, y);
  MapBox box = MapBox::nothing();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return std::nullopt;
    box.include(MapPoint{x[i], y[i]});
  }
  const double width = box.xmax - box.xmin;
  const double height = box.ymax - box.ymin;
  // Round a pole or across the antimeridian the corners tell nothing.
  if (zones_geographic && width > 120) return std::nullopt;
  constexpr double kMargin = 0.25;
  return MapBox{box.xmin - kMargin * width, box.ymin - kMargin * height, box.xmax + kMargin * width,
                box.ymax + kMargin * height};
}

struct Span {
  double west = 0;
  double east = 0;
};

/// Moves the span of longitudes over the antimeridian where that makes it much narrower.
void narrow(MapBox& box, std::vector<Span> spans) {
  if (box.xmax - box.xmin <= 180) return;
  std::ranges::sort(spans, {}, &Span::west);
  double reached = spans.front().east;
  double gap = 0;
  Span found;
  for (const Span& span : spans) {
    if (span.west - reached > gap) {
      gap = span.west - reached;
      found = {span.west, reached + 360};
    }
    reached = std::max(reached, span.east);
  }
  if (gap > 180) {
    box.xmin = found.west;
    box.xmax = found.east;
  }
}

}  // namespace

ZoneProjector::ZoneProjector(const std::string& from_wkt, const engine::Grid& grid)
    : grid_(grid),
      from_geographic_(crs_is_geographic(from_wkt)),
      transform_(make_transform(from_wkt, grid.crs_wkt)) {
  if (!transform_->identity() && !grid.geographic) {
    reach_ = reach_of(grid, from_wkt, from_geographic_);
  }
}

MapPolygons ZoneProjector::on_grid_crs(const MapPolygons& polygons) const {
  MapPolygons near;
  std::ranges::copy_if(polygons, std::back_inserter(near), [this](const MapPolygon& polygon) {
    return !reach_ || bounds(polygon.exterior).touches(*reach_);
  });
  return project(near, *transform_, {kStrayCells * grid_.resolution.value(), grid_.geographic},
                 from_geographic_);
}

engine::ZoneShape ZoneProjector::shape(const MapPolygons& polygons) const {
  const MapPolygons images = on_grid_crs(polygons);
  engine::ZoneShape shape;
  const auto add = [&](const MapRing& ring, double shift) {
    std::vector<engine::FixedPoint> points;
    points.reserve(ring.size());
    for (const MapPoint& vertex : ring) {
      const engine::FixedPoint point =
          engine::to_fixed(grid_.col_of(vertex.x + shift), grid_.row_of(vertex.y));
      if (points.empty() || !(points.back() == point)) points.push_back(point);
    }
    while (points.size() > 1 && points.front() == points.back()) points.pop_back();
    // Rings run counter-clockwise with y to the north; with y to the south that is negative.
    std::ranges::reverse(points);
    if (points.size() >= 3) shape.rings.push_back(std::move(points));
  };
  const double west = grid_.x_edge(0);
  const double east = grid_.x_edge(grid_.cols);
  for (const MapPolygon& polygon : images) {
    const MapBox box = bounds(polygon.exterior);
    const double first = grid_.geographic ? std::ceil((west - box.xmax) / 360) : 0;
    const double last = grid_.geographic ? std::floor((east - box.xmin) / 360) : 0;
    for (double turn = first; turn <= last; ++turn) {
      if (grid_.geographic && (box.xmax + 360 * turn <= west || box.xmin + 360 * turn >= east)) {
        continue;
      }
      add(polygon.exterior, 360 * turn);
      for (const MapRing& hole : polygon.holes) add(hole, 360 * turn);
    }
  }
  if (shape.area_cells() < 0) {
    for (auto& ring : shape.rings) std::ranges::reverse(ring);
  }
  return shape;
}

MapBox projected_bounds(const std::vector<MapPolygons>& zones, const std::string& from_wkt,
                        const std::string& to_wkt) {
  const std::unique_ptr<engine::CoordinateTransform> transform = make_transform(from_wkt, to_wkt);
  const bool from_geographic = crs_is_geographic(from_wkt);
  const bool degrees = crs_is_geographic(to_wkt);
  MapBox vertices = MapBox::nothing();
  for (const MapPolygons& zone : zones) {
    for (const MapPolygon& polygon : zone) {
      for (MapPoint point : polygon.exterior) {
        transform->apply({&point.x, 1}, {&point.y, 1});
        if (std::isfinite(point.x) && std::isfinite(point.y)) vertices.include(point);
      }
    }
  }
  const double size = std::max(vertices.xmax - vertices.xmin, vertices.ymax - vertices.ymin);
  MapBox box = MapBox::nothing();
  std::vector<Span> spans;
  for (const MapPolygons& zone : zones) {
    for (const MapPolygon& polygon :
         project(zone, *transform, {1e-6 * size, degrees}, from_geographic)) {
      const MapBox part = bounds(polygon.exterior);
      box.include(part);
      spans.push_back({part.xmin, part.xmax});
    }
  }
  if (degrees && !box.empty()) narrow(box, std::move(spans));
  return box;
}

}  // namespace cnci::io
