#include "kernels/simd.h"

#include <hwy/highway.h>

#include <array>
#include <stdexcept>
#include <string>

namespace cnci::kernels {

namespace {

struct Target {
  std::int64_t bit = 0;
  std::string_view name;
  bool fuses = false;
};

constexpr std::array<Target, 4> kTargets{{
    {HWY_AVX3, "avx512", true},
    {HWY_AVX2, "avx2", true},
    {HWY_SSE4, "sse4", false},
    {HWY_SCALAR, "scalar", false},
}};

/// Targets of the processor, whichever is forced later.
std::int64_t machine() {
  static const std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return targets;
}

const Target& current() {
  const std::int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  for (const Target& target : kTargets) {
    if ((usable & target.bit) != 0) {
      return target;
    }
  }
  return kTargets.back();
}

}  // namespace

std::vector<std::string_view> simd_targets() {
  std::vector<std::string_view> names;
  for (const Target& target : kTargets) {
    if ((machine() & target.bit) != 0) {
      names.push_back(target.name);
    }
  }
  return names;
}

std::string_view simd_target() { return current().name; }

bool simd_target_fuses() { return current().fuses; }

void use_simd_target(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name && (machine() & target.bit) != 0) {
      hwy::SetSupportedTargetsForTest(target.bit);
      hwy::GetChosenTarget().Update(target.bit);
      return;
    }
  }
  std::string known;
  for (const std::string_view target : simd_targets()) {
    known += (known.empty() ? "" : ", ") + std::string(target);
  }
  throw std::invalid_argument("no SIMD target " + std::string(name) +
                              " on this processor; it has " + known);
}

}  // namespace cnci::kernels
