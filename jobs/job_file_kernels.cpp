#include "jobs/job_file_kernels.h"

#include <algorithm>
#include <map>
#include <set>

#include "jobs/keys_layers.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using NameSet = std::set<std::string, std::less<>>;

constexpr std::string_view kTotalSink = "sink";

/// Names of layers as kernels see them: emissions.energy is also `emissions`.
NameSet given_inputs(const std::vector<io::LayerSpec>& layers) {
  NameSet given;
  for (const io::LayerSpec& layer : layers) {
    if (const DeclaredLayer* declared = find_declared_layer(layer.name)) {
      given.insert(layer.name);
      given.emplace(declared->input.name);
    }
  }
  return given;
}

bool is_key_layer(const kernels::Input& input) {
  return input.key && declared_layers().contains(input.name);
}

bool asked_for(const kernels::Kernel& kernel, const NameSet& given) {
  return std::any_of(kernel.inputs.begin(), kernel.inputs.end(), [&](const kernels::Input& input) {
    return is_key_layer(input) && given.contains(input.name);
  });
}

bool has_key(const kernels::Kernel& kernel) {
  return std::any_of(kernel.inputs.begin(), kernel.inputs.end(), is_key_layer);
}

const kernels::Kernel* kernel_of_output(std::string_view name) {
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (output.name == name) return &kernel;
    }
  }
  return nullptr;
}

/// Lacking inputs as things a user can write: an output of an earlier kernel is replaced by what
/// that kernel lacks.
void collect_lacking(const kernels::Kernel& kernel, const NameSet& given,
                     const kernels::Parameters& parameters, std::set<std::string>& keys) {
  for (const std::string& name : kernel.lacking(given, parameters)) {
    if (key_registry().find(name)) {
      keys.insert(name);
    } else if (declared_layers().contains(name)) {
      const kernels::Kernel* source = kernel_of_output(name);
      std::set<std::string> instead;
      if (source != nullptr && source != &kernel)
        collect_lacking(*source, given, parameters, instead);
      if (instead.empty()) {
        keys.insert("layer." + name);
      } else {
        keys.merge(instead);
      }
    } else if (const kernels::Kernel* source = kernel_of_output(name);
               source != nullptr && source != &kernel) {
      collect_lacking(*source, given, parameters, keys);
    } else {
      keys.insert("layer." + name);
    }
  }
}

std::vector<std::string> key_layers() {
  std::vector<std::string> names;
  for (const auto& [name, layer] : declared_layers()) {
    if (layer.input.key) names.push_back("layer." + name);
  }
  return names;
}

}  // namespace

kernels::Parameters build_parameters(Settings& settings) {
  kernels::Parameters parameters = kernels::default_parameters();
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Parameter& parameter : kernel.parameters) {
      const auto text = settings.given(std::string(parameter.key));
      if (!text) continue;
      if (parameter.type == kernels::Parameter::Type::kNumber) {
        parameters.set_number(parameter.key, parse_number(*text));
      } else {
        parameters.set_text(parameter.key, *text);
      }
    }
  }
  kernels::apply_presets(parameters);
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Parameter& parameter : kernel.parameters) {
      if (parameter.type == kernels::Parameter::Type::kNumber &&
          parameters.has_number(parameter.key)) {
        settings.set_effective(std::string(parameter.key),
                               plain_number(parameters.number(parameter.key)));
      }
    }
  }
  return parameters;
}

std::vector<const kernels::Kernel*> choose_kernels(const std::vector<io::LayerSpec>& layers,
                                                   const kernels::Parameters& parameters,
                                                   Settings& settings) {
  NameSet given = given_inputs(layers);
  std::vector<const kernels::Kernel*> running;
  std::map<std::string, std::vector<std::string>> wanted;  // key -> kernels that need it
  bool any_asked = false;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    const bool asked = asked_for(kernel, given);
    any_asked = any_asked || asked;
    if (has_key(kernel) && !asked) continue;
    if (kernel.lacking(given, parameters).empty()) {
      running.push_back(&kernel);
      for (const kernels::Output& output : kernel.outputs) given.emplace(output.name);
    } else if (asked) {
      std::set<std::string> keys;
      collect_lacking(kernel, given, parameters, keys);
      for (const std::string& key : keys) wanted[key].emplace_back(kernel.name);
    }
  }
  for (const auto& [key, kernels] : wanted) {
    const bool is_layer = key.rfind("layer.", 0) == 0;
    settings.fail(key, std::string("is absent, but ") + joined(kernels) +
                           (kernels.size() > 1 ? " need it" : " needs it") +
                           (is_layer ? "; add [" + key + "] with its path" : ""));
  }
  if (!any_asked) {
    settings.fail("layer", "no layer asks for anything to be computed; give at least one of " +
                               joined(key_layers()));
  }
  return running;
}

std::vector<std::string> choose_variables(const std::vector<const kernels::Kernel*>& running,
                                          Settings& settings) {
  const std::string key = "output.variables";
  std::vector<std::string> available;
  std::vector<std::string> standard;
  for (const kernels::Kernel* kernel : running) {
    for (const kernels::Output& output : kernel->outputs) {
      available.emplace_back(output.name);
      if (output.role == kernels::Role::kSink || output.role == kernels::Role::kEmission ||
          output.name == kTotalSink) {
        standard.emplace_back(output.name);
      }
    }
  }
  std::vector<std::string> chosen = standard;
  if (const auto text = settings.given(key)) {
    chosen = parse_names(*text);
    for (const std::string& name : chosen) {
      if (std::find(available.begin(), available.end(), name) != available.end()) continue;
      const kernels::Kernel* source = kernel_of_output(name);
      settings.fail(key, source == nullptr
                             ? "no kernel computes '" + name + "'" + did_you_mean(name, available) +
                                   " (this job computes: " + joined(available) + ")"
                             : "'" + name + "' is computed by " + std::string(source->name) +
                                   ", which this job gives no layers for");
    }
  }
  if (!settings.failed(key)) settings.set_effective(key, joined(chosen));
  return chosen;
}

}  // namespace cnci::jobs
