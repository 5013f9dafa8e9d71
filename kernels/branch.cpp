#include "kernels/branch.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/lithology.h"
#include "kernels/silicate.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "branch";

constexpr int code(Branch branch) { return static_cast<int>(branch); }

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  if (given.contains("ccsf") || given.contains("scsf")) {
    return {};
  }
  return {"ccsf or scsf"};
}

/// The class that covers most of a cell; the lower id where two cover the same. Code
/// kNoDataLithology where the larger part is unknown.
class DominantClass {
 public:
  explicit DominantClass(const TileInputs& inputs)
      : carbonate_(optional_source(inputs, kName, "carbonate_fraction", kFraction)) {
    if (const ClassColumns* classes = inputs.find_classes("lithology")) {
      lithology_.emplace(*classes, inputs.cells(), kName);
    }
    if (!carbonate_ && !lithology_) {
      throw std::invalid_argument(
          "kernel branch: neither carbonate_fraction nor lithology is given");
    }
  }

  [[nodiscard]] int operator()(std::size_t cell) const {
    if (!carbonate_) {
      return lithology_->known(cell) ? largest(cell, lithology_->carbonate(cell), 1)
                                     : code(Branch::kNoDataLithology);
    }
    if (!carbonate_->usable(cell)) {
      return code(Branch::kNoDataLithology);
    }
    const double f = std::min((*carbonate_)[cell], 1.0);
    if (!lithology_) {
      return code(f > 0 ? Branch::kCarbonate : Branch::kNoCarbonate);
    }
    const double other = lithology_->known(cell) ? lithology_->other(cell) : 0.0;
    if (other > 0) {
      return largest(cell, f, (1 - f) / other);
    }
    return code(f >= 1 - f ? Branch::kCarbonate : Branch::kNoDataLithology);
  }

 private:
  [[nodiscard]] int largest(std::size_t cell, double carbonate, double scale) const {
    int id = code(Branch::kCarbonate);
    double most = carbonate;
    for (const ClassPlane& plane : lithology_->planes()) {
      if (plane.class_id == kLithologyCarbonate) {
        continue;
      }
      const double fraction = plane.fraction[cell] * scale;
      if (fraction > most || (fraction == most && plane.class_id < id)) {
        id = plane.class_id;
        most = fraction;
      }
    }
    return id;
  }

  std::optional<Source> carbonate_;
  std::optional<Lithology> lithology_;
};

bool usable_or_absent(const std::optional<Source>& source, std::size_t cell) {
  return !source || source->usable(cell);
}

/// What the formulas read, for naming the factor that decided.
struct Factors {
  explicit Factors(const TileInputs& inputs)
      : runoff(optional_source(inputs, kName, "runoff")),
        temperature(optional_source(inputs, kName, "temperature", kTemperatureDomain)),
        pressure(optional_source(inputs, kName, "pco2")),
        shielding_factor(optional_source(inputs, kName, "shielding_factor", kFraction)),
        shielded_fraction(optional_source(inputs, kName, "shielded_fraction", kFraction)),
        ccsf(optional_source(inputs, kName, "ccsf")),
        scsf(optional_source(inputs, kName, "scsf")) {}

  [[nodiscard]] bool dry(std::size_t cell) const {
    return runoff && runoff->usable(cell) && (*runoff)[cell] <= 0;
  }

  std::optional<Source> runoff;
  std::optional<Source> temperature;
  std::optional<Source> pressure;
  std::optional<Source> shielding_factor;
  std::optional<Source> shielded_fraction;
  std::optional<Source> ccsf;
  std::optional<Source> scsf;
};

Branch missing_factor(const Factors& factors, bool carbonate, std::size_t cell) {
  if (!usable_or_absent(factors.runoff, cell)) {
    return Branch::kNoDataRunoff;
  }
  if (!usable_or_absent(factors.temperature, cell)) {
    return Branch::kNoDataTemperature;
  }
  if (carbonate && !usable_or_absent(factors.pressure, cell)) {
    return Branch::kNoDataPressure;
  }
  if (!carbonate && (!usable_or_absent(factors.shielding_factor, cell) ||
                     !usable_or_absent(factors.shielded_fraction, cell))) {
    return Branch::kNoDataShielding;
  }
  return Branch::kNoDataLithology;
}

/// The branch of a carbonate cell whose flux is known.
Branch carbonate_branch(const Factors& factors, bool freeze_to_zero, std::size_t cell) {
  if (factors.dry(cell)) {
    return Branch::kZeroRunoff;
  }
  if (freeze_to_zero && factors.temperature && factors.temperature->usable(cell) &&
      (*factors.temperature)[cell] < 0) {
    return Branch::kFrozen;
  }
  if (factors.pressure && factors.pressure->usable(cell) && (*factors.pressure)[cell] == 0) {
    return Branch::kZeroPressure;
  }
  return Branch::kCarbonate;
}

void compute(const TileInputs& inputs, const Parameters& parameters, TileOutputs outputs) {
  require_outputs(outputs, 1, inputs.cells(), kName);
  const DominantClass dominant(inputs);
  const Factors factors(inputs);
  const auto rocks = silicate_parameters(parameters).rocks;
  const bool freeze_to_zero = parameters.text("carbonate.freeze") == "zero";
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    int result = dominant(i);
    const bool carbonate = result == code(Branch::kCarbonate);
    const std::optional<Source>& flux = carbonate ? factors.ccsf : factors.scsf;
    if (result == code(Branch::kNoDataLithology) || result == code(Branch::kNoCarbonate)) {
      put(outputs[0], i, true, result);
      continue;
    }
    if (!flux) {
      result = code(Branch::kNotComputed);
    } else if (!flux->usable(i)) {
      result = code(missing_factor(factors, carbonate, i));
    } else if (carbonate) {
      result = code(carbonate_branch(factors, freeze_to_zero, i));
    } else if (rocks.at(static_cast<std::size_t>(result)).b > 0 && factors.dry(i)) {
      result = code(Branch::kZeroRunoff);
    }
    put(outputs[0], i, true, result);
  }
}

std::vector<int> flag_values() {
  std::vector<int> values;
  for (const LithologyClass& rock : lithology_classes()) {
    values.push_back(rock.id);
  }
  for (int value = code(Branch::kZeroRunoff); value <= code(Branch::kNotComputed); ++value) {
    values.push_back(value);
  }
  return values;
}

}  // namespace

Kernel branch_kernel() {
  return {.name = kName,
          .title = "Branch of the weathering formulas",
          .equation =
              "the class that covers most of the cell, unless a zero factor or a missing "
              "one decided",
          .sources = "this program",
          .outputs = {{.name = "branch",
                       .unit = "1",
                       .long_name = "formula branch that produced the weathering flux",
                       .cell_methods = "area: mode",
                       .role = Role::kAuxiliary,
                       .flag_values = flag_values(),
                       .flag_meanings = {"silicate_unconsolidated_sediments",
                                         "silicate_basic_volcanic",
                                         "silicate_siliciclastic_sedimentary",
                                         "silicate_basic_plutonic",
                                         "silicate_mixed_sedimentary",
                                         "carbonate",
                                         "silicate_acid_volcanic",
                                         "silicate_metamorphic",
                                         "silicate_acid_plutonic",
                                         "silicate_intermediate_volcanic",
                                         "zero_water_body",
                                         "silicate_pyroclastics",
                                         "silicate_intermediate_plutonic",
                                         "zero_evaporites",
                                         "no_data_lithology",
                                         "zero_ice_and_glaciers",
                                         "zero_runoff",
                                         "zero_carbonate_fraction",
                                         "zero_frozen",
                                         "zero_co2_pressure",
                                         "no_data_runoff",
                                         "no_data_temperature",
                                         "no_data_co2_pressure",
                                         "no_data_shielding",
                                         "not_computed"},
                       .about = "codes 1 to 16 are GLiM classes; the lower one where two cover the "
                                "same area"}},
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
