// True areas of grid cells on the WGS84 ellipsoid. A geographic cell has
//   A = b^2/2 * dlambda * (Q(phi_N) - Q(phi_S)),  Q = sin/(1 - e^2 sin^2) + atanh(e sin)/e,
// the exact area between two parallels. A cell of any other CRS is the polygon of its edges mapped
// to longitude and authalic height, integrated along the edges.
#pragma once

#include <memory>
#include <numbers>
#include <span>
#include <vector>

#include "engine/grid.h"
#include "engine/transform.h"

namespace cnci::engine {

inline constexpr double kRadiansPerDegree = std::numbers::pi / 180;

/// Q(phi) of the formula above times b^2/2, in km2 per radian of longitude; phi in degrees.
[[nodiscard]] double authalic_height_km2(double latitude_deg);

/// Area in km2 between two parallels over `dlon_deg` of longitude (degrees).
[[nodiscard]] double ellipsoid_area_km2(double lat_south_deg, double lat_north_deg,
                                        double dlon_deg);

/// Areas of the cells of a grid; a pure function of global cell indices. One object per thread.
class CellArea {
 public:
  /// `to_lonlat` maps the grid's CRS to WGS84 longitude and latitude in degrees; not used for
  /// geographic grids.
  CellArea(const Grid& grid, std::shared_ptr<const CoordinateTransform> to_lonlat);

  /// Areas in km2 of the cells of `window` (row by row), which may lie partly outside the grid.
  [[nodiscard]] std::vector<double> areas_km2(const Window& window) const;
  /// Latitude in degrees of the centres of the cells of `window`.
  [[nodiscard]] std::vector<double> latitudes_deg(const Window& window) const;

 private:
  /// Exact areas of cells at multiples of the stride, from which blocks are interpolated.
  struct Nodes {
    std::int64_t col = 0;  ///< first node, in strides
    std::int64_t row = 0;
    std::int64_t cols = 0;
    std::vector<double> area_km2;
  };
  /// 0 where a corner has no image.
  [[nodiscard]] double exact(std::int64_t col, std::int64_t row) const;
  void fill_block(std::int64_t block_col, std::int64_t block_row, const Nodes& nodes,
                  const Window& window, std::span<double> out) const;

  Grid grid_;
  std::shared_ptr<const CoordinateTransform> to_lonlat_;
};

}  // namespace cnci::engine
