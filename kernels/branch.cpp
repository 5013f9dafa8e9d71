#include "kernels/branch.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/block.h"
#include "kernels/kernels.h"
#include "kernels/lithology.h"
#include "kernels/silicate.h"
#include "kernels/wiring.h"

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

/// A column that may be absent.
class OptionalColumn {
 public:
  OptionalColumn(const Block& block, const std::optional<Slot>& slot)
      : values_(slot ? block[*slot] : nullptr) {}
  explicit operator bool() const { return values_ != nullptr; }
  [[nodiscard]] double operator[](std::size_t cell) const { return values_[cell]; }
  [[nodiscard]] bool present(std::size_t cell) const {
    return values_ != nullptr && !std::isnan(values_[cell]);
  }
  [[nodiscard]] bool present_or_absent(std::size_t cell) const {
    return values_ == nullptr || !std::isnan(values_[cell]);
  }

 private:
  const double* values_;
};

struct Columns {
  std::optional<Slot> carbonate;
  std::optional<ClassSlots> lithology;
  std::optional<Slot> runoff;
  std::optional<Slot> temperature;
  std::optional<Slot> pressure;
  std::optional<Slot> shielding_factor;
  std::optional<Slot> shielded_fraction;
  std::optional<Slot> ccsf;
  std::optional<Slot> scsf;
  Slot out = 0;
};

/// The class that covers most of a cell; the lower id where two cover the same. Code
/// kNoDataLithology where the larger part is unknown.
class DominantClass {
 public:
  DominantClass(const Block& block, const Columns& columns)
      : block_(block), carbonate_(block, columns.carbonate), lithology_(columns.lithology) {}

  [[nodiscard]] int operator()(std::size_t cell) const {
    const bool known = lithology_ && !std::isnan(block_[lithology_->known][cell]);
    if (!carbonate_) {
      return known ? largest(cell, fraction(kLithologyCarbonate, cell), 1)
                   : code(Branch::kNoDataLithology);
    }
    if (!carbonate_.present(cell)) {
      return code(Branch::kNoDataLithology);
    }
    const double f = std::min(carbonate_[cell], 1.0);
    if (!lithology_) {
      return code(f > 0 ? Branch::kCarbonate : Branch::kNoCarbonate);
    }
    double other = 0;
    for (int id = 1; known && id <= int{kLithologyClassCount}; ++id) {
      other += id == kLithologyCarbonate ? 0.0 : fraction(id, cell);
    }
    if (other > 0) {
      return largest(cell, f, (1 - f) / other);
    }
    return code(f >= 1 - f ? Branch::kCarbonate : Branch::kNoDataLithology);
  }

 private:
  [[nodiscard]] double fraction(int class_id, std::size_t cell) const {
    const double* plane = block_.plane(lithology_->plane.at(static_cast<std::size_t>(class_id)));
    return plane == nullptr ? 0.0 : plane[cell];
  }

  [[nodiscard]] int largest(std::size_t cell, double carbonate, double scale) const {
    int id = code(Branch::kCarbonate);
    double most = carbonate;
    for (int other = 1; other <= int{kLithologyClassCount}; ++other) {
      const double part = other == kLithologyCarbonate ? 0.0 : fraction(other, cell) * scale;
      if (part > most || (part > 0 && part == most && other < id)) {
        id = other;
        most = part;
      }
    }
    return id;
  }

  const Block& block_;
  OptionalColumn carbonate_;
  std::optional<ClassSlots> lithology_;
};

/// What the formulas read, for naming the factor that decided.
struct Factors {
  Factors(const Block& block, const Columns& columns)
      : runoff(block, columns.runoff),
        temperature(block, columns.temperature),
        pressure(block, columns.pressure),
        shielding_factor(block, columns.shielding_factor),
        shielded_fraction(block, columns.shielded_fraction),
        ccsf(block, columns.ccsf),
        scsf(block, columns.scsf) {}

  [[nodiscard]] bool dry(std::size_t cell) const {
    return runoff.present(cell) && runoff[cell] <= 0;
  }

  OptionalColumn runoff;
  OptionalColumn temperature;
  OptionalColumn pressure;
  OptionalColumn shielding_factor;
  OptionalColumn shielded_fraction;
  OptionalColumn ccsf;
  OptionalColumn scsf;
};

Branch missing_factor(const Factors& factors, bool carbonate, std::size_t cell) {
  if (!factors.runoff.present_or_absent(cell)) {
    return Branch::kNoDataRunoff;
  }
  if (!factors.temperature.present_or_absent(cell)) {
    return Branch::kNoDataTemperature;
  }
  if (carbonate && !factors.pressure.present_or_absent(cell)) {
    return Branch::kNoDataPressure;
  }
  if (!carbonate && (!factors.shielding_factor.present_or_absent(cell) ||
                     !factors.shielded_fraction.present_or_absent(cell))) {
    return Branch::kNoDataShielding;
  }
  return Branch::kNoDataLithology;
}

/// The branch of a carbonate cell whose flux is known.
Branch carbonate_branch(const Factors& factors, bool freeze_to_zero, std::size_t cell) {
  if (factors.dry(cell)) {
    return Branch::kZeroRunoff;
  }
  if (freeze_to_zero && factors.temperature.present(cell) && factors.temperature[cell] < 0) {
    return Branch::kFrozen;
  }
  if (factors.pressure.present(cell) && factors.pressure[cell] == 0) {
    return Branch::kZeroPressure;
  }
  return Branch::kCarbonate;
}

void compute(Block& block, const Columns& columns, const SilicateParameters& silicate,
             bool freeze_to_zero) {
  const DominantClass dominant(block, columns);
  const Factors factors(block, columns);
  for (std::size_t i = 0; i < block.cells(); ++i) {
    int result = dominant(i);
    const bool carbonate = result == code(Branch::kCarbonate);
    const OptionalColumn& flux = carbonate ? factors.ccsf : factors.scsf;
    if (result != code(Branch::kNoDataLithology) && result != code(Branch::kNoCarbonate)) {
      if (!flux) {
        result = code(Branch::kNotComputed);
      } else if (!flux.present(i)) {
        result = code(missing_factor(factors, carbonate, i));
      } else if (carbonate) {
        result = code(carbonate_branch(factors, freeze_to_zero, i));
      } else if (silicate.rocks.at(static_cast<std::size_t>(result)).b > 0 && factors.dry(i)) {
        result = code(Branch::kZeroRunoff);
      }
    }
    block[columns.out][i] = result;
  }
}

BlockFunction bind(Wiring& wiring, const Parameters& parameters) {
  const auto out = wiring.output("branch");
  if (!out) {
    return [](Block& /*block*/) {};
  }
  const Columns columns{.carbonate = wiring.find("carbonate_fraction"),
                        .lithology = wiring.find_classes("lithology"),
                        .runoff = wiring.find("runoff"),
                        .temperature = wiring.find("temperature"),
                        .pressure = wiring.find("pco2"),
                        .shielding_factor = wiring.find("shielding_factor"),
                        .shielded_fraction = wiring.find("shielded_fraction"),
                        .ccsf = wiring.find("ccsf"),
                        .scsf = wiring.find("scsf"),
                        .out = *out};
  if (!columns.carbonate && !columns.lithology) {
    throw std::invalid_argument("kernel branch: neither carbonate_fraction nor lithology is given");
  }
  return [columns, silicate = silicate_parameters(parameters),
          freeze_to_zero = parameters.text("carbonate.freeze") == "zero"](Block& block) {
    compute(block, columns, silicate, freeze_to_zero);
  };
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
          .sources = kOwnSource,
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
          .bind = bind};
}

}  // namespace cnci::kernels
