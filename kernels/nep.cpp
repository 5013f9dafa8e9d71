#include "kernels/nep.h"

#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "nep";

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  std::vector<std::string> names;
  for (const std::string name : {"npp", "temperature", "precipitation", "soc"}) {
    if (!given.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

void compute(const TileInputs& inputs, const Parameters& parameters, TileOutputs outputs) {
  require_outputs(outputs, 2, inputs.cells(), kName);
  const NepParameters p = nep_parameters(parameters);
  const Source npp = required_source(inputs, kName, "npp");
  const Source temperature = required_source(inputs, kName, "temperature", kTemperatureDomain);
  const Source precipitation = required_source(inputs, kName, "precipitation", kNonNegative);
  const Source soc = required_source(inputs, kName, "soc", kNonNegative);
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    const bool present =
        npp.usable(i) && temperature.usable(i) && precipitation.usable(i) && soc.usable(i);
    NepFlux flux;
    if (present) {
      flux = nep_flux(npp[i], temperature[i], precipitation[i], soc[i], p);
    }
    const bool sound = present && std::isfinite(flux.nep_t_co2_km2);
    put(outputs[0], i, sound, flux.nep_t_co2_km2);
    put(outputs[1], i, sound, flux.rh_above_rs ? 1.0 : 0.0);
  }
}

std::vector<Parameter> declared_parameters() {
  return {
      number_parameter("nep.rs_q0", "kg m-2", "1.55", 0, 100,
                       "soil respiration (C per year) at 0 degC without limits"),
      number_parameter("nep.rs_beta", "degC-1", "0.031", 0, 1,
                       "exponential rise of soil respiration with temperature"),
      number_parameter("nep.p_half", "m", "0.68", 1e-6, 100, "precipitation of half saturation"),
      number_parameter("nep.soc_half", "kg m-2", "2.23", 1e-6, 1000,
                       "soil organic carbon of half saturation"),
      number_parameter("nep.rh_a", "1", "0.6163", 0, 10, "factor of Rh = a Rs^b"),
      number_parameter("nep.rh_b", "1", "0.7918", 0.01, 10, "exponent of Rh = a Rs^b"),
      flag_parameter("nep.cap_rh", "true: Rh is at most Rs (the power law exceeds it in deserts)"),
      flag_parameter("nep.clamp_negative", "true: a negative NEP becomes 0")};
}

std::vector<Input> declared_inputs() {
  return {{.name = "npp",
           .unit = "g m-2",
           .min = -3000,
           .max = 3270,
           .period = Period::kAnnual,
           .carbon = true,
           .key = true,
           .about = "net primary production of the year, as carbon",
           .hint_above = "looks like raw MOD17 integers (scale 0.1 g) or a fill code",
           .hint_below = "looks like raw MOD17 integers (scale 0.1 g) or a fill value"},
          temperature_input(),
          precipitation_input(),
          {.name = "soc",
           .unit = "kg m-2",
           .min = 0,
           .max = 500,
           .carbon = true,
           .about = "soil organic carbon of 0-20 cm, as carbon",
           .hint_above = "looks like t ha-1 or g m-2",
           .hint_below = "looks like a fill value"}};
}

std::vector<Output> declared_outputs() {
  return {{.name = "nep",
           .unit = kFluxUnit,
           .long_name = "net ecosystem production expressed as carbon dioxide",
           .cell_methods = kMeanOverCellAndYear,
           .role = Role::kSink,
           .bound = kTonneBound,
           .quantum = kTonneQuantum,
           .total_name = "vscs",
           .flux_name = "vscsf",
           .about = "the vegetation-soil sink; negative where the land is a source"},
          {.name = "rh_above_rs",
           .unit = "1",
           .long_name = "area fraction where heterotrophic exceeds soil respiration",
           .standard_name = "area_fraction",
           .cell_methods = "area: mean",
           .role = Role::kDiagnostic,
           .bound = kAreaBoundKm2,
           .quantum = kAreaQuantum,
           .about = "1 where Rh > Rs, which is unphysical; see nep.cap_rh"}};
}

}  // namespace

NepParameters nep_parameters(const Parameters& parameters) {
  return {.rs_base = parameters.number("nep.rs_q0"),
          .rs_beta = parameters.number("nep.rs_beta"),
          .p_half_m = parameters.number("nep.p_half"),
          .soc_half = parameters.number("nep.soc_half"),
          .rh_factor = parameters.number("nep.rh_a"),
          .rh_exponent = parameters.number("nep.rh_b"),
          .cap_rh = parameters.flag("nep.cap_rh"),
          .clamp_negative = parameters.flag("nep.clamp_negative")};
}

Kernel nep_kernel() {
  return {.name = kName,
          .title = "Vegetation-soil sink (net ecosystem production)",
          .equation =
              "NEP = 44.0095/12.011 (NPP - 1000 Rh) [t CO2 km-2 yr-1], Rh = rh_a Rs^rh_b, "
              "Rs = rs_q0 exp(rs_beta T) p/(p + p_half) SOC/(SOC + soc_half) [kg C m-2 yr-1], "
              "p precipitation in m",
          .sources = "Bai et al. 2023, Eq. 4; Chen et al. 2010, 2012",
          .inputs = declared_inputs(),
          .parameters = declared_parameters(),
          .outputs = declared_outputs(),
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
