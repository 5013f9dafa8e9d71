// The declaration of the silicate kernel: inputs, parameters by lithology class, outputs.
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/lithology.h"
#include "kernels/silicate.h"

namespace cnci::kernels {

namespace {

struct RockDeclaration {
  std::string_view code;
  std::array<std::string_view, 3> keys;      ///< of b, cp, sa
  std::array<std::string_view, 3> defaults;  ///< t C km-2 mm-1; 1; kJ mol-1
};

/// Classes that weather as silicates. Class sc belongs to the carbonate kernel; water, evaporites
/// and ice give no flux.
constexpr std::array<RockDeclaration, 11> kRocks{{
    {"su", {"silicate.b_su", "silicate.cp_su", "silicate.sa_su"}, {"0.003364", "0", "60"}},
    {"vb", {"silicate.b_vb", "silicate.cp_vb", "silicate.sa_vb"}, {"0.007015", "0", "50"}},
    {"ss", {"silicate.b_ss", "silicate.cp_ss", "silicate.sa_ss"}, {"0.005341", "0.36", "60"}},
    {"pb", {"silicate.b_pb", "silicate.cp_pb", "silicate.sa_pb"}, {"0.007015", "0", "50"}},
    {"sm", {"silicate.b_sm", "silicate.cp_sm", "silicate.sa_sm"}, {"0.012481", "0.76", "60"}},
    {"va", {"silicate.b_va", "silicate.cp_va", "silicate.sa_va"}, {"0.002455", "0", "60"}},
    {"mt", {"silicate.b_mt", "silicate.cp_mt", "silicate.sa_mt"}, {"0.007626", "0.75", "60"}},
    {"pa", {"silicate.b_pa", "silicate.cp_pa", "silicate.sa_pa"}, {"0.005095", "0.42", "60"}},
    {"vi", {"silicate.b_vi", "silicate.cp_vi", "silicate.sa_vi"}, {"0.007015", "0", "50"}},
    {"py", {"silicate.b_py", "silicate.cp_py", "silicate.sa_py"}, {"0.0061", "0", "46"}},
    {"pi", {"silicate.b_pi", "silicate.cp_pi", "silicate.sa_pi"}, {"0.007015", "0.42", "60"}},
}};

}  // namespace

std::vector<Parameter> silicate_parameter_declarations() {
  std::vector<Parameter> parameters{
      choice_parameter("silicate.preset", "co2_consumption",
                       {"co2_consumption", "paper_literal", "silicate_only"},
                       "weight cc of carbonate minerals in silicate classes: 0.5 (half of their "
                       "carbon is CO2), 1 (as printed), 0"),
      number_parameter("silicate.cc", "1", "", 0, 1,
                       "weight cc of carbonate minerals; default: from silicate.preset"),
      number_parameter("silicate.ca", "kJ mol-1", "14", 0, 200,
                       "activation energy of carbonate minerals"),
      number_parameter("silicate.t_ref", "K", "284.2", 200, 400,
                       "temperature at which the Arrhenius terms are 1"),
      number_parameter("silicate.shielded_rate", "1", "0.1", 0, 1,
                       "rate under a shielded soil relative to an open one; s = 1 - (1 - rate) f")};
  for (const RockDeclaration& rock : kRocks) {
    parameters.push_back(number_parameter(rock.keys[0], "t km-2 mm-1", rock.defaults[0], 0, 1,
                                          "carbon per mm of runoff (g C per kg of water)"));
    parameters.push_back(number_parameter(rock.keys[1], "1", rock.defaults[1], 0, 1,
                                          "share of carbonate minerals in b"));
    parameters.push_back(number_parameter(rock.keys[2], "kJ mol-1", rock.defaults[2], 0, 200,
                                          "activation energy of silicate minerals"));
  }
  return parameters;
}

std::vector<Input> silicate_input_declarations() {
  return {lithology_input(),
          runoff_input(),
          temperature_input(),
          side_input(carbonate_fraction_input()),
          {.name = "shielding_factor",
           .unit = "1",
           .min = 0.1,
           .max = 1,
           .domain = kFraction,
           .optional = true,
           .about = "soil shielding s: 0.1 shielded, 1 open; not together with shielded_fraction",
           .hint_above = "looks like percent or a soil code; see layer.X.classes",
           .hint_below = "looks like a shielded fraction or a fill value"},
          {.name = "shielded_fraction",
           .unit = "1",
           .min = 0,
           .max = 1,
           .domain = kFraction,
           .optional = true,
           .about = "area fraction of shielded soils; not together with shielding_factor",
           .hint_above = "looks like percent or a soil code; see layer.X.classes",
           .hint_below = "looks like a fill value"}};
}

std::vector<Output> silicate_output_declarations() {
  return {{.name = "scsf",
           .unit = kFluxUnit,
           .long_name = "carbon sink flux of silicate weathering expressed as carbon dioxide",
           .cell_methods = kMeanOverCellAndYear,
           .valid_min = 0,
           .role = Role::kSink,
           .bound = kTonneBound,
           .quantum = kTonneQuantum,
           .total_name = "scs",
           .flux_name = "scsf",
           .about = "mean over the cell, silicate or not"},
          {.name = "silicate_fraction",
           .unit = "1",
           .long_name = "area fraction of silicate rock",
           .standard_name = "area_fraction",
           .cell_methods = "area: mean",
           .role = Role::kSupport,
           .bound = kAreaBoundKm2,
           .quantum = kAreaQuantum,
           .support_of = "scsf",
           .area_name = "silicate_area_km2",
           .support_flux_name = "scsf_silicate",
           .about = "classes with b > 0"}};
}

double silicate_carbonate_weight(const Parameters& parameters) {
  if (parameters.has_number("silicate.cc")) {
    return parameters.number("silicate.cc");
  }
  const std::string& preset = parameters.text("silicate.preset");
  if (preset == "co2_consumption") {
    return 0.5;
  }
  if (preset == "paper_literal") {
    return 1;
  }
  if (preset == "silicate_only") {
    return 0;
  }
  throw std::invalid_argument("silicate.preset: unknown preset " + preset);
}

SilicateParameters silicate_parameters(const Parameters& parameters) {
  SilicateParameters p;
  p.carbonate_energy_kj_mol = parameters.number("silicate.ca");
  p.reference_k = parameters.number("silicate.t_ref");
  p.carbonate_weight = silicate_carbonate_weight(parameters);
  p.shielded_rate = parameters.number("silicate.shielded_rate");
  for (const RockDeclaration& rock : kRocks) {
    p.rocks.at(static_cast<std::size_t>(lithology_id(rock.code))) = {
        parameters.number(rock.keys[0]), parameters.number(rock.keys[1]),
        parameters.number(rock.keys[2])};
  }
  return p;
}

}  // namespace cnci::kernels
