#include "kernels/calcite_fit.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "kernels/block.h"
#include "kernels/inputs.h"

namespace cnci::kernels {

namespace {

/// Pressures that can occur.
struct Pressures {
  double min = 0;
  double max = 0;
};

Pressures pressures_of(const CarbonateParameters& p) {
  switch (p.pressure) {
    case CarbonateParameters::Pressure::kConstant:
      return {p.pco2_atm, p.pco2_atm};
    case CarbonateParameters::Pressure::kBrook:
      return {std::pow(10.0, p.brook_base), std::pow(10.0, p.brook_base + p.brook_range)};
    case CarbonateParameters::Pressure::kRaster:
      break;
  }
  return {0, 1 + kFractionSlack};
}

double root_of(double ideal_calcium) { return std::sqrt(3 * ideal_calcium); }

constexpr double kSmallestIdeal = 1e-300;

/// [Ca] relative to that of an ideal solution; NaN where the iteration does not converge.
double rise_of(double water_c, double root, const CarbonateParameters& p) {
  // Not 0, where the activity at a fixed ionic strength would have no say.
  const double ideal = std::max(root * root / 3, kSmallestIdeal);
  const Equilibrium state = calcite_equilibrium_of_ideal(water_c, ideal, p);
  return state.converged ? state.calcium_mol_l / ideal : kMissingValue;
}

}  // namespace

CalciteFit fit_calcite(const CarbonateParameters& p) {
  constexpr double kMostEvapotranspirationMm = 2500;
  constexpr int kSamples = 65;
  constexpr int kAttempts = 8;
  constexpr double kMargin = 1e-3;  // of z, beyond the samples of temperature
  CalciteFit result;
  if (p.pressure == CarbonateParameters::Pressure::kBrook) {
    result.brook = fit([&](double et_mm) { return std::pow(brook_pco2_atm(et_mm, p), 1.0 / 6); },
                       Interval::of(0, kMostEvapotranspirationMm), kCalciteTolerance / 8);
  }
  const Interval water = Interval::of(std::min(p.water_min_c, p.water_max_c), p.water_max_c);
  const auto root = fit([&](double water_c) { return root_of(ideal_calcium_mol_l(water_c, 1, p)); },
                        water, kCalciteTolerance / 8);
  if (!root) {
    return result;
  }
  result.root = *root;
  const Pressures pressure = pressures_of(p);
  double low = root_of(ideal_calcium_mol_l(p.water_min_c, pressure.min, p));
  double high = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double water_c =
        p.water_min_c + (p.water_max_c - p.water_min_c) * i / double{kSamples - 1};
    low = std::min(low, root_of(ideal_calcium_mol_l(water_c, pressure.min, p)));
    high = std::max(high, root_of(ideal_calcium_mol_l(water_c, pressure.max, p)));
  }
  low *= 1 - kMargin;
  high *= 1 + kMargin;
  for (int attempt = 0; attempt < kAttempts && high > low; ++attempt) {
    const auto rise = fit([&](double water_c, double z) { return rise_of(water_c, z, p); }, water,
                          Interval::of(low, high), kCalciteTolerance / 2);
    if (rise) {
      result.rise = *rise;
      result.root_min = low;
      result.root_max = high;
      break;
    }
    high /= 2;
  }
  return result;
}

}  // namespace cnci::kernels
