#include "engine/schedule.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "engine/error.h"
#include "engine/mpi.h"
#include "engine/schedule_master.h"
#include "engine/schedule_pool.h"
#include "engine/schedule_worker.h"

namespace cnci::engine {
namespace {

std::size_t sum_over_ranks(const Communicator& comm, int mine) {
  const auto count = static_cast<std::uint64_t>(std::max(mine, 0));
  std::uint64_t sum = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&count, &sum, 1, MPI_UINT64_T, MPI_SUM, comm.get(), &request),
            "count of threads");
  wait_politely(request, "count of threads");
  return sum;
}

/// Nobody goes on, or frees the communicator, before all have come this far.
void leave_together(const Communicator& comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(comm.get(), &request), "barrier");
  wait_politely(request, "barrier");
}

}  // namespace

ScheduleOutcome run_schedule(
    MPI_Comm comm, std::span<const std::uint32_t> order, const ScheduleOptions& options,
    const std::function<std::unique_ptr<TileWorker>()>& make_worker,
    const std::function<void(std::uint32_t tile, std::span<const std::byte> record)>& on_result,
    const std::function<void()>& on_idle) {
  const Communicator own(comm);
  const std::size_t all_threads = sum_over_ranks(own, options.threads);
  ScheduleOutcome outcome;
  std::string error;
  {
    TilePool pool(options.threads, make_worker);
    try {
      if (own.rank() == 0) {
        ScheduleMaster master(own.get(), own.size(), all_threads, order, options, on_result,
                              on_idle);
        outcome = master.run(pool);
        error = master.error();
      } else {
        ScheduleWorker worker(own.get(), options.stop);
        outcome = worker.run(pool);
        error = worker.error();
      }
    } catch (const std::exception& broken) {
      // The protocol itself broke on this rank; the others cannot know of it and would wait for
      // ever.
      if (own.size() == 1) throw;
      std::fprintf(stderr, "cnci: error: rank %d: %s\n", own.rank(), broken.what());
      MPI_Abort(own.get(), 1);
    }
  }
  leave_together(own);
  if (!error.empty()) throw Error(error);
  return outcome;
}

}  // namespace cnci::engine
