// The plane that maps of a page are drawn in: x to the right, y down, whole numbers from the
// north-west corner of an extent. No projection but the extent's own CRS; degrees of longitude are
// shortened as they are in the extent's middle latitude.
#pragma once

#include <utility>

namespace cnci::io {

struct MapPlane {
  /// The plane of an extent in a CRS, `longest_side` units wide or high. Throws Error where the
  /// extent holds nothing or is not finite.
  MapPlane(double x_min, double y_min, double x_max, double y_max, bool geographic,
           int longest_side = 20000);

  double x_west;
  double y_north;
  double x_scale;  ///< units of the plane per unit of the CRS
  double y_scale;
  int width;
  int height;
  double turn;  ///< the longitudes of a full turn; 0 in projected planes

  [[nodiscard]] std::pair<double, double> to_plane(double x, double y) const {
    return {(x - x_west) * x_scale, (y_north - y) * y_scale};
  }
  /// Whole turns to be added to the longitudes of a piece from x_low to x_high, so that it comes to
  /// lie in the plane or nearest to it: an extent may reach over the antimeridian.
  [[nodiscard]] double turns_to_plane(double x_low, double x_high) const;
};

}  // namespace cnci::io
