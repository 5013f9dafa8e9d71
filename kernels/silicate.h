// Silicate weathering by lithology class: concentration per runoff with an Arrhenius term for
// temperature and a factor for shielding soils (Hartmann et al. 2009, 2014; Boerker et al. 2020).
#pragma once

#include <array>
#include <cmath>

#include "kernels/constants.h"
#include "kernels/kernel.h"
#include "kernels/runoff.h"

namespace cnci::kernels {

/// One lithology class. b is t C km-2 per mm of runoff (g C per kg of water).
struct RockRates {
  double b = 0;
  double carbonate_part = 0;          ///< cp, share of b from carbonate minerals
  double silicate_energy_kj_mol = 0;  ///< sa
};

struct SilicateParameters {
  std::array<RockRates, 17> rocks{};   ///< by GLiM id; classes without rates have b = 0
  double carbonate_energy_kj_mol = 0;  ///< ca
  double reference_k = 0;
  double carbonate_weight = 0;  ///< cc
  double shielded_rate = 0;     ///< rate of a fully shielded soil, relative to an open one
};

/// Throws std::out_of_range where a declared parameter is absent.
[[nodiscard]] SilicateParameters silicate_parameters(const Parameters& parameters);

/// The weight cc of carbonate minerals: silicate.cc where it is set, else by silicate.preset
/// (co2_consumption 0.5, paper_literal 1, silicate_only 0).
[[nodiscard]] double silicate_carbonate_weight(const Parameters& parameters);

/// exp(1000 E / R (1 / T_ref - 1 / T)), E in kJ mol-1.
inline double arrhenius(double energy_kj_mol, double temperature_c, double reference_k) {
  const double dx = 1 / reference_k - 1 / (temperature_c + kZeroCelsiusK);
  return std::exp(kJoulesPerKilojoule * energy_kj_mol / kGasConstant * dx);
}

/// s = 1 - (1 - rate) f for a soil of which the fraction f is shielded.
inline double shielding_of_fraction(double fraction, double shielded_rate) {
  return 1 - (1 - shielded_rate) * fraction;
}

/// The flux where one class covers all of the cell.
struct SilicateFlux {
  double silicate_t_c_km2 = 0;
  double carbonate_t_c_km2 = 0;  ///< before its weight cc
  double total_t_c_km2 = 0;
  double total_t_co2_km2 = 0;
};

inline SilicateFlux silicate_flux(double runoff_mm, double temperature_c, double shielding,
                                  const RockRates& rock, const SilicateParameters& p) {
  const double per_unit = positive_part(runoff_mm) * shielding * rock.b;
  SilicateFlux flux;
  flux.silicate_t_c_km2 = per_unit * (1 - rock.carbonate_part) *
                          arrhenius(rock.silicate_energy_kj_mol, temperature_c, p.reference_k);
  flux.carbonate_t_c_km2 = per_unit * rock.carbonate_part *
                           arrhenius(p.carbonate_energy_kj_mol, temperature_c, p.reference_k);
  flux.total_t_c_km2 = flux.silicate_t_c_km2 + p.carbonate_weight * flux.carbonate_t_c_km2;
  flux.total_t_co2_km2 = flux.total_t_c_km2 * kCarbonToCarbonDioxide;
  return flux;
}

}  // namespace cnci::kernels
