#include "jobs/keys_layers.h"

#include <algorithm>
#include <set>

#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

void merge(kernels::Input& into, const kernels::Input& other) {
  into.min = std::max(into.min, other.min);
  into.max = std::min(into.max, other.max);
  into.key = into.key || other.key;
  into.many = into.many || other.many;
  into.monthly = into.monthly || other.monthly;
  into.carbon = into.carbon || other.carbon;
  if (into.hint_above.empty()) into.hint_above = other.hint_above;
  if (into.hint_below.empty()) into.hint_below = other.hint_below;
}

std::map<std::string, DeclaredLayer, std::less<>> collect() {
  std::map<std::string, DeclaredLayer, std::less<>> layers;
  std::set<std::string_view> computed;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Input& input : kernel.inputs) {
      if (computed.contains(input.name)) continue;
      const auto [it, is_new] =
          layers.try_emplace(std::string(input.name), DeclaredLayer{input, {}});
      if (!is_new) merge(it->second.input, input);
      it->second.kernels.emplace_back(kernel.name);
    }
    for (const kernels::Output& output : kernel.outputs) computed.insert(output.name);
  }
  return layers;
}

}  // namespace

const std::map<std::string, DeclaredLayer, std::less<>>& declared_layers() {
  static const auto layers = collect();
  return layers;
}

const DeclaredLayer* find_declared_layer(std::string_view name) {
  const auto& layers = declared_layers();
  if (const auto it = layers.find(name); it != layers.end()) return &it->second;
  const auto it = layers.find(name.substr(0, name.find('.')));
  const bool one_of_many =
      it != layers.end() && it->second.input.many && name.back() != '.' && name != it->first;
  return one_of_many ? &it->second : nullptr;
}

}  // namespace cnci::jobs
