// The layers that a job may name: the inputs that kernels declare and no earlier kernel computes,
// merged where several kernels declare the same one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace cnci::jobs {

struct DeclaredLayer {
  kernels::Input input;              ///< range common to all, flags of any
  std::vector<std::string> kernels;  ///< names of the kernels that read it
};

/// By name.
[[nodiscard]] const std::map<std::string, DeclaredLayer, std::less<>>& declared_layers();

/// The declaration behind a layer of the job, `emissions.energy` being one of the many `emissions`;
/// nullptr where no kernel reads it.
[[nodiscard]] const DeclaredLayer* find_declared_layer(std::string_view name);

}  // namespace cnci::jobs
