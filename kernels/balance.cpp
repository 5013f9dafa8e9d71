#include "kernels/balance.h"

#include <cstddef>
#include <optional>
#include <vector>

#include "kernels/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/balance.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

void BalanceBlock(Block& block, const BalanceFunction& f) {
  const Tag d;
  for (std::size_t i = 0; i < block.padded(); i += hn::Lanes(d)) {
    Vector sum = hn::Zero(d);
    Mask any = hn::Ne(hn::Zero(d), hn::Zero(d));
    for (const Slot component : f.components) {
      const Vector v = hn::Load(d, block[component] + i);
      const Mask usable = hn::Eq(v, v);
      any = hn::Or(any, usable);
      sum = hn::Add(sum, hn::IfThenElseZero(usable, v));
    }
    const Vector sink = hn::IfThenElse(any, sum, Missing());
    if (f.sink) {
      hn::Store(sink, d, block[*f.sink] + i);
    }
    if (f.balance) {
      Vector balance = f.emissions.empty() ? Missing() : sink;
      for (const Slot emission : f.emissions) {
        balance = hn::Sub(balance, hn::Load(d, block[emission] + i));
      }
      hn::Store(balance, d, block[*f.balance] + i);
    }
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <stdexcept>
#include <string>

#include "kernels/declare.h"
#include "kernels/kernels.h"
#include "kernels/registry.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

HWY_EXPORT(BalanceBlock);

namespace {

constexpr std::string_view kName = "balance";

/// Names of all declared outputs of a role, in the order of the registry.
std::vector<std::string> outputs_of(Role role) {
  std::vector<std::string> names;
  for (const Kernel& kernel : registry()) {
    for (const Output& output : kernel.outputs) {
      if (output.role == role) {
        names.emplace_back(output.name);
      }
    }
  }
  return names;
}

std::vector<std::string> lacking(const std::set<std::string, std::less<>>& given,
                                 const Parameters& /*parameters*/) {
  std::string choice;
  for (const std::string& name : outputs_of(Role::kSink)) {
    if (given.contains(name)) {
      return {};
    }
    choice += (choice.empty() ? "" : " or ") + name;
  }
  return {choice};
}

std::vector<Slot> present(Wiring& wiring, Role role) {
  std::vector<Slot> slots;
  for (const std::string& name : outputs_of(role)) {
    if (const auto slot = wiring.find(name)) {
      slots.push_back(*slot);
    }
  }
  return slots;
}

BlockFunction bind(Wiring& wiring, const Parameters& /*parameters*/) {
  BalanceFunction f;
  f.sink = wiring.output("sink");
  f.balance = wiring.output("balance");
  if (!f.sink && !f.balance) {
    return [](Block& /*block*/) {};
  }
  f.components = present(wiring, Role::kSink);
  if (f.components.empty()) {
    throw std::invalid_argument("kernel balance: no component of the sink is given");
  }
  if (f.balance) {
    f.emissions = present(wiring, Role::kEmission);
  }
  return [f](Block& block) { HWY_DYNAMIC_DISPATCH(BalanceBlock)(block, f); };
}

}  // namespace

Kernel balance_kernel() {
  return {.name = kName,
          .title = "Total sink and balance",
          .equation =
              "sink = ccsf + scsf + nep (those that are valid), balance = sink - ce "
              "[t CO2 km-2 yr-1]",
          .sources = "Bai et al. 2023, Eqs. 1 and 5",
          .outputs = {{.name = "sink",
                       .unit = kFluxUnit,
                       .long_name = "total carbon sink flux expressed as carbon dioxide",
                       .cell_methods = kMeanOverCellAndYear,
                       .role = Role::kDerived,
                       .about = "sum of the valid components, missing where none is"},
                      {.name = "balance",
                       .unit = kFluxUnit,
                       .long_name = "carbon sink less emission flux expressed as carbon dioxide",
                       .cell_methods = kMeanOverCellAndYear,
                       .role = Role::kDerived,
                       .about = "missing where the sink or the emission is"}},
          .lacking = lacking,
          .bind = bind};
}

}  // namespace cnci::kernels

#endif
