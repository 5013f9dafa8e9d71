// The exponential and the logarithm as the kernels use them, in values per second: what the machine
// could do if a cell needed nothing else.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/math_bench.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

void ExpAll(const double* HWY_RESTRICT in, std::size_t count, double* HWY_RESTRICT out) {
  const Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::StoreU(Exp(hn::LoadU(d, in + i)), d, out + i);
  }
}

void LogAll(const double* HWY_RESTRICT in, std::size_t count, double* HWY_RESTRICT out) {
  const Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::StoreU(Log(hn::LoadU(d, in + i)), d, out + i);
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "kernels/simd.h"
#include "tests/bench/register.h"

namespace cnci::kernels {

HWY_EXPORT(ExpAll);
HWY_EXPORT(LogAll);

namespace {

constexpr std::size_t kValues = 1024;

void exp_all(const double* in, std::size_t count, double* out) {
  HWY_DYNAMIC_DISPATCH(ExpAll)(in, count, out);
}

void log_all(const double* in, std::size_t count, double* out) {
  HWY_DYNAMIC_DISPATCH(LogAll)(in, count, out);
}

template <class Function>
void run(benchmark::State& state, double low, double high, const Function& function) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> in(kValues);
  std::vector<double> out(kValues);
  for (double& value : in) value = uniform(random);
  for (auto _ : state) {
    function(in.data(), in.size(), out.data());
    benchmark::ClobberMemory();
  }
  state.counters["values_per_second"] = benchmark::Counter(
      static_cast<double>(kValues), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

void register_math_benchmarks() {
  for (const std::string_view target : simd_targets()) {
    benchmark::RegisterBenchmark(("exp/" + std::string(target)).c_str(),
                                 [target](benchmark::State& state) {
                                   use_simd_target(target);
                                   run(state, -10, 5, exp_all);
                                 });
    benchmark::RegisterBenchmark(("log/" + std::string(target)).c_str(),
                                 [target](benchmark::State& state) {
                                   use_simd_target(target);
                                   run(state, 1e-3, 1, log_all);
                                 });
  }
  benchmark::RegisterBenchmark("exp/libm", [](benchmark::State& state) {
    run(state, -10, 5, [](const double* in, std::size_t count, double* out) {
      for (std::size_t i = 0; i < count; ++i) out[i] = std::exp(in[i]);
    });
  });
  benchmark::RegisterBenchmark("log/libm", [](benchmark::State& state) {
    run(state, 1e-3, 1, [](const double* in, std::size_t count, double* out) {
      for (std::size_t i = 0; i < count; ++i) out[i] = std::log(in[i]);
    });
  });
}

}  // namespace cnci::kernels

#endif
