// The layers that more than one kernel reads, declared once, so that two kernels cannot disagree
// about a unit or a range.
#pragma once

#include "kernels/kernel.h"

namespace cnci::kernels {

[[nodiscard]] Input precipitation_input();
[[nodiscard]] Input evapotranspiration_input();
[[nodiscard]] Input runoff_input();
[[nodiscard]] Input temperature_input();
[[nodiscard]] Input lithology_input();
[[nodiscard]] Input carbonate_fraction_input();

/// The same input, which the kernel can do without.
[[nodiscard]] Input optional_input(Input input);
/// The same input, which does not ask for the kernel by itself.
[[nodiscard]] Input side_input(Input input);

}  // namespace cnci::kernels
