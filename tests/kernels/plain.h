// The formulas of the kernels as they are printed, for one cell, with the standard library's
// functions and no rearrangement. With long double they are the truth that tests compare kernels
// with, with double the plain implementation that benchmarks compare them with. Parameters are read
// by their keys, independently of the kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>

#include "kernels/constants.h"
#include "kernels/kernel.h"
#include "kernels/lithology.h"

namespace cnci::kernels::plain {

// Runoff.

/// max(value, 0) that keeps a NaN.
template <class Real>
Real positive_part(Real value) {
  if (value > 0) {
    return value;
  }
  return value <= 0 ? Real{0} : std::numeric_limits<Real>::quiet_NaN();
}

template <class Real>
Real runoff_mm(Real precipitation_mm, Real evapotranspiration_mm) {
  return positive_part<Real>(precipitation_mm - evapotranspiration_mm);
}

// Carbonate.

/// log10 K(T) = a + b T + c / T + d log10 T + e / T^2, T in kelvin.
template <class Real>
struct LogK {
  Real a = 0, b = 0, c = 0, d = 0, e = 0;
};

template <class Real>
Real log10_k(const LogK<Real>& k, Real temperature_k) {
  return k.a + k.b * temperature_k + k.c / temperature_k + k.d * std::log10(temperature_k) +
         k.e / (temperature_k * temperature_k);
}

template <class Real>
struct Water {
  Real a = 0;  ///< of Debye-Hueckel
  Real b = 0;
};

template <class Real>
Water<Real> debye_hueckel(Real temperature_c) {
  const Real t = temperature_c + Real{kZeroCelsiusK};
  const Real eps =
      kDielectric0 + kDielectric1 * t + kDielectricLog * std::log(t) + kDielectricInverse / t;
  const Real s1 = kCriticalTemperatureC - temperature_c;
  const Real s2 = std::cbrt(s1);
  const Real rho =
      (1 + kDensityN1 * s2 + kDensityN2 * s1) /
      (kDensityD0 + kDensityD1 * s2 + kDensityD2 * s1 + kDensityD3 * s1 * s1 * s1 * s1);
  return {kDebyeA * std::sqrt(rho) / std::pow(eps * t, Real{1.5}),
          kDebyeB * std::sqrt(rho) / std::sqrt(eps * t)};
}

template <class Real>
struct Ion {
  Real charge = 0;
  Real size_angstrom = 0;
  Real linear = 0;  ///< L mol-1
};

template <class Real>
Real activity_coefficient(const Water<Real>& water, const Ion<Real>& ion, Real strength) {
  const Real root = std::sqrt(strength);
  return std::pow(Real{10}, -water.a * ion.charge * ion.charge * root /
                                    (1 + water.b * ion.size_angstrom * root) +
                                ion.linear * strength);
}

template <class Real>
struct CarbonateParameters {
  enum class Pressure { kBrook, kConstant, kRaster };
  enum class Gamma { kIterate, kFixed, kIdeal };

  explicit CarbonateParameters(const Parameters& parameters) {
    const auto number = [&](const std::string& key) {
      return Real{parameters.number("carbonate." + key)};
    };
    const auto log_k = [&](const std::string& stem) {
      return LogK<Real>{number(stem + "_a"), number(stem + "_b"), number(stem + "_c"),
                        number(stem + "_d"), number(stem + "_e")};
    };
    const std::string& source = parameters.text("carbonate.pco2");
    pressure = source == "brook"    ? Pressure::kBrook
               : source == "raster" ? Pressure::kRaster
                                    : Pressure::kConstant;
    const std::string& mode = parameters.text("carbonate.gamma");
    gamma = mode == "iterate" ? Gamma::kIterate : mode == "fixed" ? Gamma::kFixed : Gamma::kIdeal;
    pco2_atm = number("pco2_value");
    brook_base = number("brook_base");
    brook_range = number("brook_range");
    brook_rate = number("brook_rate");
    ionic_strength = number("ionic_strength");
    freeze_to_zero = parameters.text("carbonate.freeze") == "zero";
    water_min_c = number("water_min");
    water_max_c = number("water_max");
    calcium = {2, number("size_ca"), number("linear_ca")};
    bicarbonate = {-1, number("size_hco3"), number("linear_hco3")};
    ks = log_k("ks");
    k1 = log_k("k1");
    k2 = log_k("k2");
    k0 = log_k("k0");
  }

  Pressure pressure{};
  Gamma gamma{};
  Real pco2_atm = 0;
  Real brook_base = 0, brook_range = 0, brook_rate = 0;
  Real ionic_strength = 0;
  bool freeze_to_zero = false;
  Real water_min_c = 0, water_max_c = 0;
  Ion<Real> calcium, bicarbonate;
  LogK<Real> ks, k1, k2, k0;
};

/// log10 pCO2 = -3.47 + 2.09 (1 - exp(-0.00172 ET))
template <class Real>
Real brook_pco2_atm(Real evapotranspiration_mm, const CarbonateParameters<Real>& p) {
  return std::pow(Real{10}, p.brook_base + p.brook_range * (1 - std::exp(-p.brook_rate *
                                                                         evapotranspiration_mm)));
}

template <class Real>
struct Equilibrium {
  Real calcium_mol_l = 0;
  Real gamma_calcium = 1;
  Real gamma_bicarbonate = 1;
  int iterations = 0;
};

/// [Ca] = (X / (gCa gHCO3^2))^(1/3), X = Ks K1 K0 pCO2 / (4 K2), by fixed point from g = 1. Throws
/// std::domain_error where it does not converge.
template <class Real>
Equilibrium<Real> calcite_equilibrium(Real temperature_c, Real pco2_atm,
                                      const CarbonateParameters<Real>& p) {
  constexpr bool kTruth = std::numeric_limits<Real>::digits > 53;
  constexpr Real kConvergence = kTruth ? 1e-18L : 1e-14L;
  constexpr int kMaxIterations = kTruth ? 1000 : 200;
  const Real water_c = std::min(std::max(temperature_c, p.water_min_c), p.water_max_c);
  const Real t = water_c + Real{kZeroCelsiusK};
  const Real x = std::pow(Real{10}, log10_k(p.ks, t) + log10_k(p.k1, t) + log10_k(p.k0, t) -
                                        log10_k(p.k2, t)) *
                 pco2_atm / 4;
  Equilibrium<Real> state;
  state.calcium_mol_l = std::cbrt(x);
  using Gamma = typename CarbonateParameters<Real>::Gamma;
  if (x == 0 || p.gamma == Gamma::kIdeal) {
    return state;
  }
  const Water<Real> water = debye_hueckel(water_c);
  const auto at_strength = [&](Real strength) {
    const Real g_ca = activity_coefficient(water, p.calcium, strength);
    const Real g_hco3 = activity_coefficient(water, p.bicarbonate, strength);
    return Equilibrium<Real>{std::cbrt(x / (g_ca * g_hco3 * g_hco3)), g_ca, g_hco3,
                             state.iterations + 1};
  };
  if (p.gamma == Gamma::kFixed) {
    return at_strength(p.ionic_strength);
  }
  while (state.iterations < kMaxIterations) {
    const Real before = state.calcium_mol_l;
    state = at_strength(3 * before);
    if (std::abs(state.calcium_mol_l - before) < kConvergence * state.calcium_mol_l) {
      return state;
    }
  }
  throw std::domain_error("the activity coefficients do not converge");
}

/// 1e6 q Ca f, q in mm (L m-2).
template <class Real>
Real carbonate_flux_mol_km2(Real runoff_mm, Real calcium_mol_l, Real fraction) {
  return kSquareMetresPerKm2 * runoff_mm * calcium_mol_l * fraction;
}

template <class Real>
Real mol_to_t_co2(Real mol) {
  return mol * kMolarMassCarbonDioxide / kGramsPerTonne;
}

/// CCSF in t CO2 km-2 yr-1.
template <class Real>
Real carbonate_flux(Real runoff_mm, Real fraction, Real temperature_c, Real pco2_atm,
                    const CarbonateParameters<Real>& p) {
  const Real calcium = calcite_equilibrium(temperature_c, pco2_atm, p).calcium_mol_l;
  return mol_to_t_co2(carbonate_flux_mol_km2(runoff_mm, calcium, fraction));
}

template <class Real>
Real carbon_to_carbon_dioxide(Real carbon) {
  return carbon * kMolarMassCarbonDioxide / kMolarMassCarbon;
}

// Silicate.

template <class Real>
struct Rock {
  Real b = 0;   ///< t C km-2 mm-1
  Real cp = 0;  ///< share of carbonate minerals
  Real sa = 0;  ///< kJ mol-1
};

template <class Real>
struct SilicateParameters {
  explicit SilicateParameters(const Parameters& parameters) {
    const auto number = [&](const std::string& key) {
      return Real{parameters.number("silicate." + key)};
    };
    const std::string& preset = parameters.text("silicate.preset");
    cc = parameters.has_number("silicate.cc") ? number("cc")
         : preset == "co2_consumption"        ? Real{0.5}
         : preset == "paper_literal"          ? Real{1}
                                              : Real{0};
    ca = number("ca");
    reference_k = number("t_ref");
    shielded_rate = number("shielded_rate");
    for (const std::string code :
         {"su", "vb", "ss", "pb", "sm", "va", "mt", "pa", "vi", "py", "pi"}) {
      rocks.at(static_cast<std::size_t>(lithology_id(code))) = {
          number("b_" + code), number("cp_" + code), number("sa_" + code)};
    }
  }

  [[nodiscard]] const Rock<Real>& rock(const std::string& code) const {
    return rocks.at(static_cast<std::size_t>(lithology_id(code)));
  }

  std::array<Rock<Real>, kLithologyClassCount + 1> rocks{};  ///< by GLiM id
  Real ca = 0;                                               ///< kJ mol-1
  Real cc = 0;
  Real reference_k = 0;
  Real shielded_rate = 0;
};

/// exp(1000 E / R (1 / T_ref - 1 / T)), E in kJ mol-1.
template <class Real>
Real arrhenius(Real energy_kj_mol, Real temperature_c, Real reference_k) {
  const Real dx = 1 / reference_k - 1 / (temperature_c + Real{kZeroCelsiusK});
  return std::exp(1000 * energy_kj_mol / kGasConstant * dx);
}

/// s = 1 - (1 - rate) f
template <class Real>
Real shielding_of_fraction(Real fraction, Real shielded_rate) {
  return 1 - (1 - shielded_rate) * fraction;
}

/// The flux where one class covers all of the cell.
template <class Real>
struct SilicateFlux {
  Real silicate_t_c_km2 = 0;
  Real carbonate_t_c_km2 = 0;  ///< before its weight cc
  Real total_t_c_km2 = 0;
  Real total_t_co2_km2 = 0;
};

template <class Real>
SilicateFlux<Real> silicate_flux(Real runoff_mm, Real temperature_c, Real shielding,
                                 const Rock<Real>& rock, const SilicateParameters<Real>& p) {
  const Real q = positive_part(runoff_mm);
  SilicateFlux<Real> flux;
  flux.silicate_t_c_km2 =
      q * shielding * rock.b * (1 - rock.cp) * arrhenius(rock.sa, temperature_c, p.reference_k);
  flux.carbonate_t_c_km2 =
      q * shielding * rock.b * rock.cp * arrhenius(p.ca, temperature_c, p.reference_k);
  flux.total_t_c_km2 = flux.silicate_t_c_km2 + p.cc * flux.carbonate_t_c_km2;
  flux.total_t_co2_km2 = carbon_to_carbon_dioxide(flux.total_t_c_km2);
  return flux;
}

// Vegetation and soil.

template <class Real>
struct NepParameters {
  explicit NepParameters(const Parameters& parameters)
      : rs_q0(parameters.number("nep.rs_q0")),
        rs_beta(parameters.number("nep.rs_beta")),
        p_half_m(parameters.number("nep.p_half")),
        soc_half(parameters.number("nep.soc_half")),
        rh_a(parameters.number("nep.rh_a")),
        rh_b(parameters.number("nep.rh_b")),
        cap_rh(parameters.flag("nep.cap_rh")),
        clamp_negative(parameters.flag("nep.clamp_negative")) {}

  Real rs_q0, rs_beta, p_half_m, soc_half, rh_a, rh_b;
  bool cap_rh, clamp_negative;
};

template <class Real>
struct NepFlux {
  Real rs_kg_c_m2 = 0;
  Real rh_kg_c_m2 = 0;
  Real uncapped_rh_kg_c_m2 = 0;
  bool rh_above_rs = false;  ///< before any cap
  Real nep_t_c_km2 = 0;
  Real nep_t_co2_km2 = 0;
};

/// Rs = 1.55 exp(0.031 T) p / (p + 0.68) SOC / (SOC + 2.23), p in m; Rh = 0.6163 Rs^0.7918;
/// NEP = NPP - 1000 Rh.
template <class Real>
NepFlux<Real> nep_flux(Real npp_g_c_m2, Real temperature_c, Real precipitation_mm, Real soc_kg_c_m2,
                       const NepParameters<Real>& p) {
  NepFlux<Real> flux;
  const Real water_m = precipitation_mm / 1000;
  flux.rs_kg_c_m2 = p.rs_q0 * std::exp(p.rs_beta * temperature_c) * water_m /
                    (water_m + p.p_half_m) * soc_kg_c_m2 / (soc_kg_c_m2 + p.soc_half);
  flux.rh_kg_c_m2 = flux.rs_kg_c_m2 > 0 ? p.rh_a * std::pow(flux.rs_kg_c_m2, p.rh_b) : Real{0};
  flux.uncapped_rh_kg_c_m2 = flux.rh_kg_c_m2;
  flux.rh_above_rs = flux.rh_kg_c_m2 > flux.rs_kg_c_m2;
  if (p.cap_rh) {
    flux.rh_kg_c_m2 = std::min(flux.rh_kg_c_m2, flux.rs_kg_c_m2);
  }
  flux.nep_t_c_km2 = npp_g_c_m2 - 1000 * flux.rh_kg_c_m2;
  if (p.clamp_negative) {
    flux.nep_t_c_km2 = std::max(flux.nep_t_c_km2, Real{0});
  }
  flux.nep_t_co2_km2 = carbon_to_carbon_dioxide(flux.nep_t_c_km2);
  return flux;
}

}  // namespace cnci::kernels::plain
