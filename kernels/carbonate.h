// Maximum potential dissolution of carbonate: the calcium concentration of water in equilibrium
// with calcite and soil CO2 (Plummer & Busenberg 1982; White 1984; Gombert 2002) times runoff.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

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
  bool converged = true;
};

inline constexpr int kMaxIterations = 200;
inline constexpr double kConvergence = 1e-14;  ///< relative change of [Ca]

/// [Ca] of an ideal solution, (Ks K1 K0 pCO2 / (4 K2))^(1/3), in mol L-1; water_c within the
/// parameters' limits.
inline double ideal_calcium_mol_l(double water_c, double pco2_atm, const CarbonateParameters& p) {
  return std::cbrt(std::pow(10.0, log10_k(p.log_k, water_c + kZeroCelsiusK)) * pco2_atm / 4);
}

/// [Ca]^3 = Ks K1 K0 pCO2 / (4 K2 gCa gHCO3^2): calcite dissolved by CO2, with the charge balance
/// [HCO3-] = 2 [Ca++]. With gamma = iterate the ionic strength is that of Ca and HCO3 alone, 3
/// [Ca], and the equation is solved by iteration from `ideal`, the [Ca] of an ideal solution.
[[nodiscard]] Equilibrium calcite_equilibrium_of_ideal(double water_c, double ideal,
                                                       const CarbonateParameters& p);

/// The same of air temperature and pressure. Throws std::domain_error, naming both, where the
/// iteration does not converge.
[[nodiscard]] Equilibrium calcite_equilibrium(double temperature_c, double pco2_atm,
                                              const CarbonateParameters& p);

/// t CO2 km-2 of 1 mm of runoff with 1 mol L-1 of calcium: mol L-1 times mm is mol m-2, and one
/// mole of CO2 is taken up per mole of calcium dissolved.
inline constexpr double kTonnesPerMillimetreMol =
    kSquareMetresPerKm2 * (kMolarMassCarbonDioxide / kGramsPerTonne);

/// CCSF in t CO2 km-2 yr-1 of one cell; `factor` is runoff in mm times the carbonate fraction,
/// `pressure_source` evapotranspiration in mm with pressure = brook, else pCO2 in atm.
[[nodiscard]] double carbonate_flux(double factor, double temperature_c, double pressure_source,
                                    const CarbonateParameters& p);

/// What the kernel declares.
[[nodiscard]] std::vector<Parameter> carbonate_parameter_declarations();
[[nodiscard]] std::vector<Output> carbonate_output_declarations();

}  // namespace cnci::kernels
