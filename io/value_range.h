// Whether many values lie in a range, vectorised.
#pragma once

#include <cstdint>
#include <span>

namespace cnci::io {

/// Whether every valid value is a number in [low, high]. `valid` is as long as `values`.
[[nodiscard]] bool all_within(std::span<const double> values, std::span<const std::uint8_t> valid,
                              double low, double high);

/// The same of values[i] / areas[i].
[[nodiscard]] bool all_within_per_area(std::span<const double> values,
                                       std::span<const double> areas,
                                       std::span<const std::uint8_t> valid, double low,
                                       double high);

}  // namespace cnci::io
