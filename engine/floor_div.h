// Division of integers that rounds towards minus infinity.
#pragma once

#include <cstdint>

namespace cnci::engine {

/// floor(a / b) for b > 0.
[[nodiscard]] constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - static_cast<std::int64_t>(a % b < 0);
}

}  // namespace cnci::engine
