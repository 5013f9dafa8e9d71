#include "engine/stop_notice.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace cnci::engine {
namespace {

constexpr int kNoticeTag = 1;
constexpr auto kNoticePoll = std::chrono::milliseconds(2);

}  // namespace

StopNotice::StopNotice(MPI_Comm comm, const std::atomic<bool>& stop)
    : comm_(comm), stop_(stop), heard_(static_cast<std::size_t>(comm_.size()), 0) {}

void StopNotice::tell_others() {
  told_ = true;
  for (int rank = 0; rank < comm_.size(); ++rank) {
    if (rank == comm_.rank()) continue;
    MPI_Request& request = sends_.emplace_back();
    check_mpi(MPI_Isend(nullptr, 0, MPI_BYTE, rank, kNoticeTag, comm_.get(), &request),
              "telling of a stop");
  }
}

void StopNotice::hear(int source) {
  check_mpi(MPI_Recv(nullptr, 0, MPI_BYTE, source, kNoticeTag, comm_.get(), MPI_STATUS_IGNORE),
            "hearing of a stop");
  heard_[static_cast<std::size_t>(source)] = 1;
}

bool StopNotice::raised() {
  if (stop_.load() && !told_) tell_others();
  for (;;) {
    int found = 0;
    MPI_Status status;
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, kNoticeTag, comm_.get(), &found, &status),
              "looking for a stop");
    if (found == 0) break;
    hear(status.MPI_SOURCE);
  }
  return told_ || std::find(heard_.begin(), heard_.end(), 1) != heard_.end();
}

bool StopNotice::settle() {
  MPI_Request all_here = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(comm_.get(), &all_here), "waiting for all ranks");
  for (int done = 0; done == 0;) {
    static_cast<void>(raised());
    check_mpi(MPI_Test(&all_here, &done, MPI_STATUS_IGNORE), "waiting for all ranks");
    if (done == 0) std::this_thread::sleep_for(kNoticePoll);
  }
  // What is under way now is all that will ever come.
  const char mine = told_ ? 1 : 0;
  std::vector<char> tellers(heard_.size());
  check_mpi(MPI_Allgather(&mine, 1, MPI_CHAR, tellers.data(), 1, MPI_CHAR, comm_.get()),
            "agreement on a stop");
  for (int rank = 0; rank < comm_.size(); ++rank) {
    const auto index = static_cast<std::size_t>(rank);
    if (rank != comm_.rank() && tellers[index] != 0 && heard_[index] == 0) hear(rank);
  }
  check_mpi(MPI_Waitall(static_cast<int>(sends_.size()), sends_.data(), MPI_STATUSES_IGNORE),
            "telling of a stop");
  return std::find(tellers.begin(), tellers.end(), 1) != tellers.end();
}

}  // namespace cnci::engine
