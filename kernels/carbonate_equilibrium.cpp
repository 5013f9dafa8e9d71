// The exact equilibrium, by iteration, and the parameters it depends on.
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kernels/carbonate.h"

namespace cnci::kernels {

namespace {

using Pressure = CarbonateParameters::Pressure;
using Gamma = CarbonateParameters::Gamma;

LogK log_k_of(const Parameters& parameters, const std::string& stem) {
  LogK k{};
  const std::string_view letters = "abcde";
  for (std::size_t i = 0; i < k.size(); ++i) {
    k.at(i) = parameters.number(stem + "_" + letters[i]);
  }
  return k;
}

[[noreturn]] void fail_to_converge(double temperature_c, double pco2_atm) {
  std::ostringstream text;
  text.precision(17);
  text << "kernel carbonate: activity coefficients do not converge at " << temperature_c
       << " degC and pCO2 " << pco2_atm << " atm within " << kMaxIterations
       << " iterations; check the carbonate.* parameters or use carbonate.gamma = fixed";
  throw std::domain_error(text.str());
}

}  // namespace

Equilibrium calcite_equilibrium_of_ideal(double water_c, double ideal,
                                         const CarbonateParameters& p) {
  Equilibrium state;
  state.calcium_mol_l = ideal;
  if (p.gamma == Gamma::kIdeal || ideal == 0) {
    return state;
  }
  const DebyeHueckel water = debye_hueckel(water_c);
  const auto update = [&](double strength) {
    state.gamma_calcium = activity_coefficient(water, p.calcium, strength);
    state.gamma_bicarbonate = activity_coefficient(water, p.bicarbonate, strength);
    const double before = state.calcium_mol_l;
    state.calcium_mol_l =
        ideal / std::cbrt(state.gamma_calcium * state.gamma_bicarbonate * state.gamma_bicarbonate);
    // Strictly less, so that a run away to infinity does not count as converged.
    return std::abs(state.calcium_mol_l - before) < kConvergence * state.calcium_mol_l;
  };
  if (p.gamma == Gamma::kFixed) {
    update(p.ionic_strength);
    return state;
  }
  state.converged = false;
  while (!state.converged && state.iterations < kMaxIterations) {
    state.converged = update(3 * state.calcium_mol_l);
    ++state.iterations;
  }
  return state;
}

Equilibrium calcite_equilibrium(double temperature_c, double pco2_atm,
                                const CarbonateParameters& p) {
  const double water_c = std::min(std::max(temperature_c, p.water_min_c), p.water_max_c);
  const Equilibrium state =
      calcite_equilibrium_of_ideal(water_c, ideal_calcium_mol_l(water_c, pco2_atm, p), p);
  if (!state.converged) {
    fail_to_converge(temperature_c, pco2_atm);
  }
  return state;
}

double carbonate_flux(double factor, double temperature_c, double pressure_source,
                      const CarbonateParameters& p) {
  const double pco2 =
      p.pressure == Pressure::kBrook ? brook_pco2_atm(pressure_source, p) : pressure_source;
  const double calcium = calcite_equilibrium(temperature_c, pco2, p).calcium_mol_l;
  return factor * calcium * kTonnesPerMillimetreMol;
}

CarbonateParameters carbonate_parameters(const Parameters& parameters) {
  CarbonateParameters p;
  const std::string& pressure = parameters.text("carbonate.pco2");
  p.pressure = pressure == "constant" ? Pressure::kConstant
               : pressure == "raster" ? Pressure::kRaster
                                      : Pressure::kBrook;
  p.pco2_atm = parameters.number("carbonate.pco2_value");
  p.brook_base = parameters.number("carbonate.brook_base");
  p.brook_range = parameters.number("carbonate.brook_range");
  p.brook_rate_per_mm = parameters.number("carbonate.brook_rate");
  const std::string& gamma = parameters.text("carbonate.gamma");
  p.gamma = gamma == "fixed" ? Gamma::kFixed : gamma == "ideal" ? Gamma::kIdeal : Gamma::kIterate;
  p.ionic_strength = parameters.number("carbonate.ionic_strength");
  p.freeze_to_zero = parameters.text("carbonate.freeze") == "zero";
  p.water_min_c = parameters.number("carbonate.water_min");
  p.water_max_c = parameters.number("carbonate.water_max");
  p.calcium = {4, parameters.number("carbonate.size_ca"), parameters.number("carbonate.linear_ca")};
  p.bicarbonate = {1, parameters.number("carbonate.size_hco3"),
                   parameters.number("carbonate.linear_hco3")};
  const LogK ks = log_k_of(parameters, "carbonate.ks");
  const LogK k1 = log_k_of(parameters, "carbonate.k1");
  const LogK k2 = log_k_of(parameters, "carbonate.k2");
  const LogK k0 = log_k_of(parameters, "carbonate.k0");
  for (std::size_t i = 0; i < p.log_k.size(); ++i) {
    p.log_k.at(i) = ks.at(i) + k1.at(i) + k0.at(i) - k2.at(i);
  }
  return p;
}

}  // namespace cnci::kernels
