// Net ecosystem production: NPP less heterotrophic respiration, which follows from soil respiration
// by temperature, precipitation and soil organic carbon (Chen et al. 2010, 2012).
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/constants.h"
#include "kernels/kernel.h"

namespace cnci::kernels {

struct NepParameters {
  double rs_base = 0;    ///< kg C m-2 yr-1
  double rs_beta = 0;    ///< per degC
  double p_half_m = 0;   ///< m
  double soc_half = 0;   ///< kg C m-2
  double rh_factor = 0;  ///< of Rs^exponent, kg C m-2 yr-1
  double rh_exponent = 0;
  bool cap_rh = false;
  bool clamp_negative = false;
};

/// Throws std::out_of_range where a declared parameter is absent.
[[nodiscard]] NepParameters nep_parameters(const Parameters& parameters);

struct NepFlux {
  double rs_kg_c_m2 = 0;
  double rh_kg_c_m2 = 0;
  bool rh_above_rs = false;  ///< before any cap
  double nep_t_c_km2 = 0;
  double nep_t_co2_km2 = 0;
};

/// Rs = 1.55 exp(0.031 T) p / (p + 0.68) SOC / (SOC + 2.23), p in m, SOC in kg C m-2;
/// Rh = 0.6163 Rs^0.7918; NEP = NPP - 1000 Rh, NPP in g C m-2 = t C km-2.
inline NepFlux nep_flux(double npp_g_c_m2, double temperature_c, double precipitation_mm,
                        double soc_kg_c_m2, const NepParameters& p) {
  NepFlux flux;
  const double water_m = precipitation_mm / kMillimetresPerMetre;
  flux.rs_kg_c_m2 = p.rs_base * std::exp(p.rs_beta * temperature_c) *
                    (water_m / (water_m + p.p_half_m)) * (soc_kg_c_m2 / (soc_kg_c_m2 + p.soc_half));
  if (flux.rs_kg_c_m2 > 0) {
    flux.rh_kg_c_m2 = p.rh_factor * std::pow(flux.rs_kg_c_m2, p.rh_exponent);
  }
  flux.rh_above_rs = flux.rh_kg_c_m2 > flux.rs_kg_c_m2;
  if (p.cap_rh) {
    flux.rh_kg_c_m2 = std::min(flux.rh_kg_c_m2, flux.rs_kg_c_m2);
  }
  flux.nep_t_c_km2 = npp_g_c_m2 - kTonnesPerKm2PerKgPerM2 * flux.rh_kg_c_m2;
  if (p.clamp_negative && flux.nep_t_c_km2 < 0) {
    flux.nep_t_c_km2 = 0;
  }
  flux.nep_t_co2_km2 = flux.nep_t_c_km2 * kCarbonToCarbonDioxide;
  return flux;
}

}  // namespace cnci::kernels
