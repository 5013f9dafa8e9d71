// Runoff from precipitation and evapotranspiration: the only quantity that is clamped at zero.
#pragma once

#include <limits>

namespace cnci::kernels {

/// max(value, 0) that keeps a NaN: std::max(0.0, NaN) and std::fmax(NaN, 0.0) are both 0, which
/// would turn missing water into no water.
inline double positive_part(double value) {
  if (value > 0) {
    return value;
  }
  return value <= 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
}

/// q = max(P - ET, 0), all in mm over the same period.
inline double runoff_mm(double precipitation_mm, double evapotranspiration_mm) {
  return positive_part(precipitation_mm - evapotranspiration_mm);
}

}  // namespace cnci::kernels
