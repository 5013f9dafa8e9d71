// Which instruction set the vectorised functions use. The best one that the processor has is chosen
// at the first call; another one may be forced before it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cnci::kernels {

/// Names of the targets this processor can run, best first: avx512, avx2, sse4, scalar.
[[nodiscard]] std::vector<std::string_view> simd_targets();

/// The target in use.
[[nodiscard]] std::string_view simd_target();

/// Uses a target from now on, in the whole process. Throws std::invalid_argument, naming those that
/// can be used, where the processor lacks it or the name is unknown.
void use_simd_target(std::string_view name);

/// Whether the target in use fuses multiplication and addition. Results of targets that do are the
/// same bits, as are those of targets that do not.
[[nodiscard]] bool simd_target_fuses();

}  // namespace cnci::kernels
