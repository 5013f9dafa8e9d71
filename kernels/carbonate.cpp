#include "kernels/carbonate.h"

#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/lithology.h"
#include "kernels/runoff.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "carbonate";
constexpr Domain kPressure{0.0, 1.0 + kFractionSlack};
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

/// Area fraction of carbonate, from its own layer or from lithology class sc.
class CarbonateFraction {
 public:
  CarbonateFraction(const TileInputs& inputs, std::string_view kernel)
      : layer_(optional_source(inputs, kernel, "carbonate_fraction", kFraction)) {
    if (layer_) {
      return;
    }
    const ClassColumns* classes = inputs.find_classes("lithology");
    if (classes == nullptr) {
      throw std::invalid_argument("kernel " + std::string(kernel) +
                                  ": neither carbonate_fraction nor lithology is given");
    }
    lithology_.emplace(*classes, inputs.cells(), kernel);
  }

  /// NaN where it is missing.
  [[nodiscard]] double operator()(std::size_t cell) const {
    if (layer_) {
      return layer_->usable(cell) ? std::min((*layer_)[cell], 1.0) : kMissingValue;
    }
    if (!lithology_->known(cell)) {
      return kMissingValue;
    }
    const double fraction = lithology_->carbonate(cell);
    const bool sound = fraction >= kFraction.min && fraction <= kFraction.max;
    return sound ? std::min(fraction, 1.0) : kMissingValue;
  }

 private:
  std::optional<Source> layer_;
  std::optional<Lithology> lithology_;
};

/// Soil CO2 of a cell in atm, NaN where it is missing.
class SoilPressure {
 public:
  SoilPressure(const TileInputs& inputs, const CarbonateParameters& parameters)
      : parameters_(parameters) {
    if (parameters.pressure == Pressure::kBrook) {
      source_ = required_source(inputs, kName, "evapotranspiration", kNonNegative);
    } else if (parameters.pressure == Pressure::kRaster) {
      source_ = required_source(inputs, kName, "pco2", kPressure);
    }
  }

  [[nodiscard]] double operator()(std::size_t cell) const {
    if (!source_) {
      return parameters_.pco2_atm;
    }
    if (!source_->usable(cell)) {
      return kMissingValue;
    }
    const double value = (*source_)[cell];
    return parameters_.pressure == Pressure::kBrook ? brook_pco2_atm(value, parameters_) : value;
  }

 private:
  const CarbonateParameters& parameters_;
  std::optional<Source> source_;
};

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& parameters) {
  std::vector<std::string> names;
  const auto need = [&](const std::string& name) {
    if (!given.contains(name)) {
      names.push_back(name);
    }
  };
  if (!given.contains("carbonate_fraction")) {
    need("lithology");
  }
  need("runoff");
  need("temperature");
  const std::string& pressure = parameters.text("carbonate.pco2");
  if (pressure == "brook") {
    need("evapotranspiration");
  } else if (pressure == "raster") {
    need("pco2");
  }
  return names;
}

void compute(const TileInputs& inputs, const Parameters& parameters, TileOutputs outputs) {
  require_outputs(outputs, 3, inputs.cells(), kName);
  const CarbonateParameters p = carbonate_parameters(parameters);
  const CarbonateFraction fraction_of(inputs, kName);
  const SoilPressure pressure_of(inputs, p);
  const Source runoff = required_source(inputs, kName, "runoff");
  const Source temperature = required_source(inputs, kName, "temperature", kTemperatureDomain);
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    const double fraction = fraction_of(i);
    const double pco2 = pressure_of(i);
    const double q = runoff.usable(i) ? positive_part(runoff[i]) : kMissingValue;
    const double t = temperature.usable(i) ? temperature[i] : kMissingValue;
    // A NaN equals nothing, so that only a known factor can decide.
    const bool zero = fraction == 0 || q == 0 || pco2 == 0 || (p.freeze_to_zero && t < 0);
    const bool rock = !std::isnan(fraction);
    double flux = zero ? 0.0 : kMissingValue;
    if (rock && !zero && !std::isnan(pco2) && !std::isnan(q) && !std::isnan(t)) {
      const Equilibrium state = calcite_equilibrium(t, pco2, p);
      flux = mol_to_t_co2(carbonate_flux_mol_km2(q, state.calcium_mol_l, fraction));
    }
    put(outputs[0], i, rock && !std::isnan(flux), flux);
    put(outputs[1], i, rock, fraction);
    put(outputs[2], i, !std::isnan(pco2), pco2);
  }
}

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

std::vector<Parameter> declared_parameters() {
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

std::vector<Output> declared_outputs() {
  return {{.name = "ccsf",
           .unit = kFluxUnit,
           .long_name = "carbon sink flux of carbonate weathering expressed as carbon dioxide",
           .cell_methods = kMeanOverCellAndYear,
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
           .role = Role::kAuxiliary,
           .about = "as the carbonate flux uses it"}};
}

}  // namespace

void fail_to_converge(double temperature_c, double pco2_atm) {
  std::ostringstream text;
  text.precision(17);
  text << "kernel carbonate: activity coefficients do not converge at " << temperature_c
       << " degC and pCO2 " << pco2_atm << " atm within " << kMaxIterations
       << " iterations; check the carbonate.* parameters or use carbonate.gamma = fixed";
  throw std::domain_error(text.str());
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

Kernel carbonate_kernel() {
  Input lithology = optional_input(lithology_input());
  Input fraction = carbonate_fraction_input();
  fraction.key = true;
  return {.name = kName,
          .title = "Carbonate weathering sink (maximum potential dissolution)",
          .equation =
              "CCSF = 1e6 q Ca f 44.0095e-6 [t CO2 km-2 yr-1], "
              "Ca = (Ks K1 K0 pCO2 / (4 K2 gCa gHCO3^2))^(1/3) [mol L-1], "
              "q runoff in mm, f area fraction of carbonate",
          .sources =
              "Bai et al. 2023, Eq. 2; Plummer & Busenberg 1982; Truesdell & Jones 1974; "
              "Brook, Folkoff & Box 1983; PHREEQC",
          .inputs = {lithology,
                     fraction,
                     runoff_input(),
                     temperature_input(),
                     optional_input(evapotranspiration_input()),
                     {.name = "pco2",
                      .unit = "atm",
                      .min = 0,
                      .max = 1,
                      .optional = true,
                      .about = "CO2 pressure of the soil, with carbonate.pco2 = raster",
                      .hint_above = "looks like ppm or Pa",
                      .hint_below = "looks like a fill value"}},
          .parameters = declared_parameters(),
          .outputs = declared_outputs(),
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
