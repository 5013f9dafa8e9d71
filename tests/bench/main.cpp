#include <benchmark/benchmark.h>

#include "tests/bench/register.h"

int main(int argc, char** argv) {
  cnci::kernels::register_math_benchmarks();
  cnci::kernels::register_kernel_benchmarks();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
