#include "kernels/registry.h"

#include <charconv>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/silicate.h"

namespace cnci::kernels {

namespace {

double number_of(const Parameter& parameter) {
  const std::string_view text = parameter.default_text;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::logic_error("the declared default of " + std::string(parameter.key) +
                           " is not a number: " + std::string(text));
  }
  return value;
}

}  // namespace

std::span<const Kernel> registry() {
#define CNCI_LIST_KERNEL(name) name##_kernel(),
  static const std::vector<Kernel> kernels{CNCI_KERNELS(CNCI_LIST_KERNEL)};
#undef CNCI_LIST_KERNEL
  return kernels;
}

const Kernel* find_kernel(std::string_view name) {
  for (const Kernel& kernel : registry()) {
    if (kernel.name == name) {
      return &kernel;
    }
  }
  return nullptr;
}

Parameters default_parameters() {
  Parameters parameters;
  for (const Kernel& kernel : registry()) {
    for (const Parameter& parameter : kernel.parameters) {
      if (parameter.type != Parameter::Type::kNumber) {
        parameters.set_text(parameter.key, parameter.default_text);
      } else if (!parameter.default_text.empty()) {
        parameters.set_number(parameter.key, number_of(parameter));
      }
    }
  }
  return parameters;
}

void apply_presets(Parameters& parameters) {
  parameters.set_number("silicate.cc", silicate_carbonate_weight(parameters));
}

}  // namespace cnci::kernels
