// The one place that names all kernels, in the order in which a tile passes through them: outputs
// of one are inputs of the next. NAME stands for the function NAME_kernel() in kernels/NAME.cpp.
#pragma once

#include "kernels/kernel.h"

#define CNCI_KERNELS(DO) \
  DO(runoff)             \
  DO(carbonate)          \
  DO(silicate)           \
  DO(nep)                \
  DO(emissions)          \
  DO(balance)            \
  DO(branch)

namespace cnci::kernels {

#define CNCI_DECLARE_KERNEL(name) [[nodiscard]] Kernel name##_kernel();
CNCI_KERNELS(CNCI_DECLARE_KERNEL)
#undef CNCI_DECLARE_KERNEL

}  // namespace cnci::kernels
