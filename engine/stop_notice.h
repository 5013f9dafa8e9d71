// A stop that one rank was told of, made known to the ranks that are at work or wait elsewhere.
#pragma once

#include <mpi.h>

#include <atomic>
#include <vector>

#include "engine/mpi.h"

namespace cnci::engine {

/// Between construction and settle(), both collective, ranks work on their own; a `stop` that is
/// set on any of them is seen by all at their next raised(). Every rank sends at most one empty
/// message to each other.
class StopNotice {
 public:
  StopNotice(MPI_Comm comm, const std::atomic<bool>& stop);
  ~StopNotice() = default;
  StopNotice(const StopNotice&) = delete;
  StopNotice& operator=(const StopNotice&) = delete;

  /// Whether a stop on some rank is known here; to be asked between pieces of work.
  [[nodiscard]] bool raised();

  /// Collective: waits until all ranks are here, passing stops on meanwhile. Returns, the same on
  /// all ranks, whether any of them has seen one.
  [[nodiscard]] bool settle();

 private:
  void tell_others();
  void hear(int source);

  Communicator comm_;
  const std::atomic<bool>& stop_;
  bool told_ = false;
  std::vector<char> heard_;  // by rank
  std::vector<MPI_Request> sends_;
};

}  // namespace cnci::engine
