// All kernels, in the order in which a tile passes through them.
#pragma once

#include <span>
#include <string_view>

#include "kernels/kernel.h"

namespace cnci::kernels {

/// As kernels/kernels.h lists them.
[[nodiscard]] std::span<const Kernel> registry();

[[nodiscard]] const Kernel* find_kernel(std::string_view name);

/// All declared parameters at their defaults. Numbers with an empty default (silicate.cc) stay
/// unset until they are given or apply_presets fills them in.
[[nodiscard]] Parameters default_parameters();

/// Sets every number that a preset decides and that was not given: silicate.cc from
/// silicate.preset. An explicit value wins. Kernels resolve presets by the same rule, so that this
/// is needed only to show or record the effective values.
void apply_presets(Parameters& parameters);

}  // namespace cnci::kernels
