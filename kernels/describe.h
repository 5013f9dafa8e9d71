// A kernel's declaration as text for people: what `cnci kernels` prints.
#pragma once

#include <string>

#include "kernels/kernel.h"

namespace cnci::kernels {

/// Equation, inputs (unit, range), parameters (default, range or choices), outputs, sources.
[[nodiscard]] std::string describe(const Kernel& kernel);

}  // namespace cnci::kernels
