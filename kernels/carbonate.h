// Maximum potential dissolution of carbonate: the calcium concentration of water in equilibrium
// with calcite and soil CO2 (Plummer & Busenberg 1982; White 1984; Gombert 2002) times runoff.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/constants.h"
#include "kernels/kernel.h"

namespace cnci::kernels {

/// log10 K(T) = a + b T + c / T + d log10 T + e / T^2, T in kelvin.
using LogK = std::array<double, 5>;

inline double log10_k(const LogK& k, double temperature_k) {
  return k[0] + k[1] * temperature_k + k[2] / temperature_k + k[3] * std::log10(temperature_k) +
         k[4] / (temperature_k * temperature_k);
}

/// Ion of the WATEQ Debye-Hueckel equation (Truesdell & Jones 1974).
struct Ion {
  double charge_squared = 1;
  double size_angstrom = 0;
  double linear = 0;  ///< b, L mol-1
};

struct DebyeHueckel {
  double a = 0;
  double b = 0;
};

/// A and B of water at a temperature within 0..90 degC.
inline DebyeHueckel debye_hueckel(double temperature_c) {
  const double t = temperature_c + kZeroCelsiusK;
  const double dielectric =
      kDielectric0 + kDielectric1 * t + kDielectricLog * std::log(t) + kDielectricInverse / t;
  const double s = kCriticalTemperatureC - temperature_c;
  const double r = std::cbrt(s);
  const double density =
      (1 + kDensityN1 * r + kDensityN2 * s) /
      (kDensityD0 + kDensityD1 * r + kDensityD2 * s + kDensityD3 * s * s * s * s);
  const double root_density = std::sqrt(density);
  const double root_et = std::sqrt(dielectric * t);
  return {kDebyeA * root_density / (root_et * root_et * root_et), kDebyeB * root_density / root_et};
}

/// g = 10^(-A z^2 sqrt(I) / (1 + B a sqrt(I)) + b I)
inline double activity_coefficient(const DebyeHueckel& water, const Ion& ion, double strength) {
  const double root = std::sqrt(strength);
  return std::pow(10.0,
                  -water.a * ion.charge_squared * root / (1 + water.b * ion.size_angstrom * root) +
                      ion.linear * strength);
}

struct CarbonateParameters {
  enum class Pressure { kBrook, kConstant, kRaster };
  enum class Gamma { kIterate, kFixed, kIdeal };
  Pressure pressure = Pressure::kBrook;
  double pco2_atm = 0;
  double brook_base = 0;
  double brook_range = 0;
  double brook_rate_per_mm = 0;
  Gamma gamma = Gamma::kIterate;
  double ionic_strength = 0;  ///< mol L-1, with gamma = fixed
  bool freeze_to_zero = false;
  double water_min_c = 0;
  double water_max_c = 0;
  LogK log_k{};  ///< of Ks K1 K0 / K2
  Ion calcium;
  Ion bicarbonate;
};

/// Throws std::out_of_range where a declared parameter is absent.
[[nodiscard]] CarbonateParameters carbonate_parameters(const Parameters& parameters);

/// log10 pCO2 = -3.47 + 2.09 (1 - exp(-0.00172 AET)), pCO2 in atm, annual AET in mm (Brook et al.
/// 1983).
inline double brook_pco2_atm(double evapotranspiration_mm, const CarbonateParameters& p) {
  return std::pow(10.0, p.brook_base + p.brook_range * (1 - std::exp(-p.brook_rate_per_mm *
                                                                     evapotranspiration_mm)));
}

struct Equilibrium {
  double calcium_mol_l = 0;
  double gamma_calcium = 1;
  double gamma_bicarbonate = 1;
  int iterations = 0;
};

inline constexpr int kMaxIterations = 200;
inline constexpr double kConvergence = 1e-14;  ///< relative change of [Ca]

/// Throws std::domain_error naming temperature and pressure.
[[noreturn]] void fail_to_converge(double temperature_c, double pco2_atm);

/// [Ca]^3 = Ks K1 K0 pCO2 / (4 K2 gCa gHCO3^2): calcite dissolved by CO2, with the charge balance
/// [HCO3-] = 2 [Ca++]. With gamma = iterate the ionic strength is that of Ca and HCO3 alone, 3
/// [Ca].
inline Equilibrium calcite_equilibrium(double temperature_c, double pco2_atm,
                                       const CarbonateParameters& p) {
  Equilibrium state;
  const double water_c = std::min(std::max(temperature_c, p.water_min_c), p.water_max_c);
  const double x = std::pow(10.0, log10_k(p.log_k, water_c + kZeroCelsiusK)) * pco2_atm / 4;
  state.calcium_mol_l = std::cbrt(x);
  if (p.gamma == CarbonateParameters::Gamma::kIdeal || x == 0) {
    return state;
  }
  const DebyeHueckel water = debye_hueckel(water_c);
  const auto update = [&](double strength) {
    state.gamma_calcium = activity_coefficient(water, p.calcium, strength);
    state.gamma_bicarbonate = activity_coefficient(water, p.bicarbonate, strength);
    const double before = state.calcium_mol_l;
    state.calcium_mol_l =
        std::cbrt(x / (state.gamma_calcium * state.gamma_bicarbonate * state.gamma_bicarbonate));
    // Strictly less, so that a run away to infinity does not count as converged.
    return std::abs(state.calcium_mol_l - before) < kConvergence * state.calcium_mol_l;
  };
  if (p.gamma == CarbonateParameters::Gamma::kFixed) {
    update(p.ionic_strength);
    return state;
  }
  bool converged = false;
  while (!converged && state.iterations < kMaxIterations) {
    converged = update(3 * state.calcium_mol_l);
    ++state.iterations;
  }
  if (!converged) {
    fail_to_converge(temperature_c, pco2_atm);
  }
  return state;
}

/// One mole of CO2 is taken up per mole of calcium dissolved; mol L-1 times mm is mol m-2.
inline double carbonate_flux_mol_km2(double runoff_mm, double calcium_mol_l, double fraction) {
  return kSquareMetresPerKm2 * runoff_mm * calcium_mol_l * fraction;
}

inline double mol_to_t_co2(double mol) { return mol * (kMolarMassCarbonDioxide / kGramsPerTonne); }

}  // namespace cnci::kernels
