// The kernels, one function a file; the registry lists them in the order of computation.
#pragma once

#include "kernels/kernel.h"

namespace cnci::kernels {

[[nodiscard]] Kernel runoff_kernel();
[[nodiscard]] Kernel carbonate_kernel();
[[nodiscard]] Kernel silicate_kernel();
[[nodiscard]] Kernel nep_kernel();
[[nodiscard]] Kernel emissions_kernel();
[[nodiscard]] Kernel balance_kernel();
[[nodiscard]] Kernel branch_kernel();

}  // namespace cnci::kernels
