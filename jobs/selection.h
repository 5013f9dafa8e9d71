// Which kernels a job asks for, by the layers it names, and what is therefore summed and written.
#pragma once

#include <string>
#include <vector>

#include "engine/sum_tree.h"
#include "io/cube.h"
#include "jobs/job.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

/// A quantity that is summed by zone: an output of a kernel, a layer of amounts, or the climate,
/// which tables show as a mean.
struct SummedVariable {
  engine::SumVariable sum;
  const kernels::Output* output = nullptr;  ///< null for a layer
  std::string layer = {};                   ///< empty for an output
  bool mean = false;                        ///< sum over area is shown, not the sum
  std::string unit = {};                    ///< of a mean
};

struct Selection {
  std::vector<const kernels::Kernel*> kernels;  ///< in the order of computation
  std::vector<std::string> notes;               ///< what is not computed, and why
  std::vector<SummedVariable> sums;
  std::vector<const kernels::Output*> cube;  ///< variables of the cube, in the job's order
  std::string partial;   ///< "partial: without nep" where a component of the sink is absent
  bool monthly = false;  ///< twelve months are passed to the kernels

  [[nodiscard]] std::vector<engine::SumVariable> sum_variables() const;
  /// Index of the sum that holds a layer's amounts: its own, or that of the emissions where it is
  /// the only layer of them. Throws Error where there is none.
  [[nodiscard]] std::size_t sum_of_layer(const std::string& layer) const;
};

/// Throws Error where a kernel that is asked for lacks a layer, or where nothing is to be computed.
[[nodiscard]] Selection select(const Job& job);

/// Names of the job's layers and, for `emissions.energy`, of the input they serve (`emissions`).
[[nodiscard]] std::string input_of(const std::string& layer);

}  // namespace cnci::jobs
