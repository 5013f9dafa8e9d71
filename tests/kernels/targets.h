// Tests on every instruction set that the processor has. A suite whose tests run kernels is a class
// derived from OnTarget, instantiated by CNCI_ON_EVERY_TARGET; a test that compares targets uses
// for_each_target.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "kernels/simd.h"

namespace cnci::kernels::testing {

/// A target from construction to destruction; then the one before it.
class UseTarget {
 public:
  explicit UseTarget(std::string_view name) : before_(simd_target()) { use_simd_target(name); }
  ~UseTarget() { use_simd_target(before_); }
  UseTarget(const UseTarget&) = delete;
  UseTarget& operator=(const UseTarget&) = delete;

 private:
  std::string before_;
};

template <class Function>
void for_each_target(const Function& function) {
  for (const std::string_view target : simd_targets()) {
    SCOPED_TRACE("target " + std::string(target));
    const UseTarget use(target);
    function(target);
  }
}

class OnTarget : public ::testing::TestWithParam<std::string> {
 private:
  UseTarget use_{GetParam()};
};

inline std::vector<std::string> target_names() {
  const std::vector<std::string_view> names = simd_targets();
  return {names.begin(), names.end()};
}

}  // namespace cnci::kernels::testing

/// For a suite in namespace cnci::kernels::testing.
#define CNCI_ON_EVERY_TARGET(Suite)                                             \
  INSTANTIATE_TEST_SUITE_P(Targets, Suite, ::testing::ValuesIn(target_names()), \
                           [](const auto& target) { return std::string(target.param); })
