// What a pass computes over a whole tile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kernels/pass.h"
#include "kernels/registry.h"

namespace cnci::kernels::testing {

inline std::vector<const Kernel*> all_kernels() {
  std::vector<const Kernel*> kernels;
  for (const Kernel& kernel : registry()) {
    kernels.push_back(&kernel);
  }
  return kernels;
}

inline std::vector<std::string> outputs_of(const std::vector<const Kernel*>& kernels) {
  std::vector<std::string> names;
  for (const Kernel* kernel : kernels) {
    for (const Output& output : kernel->outputs) {
      names.emplace_back(output.name);
    }
  }
  return names;
}

/// The wanted quantities, each cells() long, computed in blocks of `step` cells.
inline std::vector<std::vector<double>> run_pass(const Pass& pass, const TileInputs& tile,
                                                 std::span<const std::string> wanted,
                                                 std::size_t step = kBlockCells) {
  std::vector<std::vector<double>> results(wanted.size(), std::vector<double>(tile.cells()));
  Block block = pass.block();
  const Pass::Sources sources = pass.attach(tile);
  for (std::size_t first = 0; first < tile.cells(); first += step) {
    pass.compute(sources, first, std::min(step, tile.cells() - first), block);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::span<const double> column = block.column(pass.slot(wanted[i]));
      std::copy(column.begin(), column.end(),
                results[i].begin() + static_cast<std::ptrdiff_t>(first));
    }
  }
  return results;
}

}  // namespace cnci::kernels::testing
