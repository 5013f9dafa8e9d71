#include <array>
#include <cstddef>

#include "kernels/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/runoff.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

/// q = max(q, 0) of a layer of runoff.
void RunoffOfLayer(Block& block, Slot layer, Slot out) {
  const Tag d;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    hn::Store(PositivePart(hn::Load(d, block[layer] + i)), d, block[out] + i);
  }
}

/// q = sum of max(P - ET, 0) over the year as a whole or its months.
void RunoffOfDifference(Block& block, const Slot* p, const Slot* et, std::size_t periods,
                        Slot out) {
  const Tag d;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    Vector sum = hn::Zero(d);
    for (std::size_t period = 0; period < periods; ++period) {
      const Vector difference =
          hn::Sub(hn::Load(d, block[p[period]] + i), hn::Load(d, block[et[period]] + i));
      sum = hn::Add(sum, PositivePart(difference));
    }
    hn::Store(sum, d, block[out] + i);
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>
#include <vector>

#include "kernels/declare.h"
#include "kernels/inputs.h"
#include "kernels/kernels.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

HWY_EXPORT(RunoffOfLayer);
HWY_EXPORT(RunoffOfDifference);

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

BlockFunction bind(Wiring& wiring, const Parameters& parameters) {
  const auto out = wiring.output("runoff");
  if (!out) {
    return [](Block& /*block*/) {};
  }
  if (const auto layer = wiring.find("runoff")) {
    return [layer = *layer, out = *out](Block& block) {
      HWY_DYNAMIC_DISPATCH(RunoffOfLayer)(block, layer, out);
    };
  }
  if (parameters.text("runoff.clamp") == "monthly") {
    return [p = wiring.require_months("precipitation"),
            et = wiring.require_months("evapotranspiration"), out = *out](Block& block) {
      HWY_DYNAMIC_DISPATCH(RunoffOfDifference)(block, p.data(), et.data(), p.size(), out);
    };
  }
  return [p = wiring.require("precipitation"), et = wiring.require("evapotranspiration"),
          out = *out](Block& block) {
    HWY_DYNAMIC_DISPATCH(RunoffOfDifference)(block, &p, &et, 1, out);
  };
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
                       .cell_methods = kMeanOverCellAndYear,
                       .valid_min = 0,
                       .role = Role::kAuxiliary,
                       .about = "replaces the runoff layer for the kernels after it"}},
          .lacking = lacking,
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
