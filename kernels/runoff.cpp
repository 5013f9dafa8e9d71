#include "kernels/runoff.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "runoff";

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  std::vector<std::string> names;
  if (given.contains("runoff")) {
    return names;
  }
  for (const std::string name : {"precipitation", "evapotranspiration"}) {
    if (!given.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

void pass_through(const Source& runoff, std::size_t cells, const OutputColumn& out) {
  for (std::size_t i = 0; i < cells; ++i) {
    put(out, i, runoff.usable(i), positive_part(runoff[i]));
  }
}

void annual_difference(const TileInputs& inputs, const OutputColumn& out) {
  const Source p = required_source(inputs, kName, "precipitation", kNonNegative);
  const Source et = required_source(inputs, kName, "evapotranspiration", kNonNegative);
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    put(out, i, p.usable(i) && et.usable(i), runoff_mm(p[i], et[i]));
  }
}

std::vector<Source> monthly_sources(const TileInputs& inputs, std::string_view name) {
  const std::array<Column, 12>* months = inputs.find_monthly(name);
  if (months == nullptr) {
    throw std::invalid_argument("kernel runoff: runoff.clamp = monthly needs twelve months of " +
                                std::string(name));
  }
  std::vector<Source> sources;
  for (const Column& month : *months) {
    require_length(month, inputs.cells(), kName, name);
    sources.emplace_back(month, kNonNegative);
  }
  return sources;
}

void monthly_difference(const TileInputs& inputs, const OutputColumn& out) {
  const std::vector<Source> p = monthly_sources(inputs, "precipitation");
  const std::vector<Source> et = monthly_sources(inputs, "evapotranspiration");
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    bool present = true;
    double sum = 0;
    for (std::size_t month = 0; month < p.size(); ++month) {
      present = present && p[month].usable(i) && et[month].usable(i);
      sum += runoff_mm(p[month][i], et[month][i]);
    }
    put(out, i, present, sum);
  }
}

void compute(const TileInputs& inputs, const Parameters& parameters, TileOutputs outputs) {
  require_outputs(outputs, 1, inputs.cells(), kName);
  if (const auto raster = optional_source(inputs, kName, "runoff")) {
    pass_through(*raster, inputs.cells(), outputs[0]);
  } else if (parameters.text("runoff.clamp") == "monthly") {
    monthly_difference(inputs, outputs[0]);
  } else {
    annual_difference(inputs, outputs[0]);
  }
}

}  // namespace

Kernel runoff_kernel() {
  return {.name = kName,
          .title = "Runoff",
          .equation =
              "q = max(P - ET, 0), over the year or summed over its months; or the runoff "
              "layer as it is",
          .sources = "Bai et al. 2023, section 4.4",
          .inputs = {optional_input(precipitation_input()),
                     optional_input(evapotranspiration_input()), runoff_input()},
          .parameters = {choice_parameter(
              "runoff.clamp", "annual", {"annual", "monthly"},
              "annual: max(annual P - annual ET, 0); monthly: the sum of twelve monthly "
              "max(P - ET, 0), which is never less; without effect on a runoff layer")},
          .outputs = {{.name = "runoff",
                       .unit = "mm year-1",
                       .long_name = "annual runoff",
                       .cell_methods = "area: mean time: sum",
                       .role = Role::kAuxiliary,
                       .about = "replaces the runoff layer for the kernels after it"}},
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
