// The declaration of the carbonate kernel: parameters and outputs.
#include <array>
#include <string_view>
#include <vector>

#include "kernels/carbonate.h"
#include "kernels/declare.h"

namespace cnci::kernels {

namespace {

struct LogKDeclaration {
  std::array<std::string_view, 5> keys;
  std::array<std::string_view, 5> defaults;
  std::string_view about;
};

void declare_log_k(const LogKDeclaration& declaration, std::vector<Parameter>& parameters) {
  constexpr std::array<std::string_view, 5> kUnits{"1", "K-1", "K", "1", "K2"};
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    parameters.push_back(number_parameter(declaration.keys.at(i), kUnits.at(i),
                                          declaration.defaults.at(i), -1e8, 1e8,
                                          declaration.about));
  }
}

}  // namespace

std::vector<Parameter> carbonate_parameter_declarations() {
  std::vector<Parameter> parameters{
      choice_parameter("carbonate.pco2", "brook", {"brook", "constant", "raster"},
                       "CO2 pressure of the soil: from annual evapotranspiration (Brook), one "
                       "value, or layer.pco2"),
      number_parameter("carbonate.pco2_value", "atm", "0.006", 0, 1,
                       "the value with pco2 = constant"),
      number_parameter("carbonate.brook_base", "1", "-3.47", -6, 0,
                       "log10 pCO2 (atm) without evapotranspiration"),
      number_parameter("carbonate.brook_range", "1", "2.09", 0, 6,
                       "rise of log10 pCO2 with evapotranspiration"),
      number_parameter("carbonate.brook_rate", "mm-1", "0.00172", 0, 1,
                       "rate of that rise per mm of annual evapotranspiration"),
      choice_parameter("carbonate.gamma", "iterate", {"iterate", "fixed", "ideal"},
                       "activity coefficients: ionic strength 3 [Ca] iterated, given, or all 1"),
      number_parameter("carbonate.ionic_strength", "mol L-1", "0.005", 0, 0.5,
                       "ionic strength with gamma = fixed"),
      choice_parameter("carbonate.freeze", "clamp", {"clamp", "zero"},
                       "below 0 degC: water at water_min, or no flux"),
      number_parameter("carbonate.water_min", "degC", "0", 0, 50,
                       "lowest water temperature; the fits do not hold for ice"),
      number_parameter("carbonate.water_max", "degC", "50", 0, 90, "highest water temperature"),
      number_parameter("carbonate.size_ca", "angstrom", "5.0", 0, 20,
                       "Debye-Hueckel ion size of Ca++"),
      number_parameter("carbonate.linear_ca", "L mol-1", "0.165", -1, 1,
                       "linear term of log10 gamma of Ca++"),
      number_parameter("carbonate.size_hco3", "angstrom", "5.4", 0, 20,
                       "Debye-Hueckel ion size of HCO3-"),
      number_parameter("carbonate.linear_hco3", "L mol-1", "0", -1, 1,
                       "linear term of log10 gamma of HCO3-")};
  declare_log_k(
      {{"carbonate.ks_a", "carbonate.ks_b", "carbonate.ks_c", "carbonate.ks_d", "carbonate.ks_e"},
       {"-171.9065", "-0.077993", "2839.319", "71.595", "0"},
       "term of log10 Ks, calcite = Ca++ + CO3--"},
      parameters);
  declare_log_k(
      {{"carbonate.k1_a", "carbonate.k1_b", "carbonate.k1_c", "carbonate.k1_d", "carbonate.k1_e"},
       {"-356.3094", "-0.06091964", "21834.37", "126.8339", "-1684915.0"},
       "term of log10 K1, CO2(aq) + H2O = H+ + HCO3-"},
      parameters);
  declare_log_k(
      {{"carbonate.k2_a", "carbonate.k2_b", "carbonate.k2_c", "carbonate.k2_d", "carbonate.k2_e"},
       {"-107.8871", "-0.03252849", "5151.79", "38.92561", "-563713.9"},
       "term of log10 K2, HCO3- = H+ + CO3--"},
      parameters);
  declare_log_k(
      {{"carbonate.k0_a", "carbonate.k0_b", "carbonate.k0_c", "carbonate.k0_d", "carbonate.k0_e"},
       {"108.3865", "0.01985076", "-6919.53", "-40.45154", "669365.0"},
       "term of log10 K0, CO2(g) = CO2(aq), mol L-1 atm-1"},
      parameters);
  return parameters;
}

std::vector<Output> carbonate_output_declarations() {
  return {{.name = "ccsf",
           .unit = kFluxUnit,
           .long_name = "carbon sink flux of carbonate weathering expressed as carbon dioxide",
           .cell_methods = kMeanOverCellAndYear,
           .valid_min = 0,
           .role = Role::kSink,
           .bound = kTonneBound,
           .quantum = kTonneQuantum,
           .total_name = "ccs",
           .flux_name = "ccsf",
           .about = "mean over the cell, carbonate or not"},
          {.name = "carbonate_fraction_used",
           .unit = "1",
           .long_name = "area fraction of carbonate outcrop",
           .standard_name = "area_fraction",
           .cell_methods = "area: mean",
           .role = Role::kSupport,
           .bound = kAreaBoundKm2,
           .quantum = kAreaQuantum,
           .support_of = "ccsf",
           .area_name = "carbonate_area_km2",
           .support_flux_name = "ccsf_carbonate",
           .about = "from layer carbonate_fraction, else from lithology class sc"},
          {.name = "pco2",
           .unit = "atm",
           .long_name = "partial pressure of carbon dioxide in the soil",
           .cell_methods = kMeanOverCellAndYear,
           .valid_min = 0,
           .role = Role::kAuxiliary,
           .about = "as the carbonate flux uses it"}};
}

}  // namespace cnci::kernels
