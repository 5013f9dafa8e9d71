#include "kernels/silicate.h"

#include <array>
#include <cstddef>

#include "kernels/block.h"
#include "kernels/constants.h"
#include "kernels/silicate_function.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/silicate.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

/// What the classes of a cell add up to: area fraction, and carbon per mm of runoff.
struct Rocks {
  Pair area;
  Pair carbonate;                                   ///< t C km-2 mm-1 of carbonate minerals
  std::array<Pair, kLithologyClassCount> silicate;  ///< of silicate minerals, by term
};

HWY_INLINE Rocks AddUp(const SilicatePlanes& planes, std::size_t i) {
  Rocks rocks;
  // Locals, which stay in registers.
  Pair area = Both(hn::Zero(Tag()));
  Pair carbonate = area;
  const SilicatePlanes::Class* rock = planes.classes.data();
  for (std::size_t n = 0; n < planes.terms; ++n) {
    Pair silicate = Both(hn::Zero(Tag()));
    for (const auto* end = planes.classes.data() + planes.term[n].mixed_end; rock != end; ++rock) {
      const Pair fraction = LoadPair(rock->fraction + i);
      area = AddPair(area, fraction);
      silicate = MulAddPair(Both(Constant(rock->silicate)), fraction, silicate);
      carbonate = MulAddPair(Both(Constant(rock->carbonate)), fraction, carbonate);
    }
    for (const auto* end = planes.classes.data() + planes.term[n].end; rock != end; ++rock) {
      const Pair fraction = LoadPair(rock->fraction + i);
      area = AddPair(area, fraction);
      silicate = MulAddPair(Both(Constant(rock->silicate)), fraction, silicate);
    }
    rocks.silicate[n] = silicate;
  }
  rocks.area = area;
  rocks.carbonate = carbonate;
  return rocks;
}

HWY_INLINE Pair Power(const Pair* squares, const Squares& power) {
  if (power.count == 0) {
    return Both(Constant(1));
  }
  Pair product = squares[power.index[0]];
  for (std::size_t n = 1; n < power.count; ++n) {
    product = MulPair(product, squares[power.index[n]]);
  }
  return product;
}

/// dx = 1 / T_ref - 1 / T
HWY_INLINE Vector InverseDifference(const SilicateFunction& f, Vector t) {
  const Vector kelvin = hn::Add(t, Constant(kZeroCelsiusK));
  return hn::Sub(Constant(f.inverse_reference_k), hn::Div(Constant(1), kelvin));
}

/// exp(base_exponent dx)
HWY_INLINE Vector BaseExponential(const SilicateFunction& f, Vector t) {
  const Tag d;
  const auto exact = [&]() HWY_ATTR {
    return Exp(hn::Mul(InverseDifference(f, t), Constant(f.base_exponent)));
  };
  if (!f.base) {
    return exact();
  }
  const Vector x = Scaled(f.base->x, t);
  const Vector fitted = Evaluate(*f.base, x);
  const Mask covered = IsCovered(x);
  return hn::AllTrue(d, covered) ? fitted : hn::IfThenElse(covered, fitted, exact());
}

/// Carbon per mm of runoff in t C km-2: sum over terms of weight x exp(exponent dx), from the
/// temperature or, where there is a common one, from its exponential.
HWY_INLINE Pair RockRate(const SilicateFunction& f, const SilicatePlanes& planes,
                         const Rocks& rocks, const Pair& t, const Pair& base) {
  Pair rate = Both(hn::Zero(Tag()));
  if (f.base_exponent == 0) {
    const Pair dx = {InverseDifference(f, t.a), InverseDifference(f, t.b)};
    const auto arrhenius = [&](double exponent) HWY_ATTR {
      const Vector e = Constant(exponent);
      return Pair{Exp(hn::Mul(dx.a, e)), Exp(hn::Mul(dx.b, e))};
    };
    for (std::size_t n = 0; n < planes.terms; ++n) {
      rate = MulAddPair(rocks.silicate[n], arrhenius(planes.term[n].exponent), rate);
    }
    return MulAddPair(rocks.carbonate, arrhenius(planes.carbonate_minerals.exponent), rate);
  }
  Pair squares[kMultipleBits];
  squares[0] = base;
  for (std::size_t n = 1; n < planes.squares; ++n) {
    squares[n] = MulPair(squares[n - 1], squares[n - 1]);
  }
  for (std::size_t n = 0; n < planes.terms; ++n) {
    rate = MulAddPair(rocks.silicate[n], Power(squares, planes.term[n].power), rate);
  }
  return planes.any_carbonate_minerals
             ? MulAddPair(rocks.carbonate, Power(squares, planes.carbonate_minerals.power), rate)
             : rate;
}

/// The factor s of a cell, 1 without a layer.
HWY_INLINE Vector Shielding(const Block& block, const SilicateFunction& f, std::size_t i) {
  const Tag d;
  if (f.shielding_factor) {
    return hn::Load(d, block[*f.shielding_factor] + i);
  }
  if (f.shielded_fraction) {
    const Vector fraction = AtMostOne(hn::Load(d, block[*f.shielded_fraction] + i));
    return hn::MulAdd(Constant(f.shielded_rate), fraction, hn::Sub(Constant(1), fraction));
  }
  return Constant(1);
}

/// Area of silicate rock in a cell, as a fraction of the cell and as the factor that rescales the
/// lithology fractions. Without a carbonate layer the fractions hold as they are; with it the
/// classes other than sc share 1 - f in their own proportions.
struct SilicateArea {
  Vector fraction;
  Vector scale;
};

HWY_INLINE SilicateArea AreaOfSilicate(const Block& block, const SilicateFunction& f,
                                       const SilicatePlanes& planes, Vector reactive_planes,
                                       std::size_t i) {
  const Tag d;
  const Vector zero = hn::Zero(d);
  const Vector one = Constant(1);
  const Vector known = hn::Load(d, block[f.lithology.known] + i);
  const Vector reactive = hn::Add(known, reactive_planes);
  if (!f.carbonate) {
    return {reactive, one};
  }
  const Vector carbonate = AtMostOne(hn::Load(d, block[*f.carbonate] + i));
  Vector other = known;
  for (std::size_t n = 0; n < planes.others; ++n) {
    other = hn::Add(other, hn::LoadU(d, planes.other[n] + i));
  }
  const Vector scale =
      hn::IfThenElse(hn::Gt(other, zero), hn::Div(hn::Sub(one, carbonate), other), Missing());
  const Vector fraction = hn::IfThenElse(hn::And(hn::Eq(reactive, zero), hn::Gt(other, zero)), zero,
                                         hn::Mul(reactive, scale));
  const Mask all_carbonate = hn::Eq(carbonate, one);
  return {hn::IfThenElse(all_carbonate, zero, fraction),
          hn::IfThenElse(all_carbonate, zero, scale)};
}

/// The flux of one vector, missing but where rock is known.
HWY_INLINE Vector Flux(const Block& block, const SilicateFunction& f, const SilicateArea& area,
                       Vector rate, std::size_t i) {
  const Tag d;
  const Vector zero = hn::Zero(d);
  const Vector t = hn::Load(d, block[f.temperature] + i);
  const Vector s = Shielding(block, f, i);
  const Vector q = PositivePart(hn::Load(d, block[f.runoff] + i));
  // Comparisons with a missing value are false: only a known factor decides.
  const Mask none = hn::Or(hn::Eq(area.fraction, zero), hn::Or(hn::Eq(q, zero), hn::Eq(s, zero)));
  const Vector computed =
      hn::Mul(hn::Mul(hn::Mul(q, s), area.scale), hn::Mul(rate, Constant(kCarbonToCarbonDioxide)));
  const Mask sound = hn::And(hn::IsFinite(computed), hn::Eq(t, t));
  const Vector flux = hn::IfThenElse(none, zero, hn::IfThenElse(sound, computed, Missing()));
  return hn::IfThenElse(hn::IsFinite(area.fraction), flux, Missing());
}

void SilicateBlock(Block& block, const SilicateFunction& f, const SilicatePlanes& planes) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  // A loop of its own, so that more vectors are under way than one long chain allows.
  if (f.scsf && f.base_exponent != 0 && planes.terms > 0) {
    for (std::size_t i = 0; i < block.padded(); i += lanes) {
      const Vector t = hn::Load(d, block[f.temperature] + i);
      hn::Store(BaseExponential(f, t), d, block[f.base_column] + i);
    }
  }
  for (std::size_t i = 0; i < block.padded(); i += 2 * lanes) {
    const Rocks rocks = AddUp(planes, i);
    const SilicateArea area_a = AreaOfSilicate(block, f, planes, rocks.area.a, i);
    const SilicateArea area_b = AreaOfSilicate(block, f, planes, rocks.area.b, i + lanes);
    if (f.silicate_fraction) {
      const auto known = [](Vector fraction) HWY_ATTR {
        return hn::IfThenElse(hn::IsFinite(fraction), fraction, Missing());
      };
      StorePair({known(area_a.fraction), known(area_b.fraction)}, block[*f.silicate_fraction] + i);
    }
    if (f.scsf) {
      const Pair rate = RockRate(f, planes, rocks, LoadPair(block[f.temperature] + i),
                                 LoadPair(block[f.base_column] + i));
      StorePair({Flux(block, f, area_a, rate.a, i), Flux(block, f, area_b, rate.b, i + lanes)},
                block[*f.scsf] + i);
    }
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"

namespace cnci::kernels {

HWY_EXPORT(SilicateBlock);

namespace {

constexpr std::string_view kName = "silicate";

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  std::vector<std::string> names;
  for (const std::string name : {"lithology", "runoff", "temperature"}) {
    if (!given.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

/// The classes that occur in a block. Leaving out the others changes no bit of a cell: each would
/// add a zero.
SilicatePlanes planes_of(const Block& block, const SilicateFunction& f) {
  SilicatePlanes planes;
  const auto plane = [&](std::size_t class_id) {
    return block.plane(f.lithology.plane.at(class_id));
  };
  const auto need = [&](const Squares& power) {
    for (std::size_t n = 0; n < power.count; ++n) {
      planes.squares = std::max<std::size_t>(planes.squares, power.index.at(n) + 1U);
    }
  };
  std::size_t next = 0;
  for (const ArrheniusTerm& declared : f.terms) {
    SilicatePlanes::Term term{declared.exponent, declared.power, 0, 0};
    const std::size_t first = next;
    for (const bool mixed : {true, false}) {
      for (const ClassRates& rock : declared.classes) {
        const double* fraction = plane(rock.class_id);
        if (fraction != nullptr && (rock.carbonate > 0) == mixed) {
          planes.classes.at(next++) = {fraction, rock.silicate, rock.carbonate};
        }
      }
      (mixed ? term.mixed_end : term.end) = next;
    }
    if (term.end > first) {
      need(term.power);
      planes.any_carbonate_minerals = planes.any_carbonate_minerals || term.mixed_end > first;
      planes.term.at(planes.terms++) = term;
    }
  }
  planes.carbonate_minerals = {f.carbonate_minerals.exponent, f.carbonate_minerals.power, 0, 0};
  if (planes.any_carbonate_minerals) {
    need(planes.carbonate_minerals.power);
  }
  if (f.carbonate) {
    for (const std::size_t class_id : f.other) {
      if (const double* fraction = plane(class_id)) {
        planes.other.at(planes.others++) = fraction;
      }
    }
  }
  return planes;
}

/// The largest step of which all energies (kJ mol-1) are multiples below 2^kMultipleBits; 0 where
/// there is none.
double common_step(const std::vector<double>& energies) {
  constexpr double kResolution = 1e-3;
  std::int64_t divisor = 0;
  for (const double energy : energies) {
    const std::int64_t units = std::llround(energy / kResolution);
    if (std::abs(static_cast<double>(units) * kResolution - energy) > 1e-13 * energy) {
      return 0;
    }
    divisor = std::gcd(divisor, units);
  }
  const double step = static_cast<double>(divisor) * kResolution;
  const double largest = *std::max_element(energies.begin(), energies.end());
  return divisor > 0 && largest / step < double{1U << kMultipleBits} - 0.5 ? step : 0;
}

BlockFunction bind(Wiring& wiring, const Parameters& parameters) {
  SilicateFunction f = silicate_function(silicate_parameters(parameters));
  f.lithology = wiring.require_classes("lithology");
  f.runoff = wiring.require("runoff");
  f.temperature = wiring.require("temperature");
  f.base_column = wiring.scratch();
  f.carbonate = wiring.find("carbonate_fraction");
  f.shielding_factor = wiring.find("shielding_factor");
  f.shielded_fraction = wiring.find("shielded_fraction");
  if (f.shielding_factor && f.shielded_fraction) {
    throw std::invalid_argument(
        "kernel silicate: both shielding_factor and shielded_fraction are given; name one");
  }
  f.scsf = wiring.output("scsf");
  f.silicate_fraction = wiring.output("silicate_fraction");
  return [f = std::move(f)](Block& block) {
    HWY_DYNAMIC_DISPATCH(SilicateBlock)(block, f, planes_of(block, f));
  };
}

}  // namespace

Squares Squares::of(std::uint32_t multiple) {
  Squares power;
  for (std::uint8_t bit = 0; bit < kMultipleBits; ++bit) {
    if ((multiple >> bit & 1U) != 0) {
      power.index.at(power.count++) = bit;
    }
  }
  return power;
}

SilicateFunction silicate_function(const SilicateParameters& p) {
  // Powers below 2^kMultipleBits multiply it: 5.1e-10 at most.
  constexpr double kBaseTolerance = 2e-12;
  SilicateFunction f;
  f.inverse_reference_k = 1 / p.reference_k;
  f.shielded_rate = p.shielded_rate;
  std::map<double, std::vector<ClassRates>> by_energy;
  for (std::size_t id = 1; id < p.rocks.size(); ++id) {
    if (id != kLithologyNoData && id != kLithologyCarbonate) {
      f.other.push_back(id);
    }
    const RockRates& rock = p.rocks.at(id);
    if (rock.b > 0) {
      by_energy[rock.silicate_energy_kj_mol].push_back(
          {id, rock.b * (1 - rock.carbonate_part),
           rock.b * rock.carbonate_part * p.carbonate_weight});
    }
  }
  std::vector<double> energies{p.carbonate_energy_kj_mol};
  for (const auto& term : by_energy) {
    energies.push_back(term.first);
  }
  const double step = common_step(energies);
  const double exponent_per_energy = kJoulesPerKilojoule / kGasConstant;
  f.base_exponent = step * exponent_per_energy;
  if (step > 0) {
    const Input temperature = temperature_input();
    f.base = fit(
        [&](double t) {
          return std::exp(f.base_exponent * (f.inverse_reference_k - 1 / (t + kZeroCelsiusK)));
        },
        Interval::of(temperature.min, temperature.max), kBaseTolerance);
  }
  const auto term_of = [&](double energy, std::vector<ClassRates> classes) {
    const double multiple = step > 0 ? std::round(energy / step) : 0.0;
    return ArrheniusTerm{energy * exponent_per_energy,
                         Squares::of(static_cast<std::uint32_t>(multiple)), std::move(classes)};
  };
  for (auto& term : by_energy) {
    f.terms.push_back(term_of(term.first, std::move(term.second)));
  }
  f.carbonate_minerals = term_of(p.carbonate_energy_kj_mol, {});
  return f;
}

Kernel silicate_kernel() {
  return {.name = kName,
          .title = "Silicate weathering sink",
          .equation =
              "SCSF = 44.0095/12.011 q s sum_k f_k b_k [(1 - cp_k) exp(1000 sa_k / R dx) + "
              "cc cp_k exp(1000 ca / R dx)] [t CO2 km-2 yr-1], dx = 1/t_ref - 1/T, "
              "q runoff in mm, s soil shielding, f_k area fraction of class k",
          .sources =
              "Bai et al. 2023, Eq. 3; Hartmann et al. 2009, 2014; Boerker et al. 2020; "
              "CLIMBER-X",
          .inputs = silicate_input_declarations(),
          .parameters = silicate_parameter_declarations(),
          .outputs = silicate_output_declarations(),
          .lacking = lacking,
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
