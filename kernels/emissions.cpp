#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/kernels.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "emissions";
constexpr std::string_view kLayerPrefix = "emissions.";

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  const bool any = std::any_of(given.begin(), given.end(), [](const std::string& name) {
    return name == kName || name.starts_with(kLayerPrefix);
  });
  return any ? std::vector<std::string>{} : std::vector<std::string>{std::string(kName)};
}

void compute(const TileInputs& inputs, const Parameters& /*parameters*/, TileOutputs outputs) {
  require_outputs(outputs, 1, inputs.cells(), kName);
  std::vector<Source> layers;
  for (const Column* column : inputs.find_many(kName)) {
    require_length(*column, inputs.cells(), kName, kName);
    layers.emplace_back(*column, Domain{});
  }
  if (layers.empty()) {
    throw std::invalid_argument("kernel emissions: input emissions is absent");
  }
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    bool present = true;
    double sum = 0;
    for (const Source& layer : layers) {
      present = present && layer.usable(i);
      sum += layer[i];
    }
    put(outputs[0], i, present, sum);
  }
}

}  // namespace

Kernel emissions_kernel() {
  return {.name = kName,
          .title = "Carbon emissions",
          .equation =
              "CE = sum of the emission layers [t CO2 km-2 yr-1]; a flux in kg m-2 s-1 is "
              "first integrated over the days of the year",
          .sources = "Bai et al. 2023, section 4.4; EDGAR",
          .inputs = {{.name = kName,
                      .unit = "t",
                      .min = 0,
                      .max = 1e10,
                      .nature = Nature::kAmount,
                      .period = Period::kAnnual,
                      .carbon = true,
                      .key = true,
                      .many = true,
                      .about = "CO2 emitted in the year, per source cell or as a flux; the kernel "
                               "receives t CO2 per km2 of the target cell",
                      .hint_above = "looks like kg or g instead of t, or a fill value",
                      .hint_below = "looks like a fill value; emissions are not negative"}},
          .outputs = {{.name = "ce",
                       .unit = kFluxUnit,
                       .long_name = "emission flux expressed as carbon dioxide",
                       .cell_methods = kMeanOverCellAndYear,
                       .role = Role::kEmission,
                       .bound = kTonneBound,
                       .quantum = kTonneQuantum,
                       .total_name = "ce",
                       .flux_name = "cef",
                       .about = "missing where any of the layers is"}},
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
