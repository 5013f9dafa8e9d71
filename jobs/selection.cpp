#include "jobs/selection.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/error.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using Names = std::set<std::string, std::less<>>;

/// Sums of layers that no kernel declares (persons, USD): 1e-6 units, 4e12 units per cell.
constexpr double kAmountQuantum = 0x1p-20;

bool asked_for(const kernels::Kernel& kernel, const Names& given, bool& has_keys) {
  bool asked = false;
  for (const kernels::Input& input : kernel.inputs) {
    if (!input.key) continue;
    has_keys = true;
    asked = asked || given.contains(input.name);
  }
  return asked;
}

std::string key_names(const kernels::Kernel& kernel) {
  std::string names;
  for (const kernels::Input& input : kernel.inputs) {
    if (!input.key) continue;
    names += (names.empty() ? "layer." : " or layer.") + std::string(input.name);
  }
  return names;
}

bool has_sink(const kernels::Kernel& kernel) {
  return std::any_of(kernel.outputs.begin(), kernel.outputs.end(),
                     [](const auto& output) { return output.role == kernels::Role::kSink; });
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What the vegetation sink is set beside over the years (`cnci report`).
constexpr std::array kClimate = {std::string_view("temperature"),
                                 std::string_view("precipitation")};
/// 1e-6 degC km2 or mm km2.
constexpr double kClimateQuantum = 0x1p-20;

const kernels::Input* climate_input(const Selection& selection, std::string_view name) {
  for (const kernels::Kernel* kernel : selection.kernels) {
    for (const kernels::Input& input : kernel->inputs) {
      if (input.name == name) return &input;
    }
  }
  return nullptr;
}

void add_sums(const Job& job, Selection& selection, const Names& declared) {
  for (const kernels::Kernel* kernel : selection.kernels) {
    for (const kernels::Output& output : kernel->outputs) {
      if (output.quantum <= 0) continue;
      selection.sums.push_back({{std::string(output.name), output.quantum}, &output});
    }
  }
  std::size_t emission_layers = 0;
  for (const auto& layer : job.layers) emission_layers += input_of(layer.name) == "emissions";
  for (const auto& layer : job.layers) {
    if (layer.quantity.kind != io::Kind::kAmount) continue;
    const bool known = declared.contains(input_of(layer.name));
    if (known && emission_layers < 2) continue;  // the output is the layer
    selection.sums.push_back({{layer.name, known ? 0x1p-30 : kAmountQuantum}, nullptr, layer.name});
  }
  for (const auto& layer : job.layers) {
    if (std::ranges::count(kClimate, layer.name) == 0) continue;
    const kernels::Input* input = climate_input(selection, layer.name);
    if (input == nullptr) continue;  // no kernel takes it: it is not read
    selection.sums.push_back(
        {{layer.name, kClimateQuantum}, nullptr, layer.name, true, std::string(input->unit)});
  }
}

}  // namespace

std::string input_of(const std::string& layer) { return layer.substr(0, layer.find('.')); }

std::vector<engine::SumVariable> Selection::sum_variables() const {
  std::vector<engine::SumVariable> out;
  for (const SummedVariable& variable : sums) out.push_back(variable.sum);
  return out;
}

std::size_t Selection::sum_of_layer(const std::string& layer) const {
  for (std::size_t v = 0; v < sums.size(); ++v) {
    if (sums[v].layer == layer) return v;
  }
  for (std::size_t v = 0; v < sums.size(); ++v) {
    const kernels::Output* output = sums[v].output;
    if (output != nullptr && output->role == kernels::Role::kEmission &&
        input_of(layer) == "emissions") {
      return v;
    }
  }
  throw engine::Error("layer." + layer + " is not summed by this job");
}

Selection select(const Job& job) {
  Selection selection;
  selection.monthly = job.parameters.text("runoff.clamp") == "monthly";
  Names given;
  for (const auto& layer : job.layers) {
    given.insert(layer.name);
    given.insert(input_of(layer.name));
  }
  Names declared;
  bool any_key = false;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Input& input : kernel.inputs) declared.emplace(input.name);
    bool has_keys = false;
    const bool asked = asked_for(kernel, given, has_keys);
    const std::vector<std::string> lacking = kernel.lacking(given, job.parameters);
    if (has_keys && !asked) {
      if (has_sink(kernel)) {
        selection.partial +=
            (selection.partial.empty() ? "partial: without " : ", ") + std::string(kernel.name);
      }
      selection.notes.push_back(std::string(kernel.name) + " is not computed: the job has no " +
                                key_names(kernel));
      continue;
    }
    if (!lacking.empty()) {
      if (!has_keys) continue;
      throw engine::Error("kernel " + std::string(kernel.name) + " is asked for by " +
                          key_names(kernel) + " but lacks " + list(lacking) + "; add layer." +
                          lacking.front());
    }
    any_key = any_key || has_keys;
    selection.kernels.push_back(&kernel);
    for (const kernels::Output& output : kernel.outputs) given.emplace(output.name);
  }
  if (!selection.partial.empty()) {
    selection.notes.push_back("the total sink is " + selection.partial);
  }
  const bool shielded = given.contains("shielding_factor") || given.contains("shielded_fraction");
  if (given.contains("scsf") && !shielded) {
    selection.notes.push_back(
        "no layer.shielding_factor or layer.shielded_fraction: soils do not shield (s = 1)");
  }
  if (!any_key) {
    throw engine::Error("the job names no layer that a kernel is asked for by; see `cnci kernels`");
  }
  add_sums(job, selection, declared);
  for (const std::string& name : job.output.variables) {
    const kernels::Output* found = nullptr;
    for (const kernels::Kernel* kernel : selection.kernels) {
      for (const kernels::Output& output : kernel->outputs) {
        if (output.name == name) found = &output;
      }
    }
    if (found != nullptr) {
      selection.cube.push_back(found);
    } else {
      selection.notes.push_back("output variable " + name + " is not written: not computed");
    }
  }
  return selection;
}

}  // namespace cnci::jobs
