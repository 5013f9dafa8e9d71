#include "kernels/nep.h"

#include <cstddef>

#include "kernels/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nep.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

/// NEP in logarithms: ln Rs = ln rs_q0 + beta T + ln(P SOC / ((P + p_half) (SOC + soc_half))) and
/// 1000 Rh = exp(ln(1000 rh_a) + rh_b ln Rs), so that a cell costs one logarithm, one exponential
/// and one division. In two loops, since the chain from the first load to the last store is too
/// long for a processor to work on enough vectors at a time.
void NepBlock(Block& block, const NepFunction& f) {
  const Tag d;
  const Vector zero = hn::Zero(d);
  const Vector limit = Constant(kLargestExponent);
  const Vector nothing = Constant(-std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    const Vector t = hn::Load(d, block[f.temperature] + i);
    const Vector p = hn::Load(d, block[f.precipitation] + i);
    const Vector soc = hn::Load(d, block[f.soc] + i);
    const Vector halves =
        hn::Mul(hn::Add(p, Constant(f.p_half_mm)), hn::Add(soc, Constant(f.soc_half)));
    const Vector saturation = hn::Div(hn::Mul(p, soc), halves);
    const Vector log_rs =
        hn::Add(hn::MulAdd(Constant(f.rs_beta), t, Constant(f.log_rs_base)), Log(saturation));
    // Minus infinity, whose exponential is 0, where nothing respires; NaN where any is missing.
    const Vector respiring = hn::IfThenElse(hn::Le(saturation, zero), nothing, log_rs);
    const Vector all = hn::Add(hn::Add(t, p), soc);
    hn::Store(hn::IfThenElse(IsMissing(all), Missing(), respiring), d, block[f.log_rs] + i);
  }
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    const Vector npp = hn::Load(d, block[f.npp] + i);
    const Vector log_rs = hn::Load(d, block[f.log_rs] + i);
    Vector log_rh = hn::MulAdd(Constant(f.rh_exponent), log_rs, Constant(f.log_rh_factor));
    const Vector log_rs_g = hn::Add(log_rs, Constant(f.log_g_per_kg));
    const Mask above = hn::Gt(log_rh, log_rs_g);
    if (f.cap_rh) {
      log_rh = hn::IfThenElse(above, log_rs_g, log_rh);
    }
    const Vector rh = Exp(hn::IfThenElse(hn::Lt(log_rh, limit), log_rh, limit));
    Vector nep = hn::Sub(npp, rh);
    if (f.clamp_negative) {
      nep = PositivePart(nep);
    }
    const Vector flux = hn::Mul(nep, Constant(kCarbonToCarbonDioxide));
    const Mask sound = hn::And(hn::IsFinite(flux), hn::Eq(log_rs, log_rs));
    if (f.nep) {
      hn::Store(hn::IfThenElse(sound, flux, Missing()), d, block[*f.nep] + i);
    }
    if (f.rh_above_rs) {
      const Vector flag = hn::IfThenElseZero(above, Constant(1));
      hn::Store(hn::IfThenElse(sound, flag, Missing()), d, block[*f.rh_above_rs] + i);
    }
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <cmath>
#include <string>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

HWY_EXPORT(NepBlock);

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

BlockFunction bind(Wiring& wiring, const Parameters& parameters) {
  const NepFunction f{
      .npp = wiring.require("npp"),
      .temperature = wiring.require("temperature"),
      .precipitation = wiring.require("precipitation"),
      .soc = wiring.require("soc"),
      .log_rs = wiring.scratch(),
      .nep = wiring.output("nep"),
      .rh_above_rs = wiring.output("rh_above_rs"),
      .log_rs_base = std::log(parameters.number("nep.rs_q0")),
      .rs_beta = parameters.number("nep.rs_beta"),
      .p_half_mm = parameters.number("nep.p_half") * kMillimetresPerMetre,
      .soc_half = parameters.number("nep.soc_half"),
      .log_g_per_kg = std::log(kTonnesPerKm2PerKgPerM2),
      .log_rh_factor = std::log(kTonnesPerKm2PerKgPerM2 * parameters.number("nep.rh_a")),
      .rh_exponent = parameters.number("nep.rh_b"),
      .cap_rh = parameters.flag("nep.cap_rh"),
      .clamp_negative = parameters.flag("nep.clamp_negative")};
  return [f](Block& block) { HWY_DYNAMIC_DISPATCH(NepBlock)(block, f); };
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
           .domain = kNonNegative,
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
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
