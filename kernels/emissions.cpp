#include <cstddef>

#include "kernels/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/emissions.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

void EmissionsBlock(Block& block, const Slot* layers, std::size_t count, Slot out) {
  const Tag d;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    Vector sum = hn::Zero(d);
    for (std::size_t layer = 0; layer < count; ++layer) {
      sum = hn::Add(sum, hn::Load(d, block[layers[layer]] + i));
    }
    hn::Store(sum, d, block[out] + i);
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

HWY_EXPORT(EmissionsBlock);

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

BlockFunction bind(Wiring& wiring, const Parameters& /*parameters*/) {
  const auto out = wiring.output("ce");
  if (!out) {
    return [](Block& /*block*/) {};
  }
  return [layers = wiring.require_many(kName), out = *out](Block& block) {
    HWY_DYNAMIC_DISPATCH(EmissionsBlock)(block, layers.data(), layers.size(), out);
  };
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
                      .domain = kAnyNumber,
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
                       .standard_name =
                           "tendency_of_atmosphere_mass_content_of_carbon_dioxide_due_to_emission",
                       .cell_methods = kMeanOverCellAndYear,
                       .valid_min = 0,
                       .role = Role::kEmission,
                       .bound = kTonneBound,
                       .quantum = kTonneQuantum,
                       .total_name = "ce",
                       .flux_name = "cef",
                       .about = "missing where any of the layers is"}},
          .lacking = lacking,
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
