// Latitude bands of the profile: band k holds latitudes from k x step to (k + 1) x step.
#pragma once

#include <cmath>
#include <cstdint>

namespace cnci::jobs {

/// 1 / step where that is a whole number (0.1 degree: 10 bands a degree), else 0.
[[nodiscard]] inline double bands_per_degree(double step_deg) {
  const double bands = std::round(1 / step_deg);
  return std::abs(bands * step_deg - 1) < 1e-9 ? bands : 0;
}

/// The band of a latitude; one within 1e-9 band of an edge is taken to be on it.
[[nodiscard]] inline std::int32_t latitude_band(double latitude_deg, double step_deg) {
  const double whole = bands_per_degree(step_deg);
  const double position = whole > 0 ? latitude_deg * whole : latitude_deg / step_deg;
  return static_cast<std::int32_t>(std::floor(position + 1e-9));
}

/// Southern edge of a band, degrees.
[[nodiscard]] inline double band_south_deg(std::int32_t band, double step_deg) {
  const double whole = bands_per_degree(step_deg);
  return whole > 0 ? band / whole : band * step_deg;
}

}  // namespace cnci::jobs
