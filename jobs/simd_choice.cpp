#include "jobs/simd_choice.h"

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/error.h"
#include "jobs/command_line.h"
#include "jobs/help.h"
#include "kernels/simd.h"

namespace cnci::jobs {

void choose_simd_target() {
  const char* name = std::getenv("CNCI_SIMD");
  if (name == nullptr || *name == '\0') return;
  try {
    kernels::use_simd_target(name);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("CNCI_SIMD: ") + error.what());
  }
}

void choose_simd_target(const engine::Mpi& mpi) {
  std::optional<std::string> error;
  try {
    choose_simd_target();
  } catch (const UsageError& mine) {
    error = mine.what();
  }
  error = engine::agree_on_error(mpi.comm(), error);
  if (error) throw UsageError(*error);

  const std::string mine = bit_class();
  const auto* text = reinterpret_cast<const std::byte*>(mine.data());
  std::vector<std::byte> first(text, text + mine.size());
  engine::broadcast(mpi.comm(), first);
  if (std::string(reinterpret_cast<const char*>(first.data()), first.size()) != mine) {
    error = "rank " + std::to_string(mpi.rank()) + " is on a processor of bit class '" + mine +
            "', rank 0 is not: their results would differ in the last bits; run on nodes of one "
            "kind (with SLURM: --constraint)";
  }
  error = engine::agree_on_error(mpi.comm(), error);
  if (error) throw engine::Error(*error);
}

}  // namespace cnci::jobs
