#include "kernels/carbonate.h"

#include <array>
#include <cstddef>

#include "kernels/block.h"
#include "kernels/carbonate_function.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/carbonate.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

/// Area fraction of carbonate, at most 1, missing where it is unknown or impossible.
HWY_INLINE Vector CarbonateFraction(const Block& block, const CarbonateFunction& f, std::size_t i) {
  const Tag d;
  if (f.fraction) {
    return AtMostOne(hn::Load(d, block[*f.fraction] + i));
  }
  const Vector known = hn::Load(d, block[f.class_known] + i);
  const double* fractions = block.plane(f.class_sc);
  if (fractions == nullptr) {
    return known;
  }
  const Vector plane = hn::Add(known, hn::LoadU(d, fractions + i));
  const Mask sound =
      hn::And(hn::Ge(plane, Constant(kFraction.min)), hn::Le(plane, Constant(kFraction.max)));
  return hn::IfThenElse(sound, AtMostOne(plane), Missing());
}

/// ln pCO2 by Brook's formula.
HWY_INLINE Vector BrookLogPressure(const CarbonateFunction& f, Vector et) {
  const Vector rest = Exp(hn::Mul(et, Constant(-f.parameters.brook_rate_per_mm)));
  return hn::NegMulAdd(rest, Constant(f.brook_log_range), Constant(f.brook_log_limit));
}

/// pCO2^(1/6) of what the pressure is computed from or is; not meaningful where it is missing.
HWY_INLINE Vector SixthRoot(const CarbonateFunction& f, Vector source) {
  const Tag d;
  const Vector sixth = Constant(1.0 / 6);
  switch (f.parameters.pressure) {
    case CarbonateParameters::Pressure::kBrook: {
      const auto exact = [&]()
                             HWY_ATTR { return Exp(hn::Mul(BrookLogPressure(f, source), sixth)); };
      if (!f.fit.brook) {
        return exact();
      }
      const Vector x = Scaled(f.fit.brook->x, source);
      const Vector fitted = Evaluate(*f.fit.brook, x);
      const Mask covered = IsCovered(x);
      return hn::AllTrue(d, covered) ? fitted : hn::IfThenElse(covered, fitted, exact());
    }
    case CarbonateParameters::Pressure::kRaster:
      return Exp(hn::Mul(Log(source), sixth));
    case CarbonateParameters::Pressure::kConstant:
      break;
  }
  return Constant(f.sixth_root);
}

/// What can be said of the flux without chemistry, into its column: 0 where a factor is, else
/// missing. Where it must be computed, z of CalciteFit and q f go into columns of their own; z is
/// missing elsewhere.
void PrepareFlux(Block& block, const CarbonateFunction& f) {
  const Tag d;
  const Vector zero = hn::Zero(d);
  const CarbonateParameters& p = f.parameters;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    const Vector fraction = CarbonateFraction(block, f, i);
    if (f.fraction_used) {
      hn::Store(fraction, d, block[*f.fraction_used] + i);
    }
    if (!f.ccsf) {
      continue;
    }
    const Vector q = PositivePart(hn::Load(d, block[f.runoff] + i));
    const Vector t = hn::Load(d, block[f.temperature] + i);
    const Vector source = f.pressure ? hn::Load(d, block[*f.pressure] + i) : Constant(p.pco2_atm);
    const Mask rock = hn::Eq(fraction, fraction);
    // Comparisons with a missing value are false: only a known factor decides.
    Mask none = hn::Or(hn::Eq(fraction, zero), hn::Eq(q, zero));
    if (p.pressure != CarbonateParameters::Pressure::kBrook) {
      none = hn::Or(none, hn::Eq(source, zero));
    }
    if (p.freeze_to_zero) {
      none = hn::Or(none, hn::Lt(t, zero));
    }
    hn::Store(hn::IfThenElse(hn::And(rock, none), zero, Missing()), d, block[*f.ccsf] + i);
    const Vector factor = hn::Mul(q, fraction);
    const Vector all = hn::Add(hn::Add(factor, t), source);
    const Mask needed = hn::AndNot(none, hn::Eq(all, all));
    Vector z = Missing();
    if (!hn::AllFalse(d, needed)) {
      const Vector water = Within(t, Constant(p.water_min_c), Constant(p.water_max_c));
      z = hn::Mul(Evaluate(f.fit.root, Scaled(f.fit.root.x, water)), SixthRoot(f, source));
    }
    hn::Store(hn::IfThenElse(needed, z, Missing()), d, block[f.root_column] + i);
    hn::Store(factor, d, block[f.factor_column] + i);
  }
}

/// The exact flux in the lanes of `rest`, which the polynomials do not cover.
HWY_NOINLINE Vector FluxOneByOne(const Block& block, const CarbonateFunction& f, Mask rest,
                                 Vector flux, std::size_t i) {
  const Tag d;
  alignas(64) std::array<double, kWidestVector> chosen{};
  alignas(64) std::array<double, kWidestVector> result{};
  hn::Store(hn::IfThenElseZero(rest, Constant(1)), d, chosen.data());
  hn::Store(flux, d, result.data());
  for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane) {
    if (chosen.at(lane) == 0) {
      continue;
    }
    const double source = f.pressure ? block[*f.pressure][i + lane] : f.parameters.pco2_atm;
    result.at(lane) = carbonate_flux(block[f.factor_column][i + lane],
                                     block[f.temperature][i + lane], source, f.parameters);
  }
  return hn::Load(d, result.data());
}

/// CCSF = q f [Ca], [Ca] = z^2 / 3 rise(T, z) of CalciteFit, where it is to be computed.
void ComputeFlux(Block& block, const CarbonateFunction& f) {
  const Tag d;
  const CalciteFit& fit = f.fit;
  const auto scaled_water = [&](Vector t) HWY_ATTR {
    const CarbonateParameters& p = f.parameters;
    return Scaled(fit.rise.x, Within(t, Constant(p.water_min_c), Constant(p.water_max_c)));
  };
  const auto finish = [&](Vector z, Vector rise, std::size_t i) HWY_ATTR {
    const Mask needed = hn::Eq(z, z);
    const Vector factor =
        hn::Mul(hn::Load(d, block[f.factor_column] + i), Constant(kTonnesPerMillimetreMol / 3));
    Vector flux = hn::Mul(hn::Mul(factor, hn::Mul(z, z)), rise);
    const Mask covered =
        hn::And(hn::Ge(z, Constant(fit.root_min)), hn::Le(z, Constant(fit.root_max)));
    const Mask rest = hn::AndNot(covered, needed);
    if (!hn::AllFalse(d, rest)) {
      flux = FluxOneByOne(block, f, rest, flux, i);
    }
    const Vector before = hn::Load(d, block[*f.ccsf] + i);
    hn::Store(hn::IfThenElse(needed, flux, before), d, block[*f.ccsf] + i);
  };
  for (std::size_t i = 0; i < block.padded(); i += 2 * hn::Lanes(d)) {
    const Pair z = LoadPair(block[f.root_column] + i);
    if (hn::AllFalse(d, hn::Or(hn::Eq(z.a, z.a), hn::Eq(z.b, z.b)))) {
      continue;
    }
    const Pair t = LoadPair(block[f.temperature] + i);
    const Pair rise = Evaluate(fit.rise, {scaled_water(t.a), scaled_water(t.b)},
                               {Scaled(fit.rise.y, z.a), Scaled(fit.rise.y, z.b)});
    finish(z.a, rise.a, i);
    finish(z.b, rise.b, i + hn::Lanes(d));
  }
}

void ComputePressure(Block& block, const CarbonateFunction& f) {
  const Tag d;
  const bool brook = f.parameters.pressure == CarbonateParameters::Pressure::kBrook;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    const Vector source =
        f.pressure ? hn::Load(d, block[*f.pressure] + i) : Constant(f.parameters.pco2_atm);
    const Vector atm = brook ? Exp(BrookLogPressure(f, source)) : source;
    hn::Store(hn::IfThenElse(IsMissing(source), Missing(), atm), d, block[*f.pco2] + i);
  }
}

void CarbonateBlock(Block& block, const CarbonateFunction& f) {
  PrepareFlux(block, f);
  if (f.ccsf) {
    ComputeFlux(block, f);
  }
  if (f.pco2) {
    ComputePressure(block, f);
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

HWY_EXPORT(CarbonateBlock);

namespace {

constexpr std::string_view kName = "carbonate";

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

BlockFunction bind(Wiring& wiring, const Parameters& parameters) {
  CarbonateFunction f;
  f.ccsf = wiring.output("ccsf");
  f.fraction_used = wiring.output("carbonate_fraction_used");
  f.pco2 = wiring.output("pco2");
  f.fraction = wiring.find("carbonate_fraction");
  if (!f.fraction) {
    const ClassSlots lithology = wiring.require_classes("lithology");
    f.class_known = lithology.known;
    f.class_sc = lithology.plane[kLithologyCarbonate];
  }
  f.runoff = wiring.require("runoff");
  f.temperature = wiring.require("temperature");
  f.parameters = carbonate_parameters(parameters);
  const CarbonateParameters& p = f.parameters;
  const double ln10 = std::log(10.0);
  if (p.pressure == CarbonateParameters::Pressure::kBrook) {
    f.pressure = wiring.require("evapotranspiration");
    f.brook_log_range = ln10 * p.brook_range;
    f.brook_log_limit = ln10 * (p.brook_base + p.brook_range);
  } else if (p.pressure == CarbonateParameters::Pressure::kRaster) {
    f.pressure = wiring.require("pco2");
  } else {
    f.sixth_root = std::pow(p.pco2_atm, 1.0 / 6);
  }
  f.root_column = wiring.scratch();
  f.factor_column = wiring.scratch();
  f.fit = fit_calcite(p);
  return [f = std::move(f)](Block& block) { HWY_DYNAMIC_DISPATCH(CarbonateBlock)(block, f); };
}

}  // namespace

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
                      .domain = {0, 1 + kFractionSlack},
                      .optional = true,
                      .about = "CO2 pressure of the soil, with carbonate.pco2 = raster",
                      .hint_above = "looks like ppm or Pa",
                      .hint_below = "looks like a fill value"}},
          .parameters = carbonate_parameter_declarations(),
          .outputs = carbonate_output_declarations(),
          .lacking = lacking,
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
