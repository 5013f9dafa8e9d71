// The equilibrium of calcite as polynomials over temperature and pressure, so that a cell needs
// neither powers nor an iteration.
#pragma once

#include <optional>

#include "kernels/carbonate.h"
#include "kernels/polynomial.h"

namespace cnci::kernels {

/// With z = sqrt(3 [Ca]) of an ideal solution (the root of its ionic strength),
/// z = root(T) pCO2^(1/6) and [Ca] = z^2 / 3 rise(T, z), T within the water's limits.
struct CalciteFit {
  Polynomial root;      ///< z at 1 atm
  Polynomial2 rise;     ///< 1 / (gCa gHCO3^2)^(1/3)
  double root_min = 0;  ///< z for which `rise` holds; none where root_max < root_min
  double root_max = -1;
  /// pCO2^(1/6) over the evapotranspiration of most places, with pressure = brook.
  std::optional<Polynomial> brook;
};

/// Relative error of [Ca] by the polynomials, at most.
inline constexpr double kCalciteTolerance = 1e-10;

/// Fits over the temperatures and pressures that the parameters allow; over lower pressures only,
/// down to none, where no polynomial reaches kCalciteTolerance or the iteration does not converge.
[[nodiscard]] CalciteFit fit_calcite(const CarbonateParameters& p);

}  // namespace cnci::kernels
