#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/columns.h"
#include "kernels/declare.h"
#include "kernels/kernels.h"
#include "kernels/registry.h"

namespace cnci::kernels {

namespace {

constexpr std::string_view kName = "balance";

/// Names of all declared outputs of a role, in the order of the registry.
std::vector<std::string> outputs_of(Role role) {
  std::vector<std::string> names;
  for (const Kernel& kernel : registry()) {
    for (const Output& output : kernel.outputs) {
      if (output.role == role) {
        names.emplace_back(output.name);
      }
    }
  }
  return names;
}

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  std::string choice;
  for (const std::string& name : outputs_of(Role::kSink)) {
    if (given.contains(name)) {
      return {};
    }
    choice += (choice.empty() ? "" : " or ") + name;
  }
  return {choice};
}

std::vector<Source> present_sources(const TileInputs& inputs, Role role) {
  std::vector<Source> sources;
  for (const std::string& name : outputs_of(role)) {
    if (const auto source = optional_source(inputs, kName, name)) {
      sources.push_back(*source);
    }
  }
  return sources;
}

void compute(const TileInputs& inputs, const Parameters& /*parameters*/, TileOutputs outputs) {
  require_outputs(outputs, 2, inputs.cells(), kName);
  const std::vector<Source> sinks = present_sources(inputs, Role::kSink);
  const std::vector<Source> emissions = present_sources(inputs, Role::kEmission);
  if (sinks.empty()) {
    throw std::invalid_argument("kernel balance: no component of the sink is given");
  }
  for (std::size_t i = 0; i < inputs.cells(); ++i) {
    bool any = false;
    double sink = 0;
    for (const Source& component : sinks) {
      const bool usable = component.usable(i);
      any = any || usable;
      sink += usable ? component[i] : 0.0;
    }
    bool emitted = !emissions.empty();
    double ce = 0;
    for (const Source& emission : emissions) {
      emitted = emitted && emission.usable(i);
      ce += emission[i];
    }
    put(outputs[0], i, any, sink);
    put(outputs[1], i, any && emitted, sink - ce);
  }
}

}  // namespace

Kernel balance_kernel() {
  return {.name = kName,
          .title = "Total sink and balance",
          .equation =
              "sink = ccsf + scsf + nep (those that are valid), balance = sink - ce "
              "[t CO2 km-2 yr-1]",
          .sources = "Bai et al. 2023, Eqs. 1 and 5",
          .outputs = {{.name = "sink",
                       .unit = kFluxUnit,
                       .long_name = "total carbon sink flux expressed as carbon dioxide",
                       .cell_methods = kMeanOverCellAndYear,
                       .role = Role::kDerived,
                       .about = "sum of the valid components, missing where none is"},
                      {.name = "balance",
                       .unit = kFluxUnit,
                       .long_name = "carbon sink less emission flux expressed as carbon dioxide",
                       .cell_methods = kMeanOverCellAndYear,
                       .role = Role::kDerived,
                       .about = "missing where the sink or the emission is"}},
          .lacking = lacking,
          .compute = compute};
}

}  // namespace cnci::kernels
