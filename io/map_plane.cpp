#include "io/map_plane.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "engine/error.h"

namespace cnci::io {
namespace {

/// Near a pole a map would else become a line.
constexpr double kLeastShortening = 0.2;

double shortening_of_x(double y_min, double y_max, bool geographic) {
  if (!geographic) return 1;
  return std::max(kLeastShortening, std::cos((y_min + y_max) / 2 * std::numbers::pi / 180));
}

int whole_side(double side) { return std::max(1, static_cast<int>(std::lround(side))); }

}  // namespace

MapPlane::MapPlane(double x_min, double y_min, double x_max, double y_max, bool geographic,
                   int longest_side)
    : x_west(x_min), y_north(y_max), turn(geographic ? 360 : 0) {
  const double x_extent = x_max - x_min;
  const double y_extent = y_max - y_min;
  const bool is_plane = x_extent > 0 && y_extent > 0 && std::isfinite(x_extent + y_extent);
  if (!is_plane || longest_side < 1) {
    throw engine::Error("a map needs an extent with area, not x " + std::to_string(x_min) + " to " +
                        std::to_string(x_max) + ", y " + std::to_string(y_min) + " to " +
                        std::to_string(y_max));
  }
  const double shortening = shortening_of_x(y_min, y_max, geographic);
  y_scale = longest_side / std::max(x_extent * shortening, y_extent);
  x_scale = y_scale * shortening;
  width = whole_side(x_extent * x_scale);
  height = whole_side(y_extent * y_scale);
}

double MapPlane::turns_to_plane(double x_low, double x_high) const {
  if (turn == 0) return 0;
  const double middle = x_west + width / x_scale / 2;
  return turn * std::round((middle - x_low / 2 - x_high / 2) / turn);
}

}  // namespace cnci::io
