// The total sink of a cell and what it leaves of the emissions.
#pragma once

#include <optional>
#include <vector>

#include "kernels/block.h"

namespace cnci::kernels {

/// What the vectorised function needs.
struct BalanceFunction {
  std::vector<Slot> components;  ///< of the sink
  std::vector<Slot> emissions;
  std::optional<Slot> sink;
  std::optional<Slot> balance;
};

}  // namespace cnci::kernels
