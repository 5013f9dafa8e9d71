#include "kernels/silicate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/lithology.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "silicate";

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

struct WeightedPlane {
  const double* fraction = nullptr;
  double weight = 0;
};

double weighted_sum(const std::vector<WeightedPlane>& planes, std::size_t cell) {
  double sum = 0;
  for (const WeightedPlane& plane : planes) {
    sum += plane.weight * plane.fraction[cell];
  }
  return sum;
}

/// The classes of a tile, gathered by activation energy, so that a cell needs one exponential per
/// energy and not per class. Ordered by energy and class id: which classes happen to occur
/// elsewhere in the tile cannot change the order of additions in a cell.
class Rocks {
 public:
  Rocks(const Lithology& lithology, const SilicateParameters& p) : parameters_(p) {
    for (const ClassPlane& plane : lithology.planes()) {
      const RockRates& rock = p.rocks.at(static_cast<std::size_t>(plane.class_id));
      const double* fraction = plane.fraction.data();
      if (rock.b > 0) {
        reactive_.push_back({fraction, 1.0});
        silicate_[rock.silicate_energy_kj_mol].push_back(
            {fraction, rock.b * (1 - rock.carbonate_part)});
        carbonate_.push_back({fraction, rock.b * rock.carbonate_part * p.carbonate_weight});
      }
    }
  }

  /// Area fraction of classes with b > 0.
  [[nodiscard]] double reactive(std::size_t cell) const { return weighted_sum(reactive_, cell); }

  /// Carbon taken up per mm of runoff, t C km-2 mm-1.
  [[nodiscard]] double rate(std::size_t cell, double temperature_c) const {
    double sum = 0;
    for (const auto& [energy, planes] : silicate_) {
      sum += term(weighted_sum(planes, cell), energy, temperature_c);
    }
    return sum +
           term(weighted_sum(carbonate_, cell), parameters_.carbonate_energy_kj_mol, temperature_c);
  }

 private:
  [[nodiscard]] double term(double weight, double energy, double temperature_c) const {
    return weight == 0 ? 0.0 : weight * arrhenius(energy, temperature_c, parameters_.reference_k);
  }

  const SilicateParameters& parameters_;
  std::vector<WeightedPlane> reactive_;
  std::map<double, std::vector<WeightedPlane>> silicate_;
  std::vector<WeightedPlane> carbonate_;
};

/// Area of silicate rock in a cell, as a fraction of the cell and as the factor that rescales the
/// lithology fractions; NaN where it is missing.
struct SilicateArea {
  double fraction = kMissingValue;
  double scale = kMissingValue;
};

/// Without a carbonate_fraction layer the fractions hold as they are. With it the classes other
/// than sc share 1 - f in their own proportions.
SilicateArea silicate_area(const Lithology& lithology, const Rocks& rocks,
                           const std::optional<Source>& carbonate, std::size_t cell) {
  const double f =
      carbonate && carbonate->usable(cell) ? std::min((*carbonate)[cell], 1.0) : kMissingValue;
  if (f == 1) {
    return {0, 0};
  }
  if (!lithology.known(cell)) {
    return {};
  }
  const double reactive = rocks.reactive(cell);
  if (!carbonate) {
    return {reactive, 1};
  }
  const double other = lithology.other(cell);
  if (!(other > 0)) {
    return {};
  }
  const double scale = (1 - f) / other;
  return {reactive == 0 ? 0.0 : reactive * scale, scale};
}

/// The factor s of a cell: 1 without a layer, NaN where the layer is missing.
class Shielding {
 public:
  Shielding(const TileInputs& inputs, double shielded_rate)
      : factor_(optional_source(inputs, kName, "shielding_factor", kFraction)),
        fraction_(optional_source(inputs, kName, "shielded_fraction", kFraction)),
        shielded_rate_(shielded_rate) {
    if (factor_ && fraction_) {
      throw std::invalid_argument(
          "kernel silicate: both shielding_factor and shielded_fraction are given; name one");
    }
  }

  [[nodiscard]] double operator()(std::size_t cell) const {
    if (factor_) {
      return factor_->usable(cell) ? (*factor_)[cell] : kMissingValue;
    }
    if (fraction_) {
      return fraction_->usable(cell) ? shielding_of_fraction((*fraction_)[cell], shielded_rate_)
                                     : kMissingValue;
    }
    return 1;
  }

 private:
  std::optional<Source> factor_;
  std::optional<Source> fraction_;
  double shielded_rate_;
};

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

void compute(const TileInputs& inputs, const Parameters& parameters, TileOutputs outputs) {
  require_outputs(outputs, 2, inputs.cells(), kName);
  const ClassColumns* classes = inputs.find_classes("lithology");
  if (classes == nullptr) {
    throw std::invalid_argument("kernel silicate: input lithology is absent");
  }
  const SilicateParameters p = silicate_parameters(parameters);
  const Lithology lithology(*classes, inputs.cells(), kName);
  const Rocks rocks(lithology, p);
  const Shielding shielding_of(inputs, p.shielded_rate);
  const auto carbonate = optional_source(inputs, kName, "carbonate_fraction", kFraction);
  const Source runoff = required_source(inputs, kName, "runoff");
  const Source temperature = required_source(inputs, kName, "temperature", kTemperatureDomain);
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    const SilicateArea area = silicate_area(lithology, rocks, carbonate, i);
    const double s = shielding_of(i);
    const double q = runoff.usable(i) ? positive_part(runoff[i]) : kMissingValue;
    double flux = kMissingValue;
    if (area.fraction == 0 || q == 0 || s == 0) {
      flux = 0;
    } else if (temperature.usable(i)) {
      flux = q * s * area.scale * rocks.rate(i, temperature[i]) * kCarbonToCarbonDioxide;
    }
    const bool rock = std::isfinite(area.fraction);
    put(outputs[0], i, rock && std::isfinite(flux), flux);
    put(outputs[1], i, rock, area.fraction);
  }
}

std::vector<Parameter> declared_parameters() {
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

std::vector<Input> declared_inputs() {
  return {lithology_input(),
          runoff_input(),
          temperature_input(),
          side_input(carbonate_fraction_input()),
          {.name = "shielding_factor",
           .unit = "1",
           .min = 0.1,
           .max = 1,
           .optional = true,
           .about = "soil shielding s: 0.1 shielded, 1 open; not together with shielded_fraction",
           .hint_above = "looks like percent or a soil code; see layer.X.classes",
           .hint_below = "looks like a shielded fraction or a fill value"},
          {.name = "shielded_fraction",
           .unit = "1",
           .min = 0,
           .max = 1,
           .optional = true,
           .about = "area fraction of shielded soils; not together with shielding_factor",
           .hint_above = "looks like percent or a soil code; see layer.X.classes",
           .hint_below = "looks like a fill value"}};
}

std::vector<Output> declared_outputs() {
  return {{.name = "scsf",
           .unit = kFluxUnit,
           .long_name = "carbon sink flux of silicate weathering expressed as carbon dioxide",
           .cell_methods = kMeanOverCellAndYear,
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

}  // namespace

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
          .inputs = declared_inputs(),
          .parameters = declared_parameters(),
          .outputs = declared_outputs(),
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
