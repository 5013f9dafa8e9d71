// Silicate weathering by lithology class: concentration per runoff with an Arrhenius term for
// temperature and a factor for shielding soils (Hartmann et al. 2009, 2014; Boerker et al. 2020).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "kernels/kernel.h"
#include "kernels/lithology.h"

namespace cnci::kernels {

/// One lithology class. b is t C km-2 per mm of runoff (g C per kg of water).
struct RockRates {
  double b = 0;
  double carbonate_part = 0;          ///< cp, share of b from carbonate minerals
  double silicate_energy_kj_mol = 0;  ///< sa
};

struct SilicateParameters {
  std::array<RockRates, kLithologyClassCount + 1>
      rocks{};                         ///< by GLiM id; classes without rates have b = 0
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

/// What the kernel declares.
[[nodiscard]] std::vector<Input> silicate_input_declarations();
[[nodiscard]] std::vector<Parameter> silicate_parameter_declarations();
[[nodiscard]] std::vector<Output> silicate_output_declarations();

}  // namespace cnci::kernels
