// The layers that more than one kernel reads, declared once, so that two kernels cannot disagree
// about a unit or a range.
#pragma once

#include "kernels/kernel.h"

namespace cnci::kernels {

/// Resampling may leave a fraction this much above 1 by rounding.
inline constexpr double kFractionSlack = 1e-6;
/// Products and sums of such values stay finite; greater ones are fill values.
inline constexpr Domain kAnyNumber{-1e150, 1e150};
inline constexpr Domain kNonNegative{0.0, kAnyNumber.max};
inline constexpr Domain kFraction{0.0, 1.0 + kFractionSlack};
/// Degrees Celsius above absolute zero.
inline constexpr Domain kTemperatureDomain{.min = -273.1};

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
