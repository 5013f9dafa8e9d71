// MPI as the engine uses it: start and end, ranks, broadcast of bytes, and agreement on errors.
// Every return code is checked here and becomes an Error. Waiting is polling with sleeps: a rank
// that waits leaves its core to others.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cnci::engine {

/// MPI_Init_thread(FUNNELED) to MPI_Finalize. One object in main.
class Mpi {
 public:
  Mpi(int& argc, char**& argv);
  ~Mpi();
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] MPI_Comm comm() const { return comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

/// Bytes of rank 0 on every rank (any length, also beyond 2 GiB); waits without burning a core.
void broadcast(MPI_Comm comm, std::vector<std::byte>& bytes);

/// Collective: the error of the lowest rank that has one, on every rank; empty where none has.
[[nodiscard]] std::optional<std::string> agree_on_error(MPI_Comm comm,
                                                        const std::optional<std::string>& mine);

/// Collective: names of the processors that ranks run on, by rank; on rank 0 only.
[[nodiscard]] std::vector<std::string> processor_names(MPI_Comm comm);

/// Throws Error with MPI's own message where `code` is not MPI_SUCCESS.
void check_mpi(int code, const char* operation);

/// Completes a request; polls and sleeps.
void wait_politely(MPI_Request& request, const char* operation);

/// A private copy of a communicator, so that messages cannot be mistaken for those of others. Made
/// and destroyed collectively.
class Communicator {
 public:
  explicit Communicator(MPI_Comm original);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  [[nodiscard]] MPI_Comm get() const { return comm_; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace cnci::engine
