// Benchmarks whose cases are known at run time only.
#pragma once

namespace cnci::kernels {

void register_kernel_benchmarks();
void register_math_benchmarks();

}  // namespace cnci::kernels
