#include "engine/mpi.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <thread>

#include "engine/error.h"

namespace cnci::engine {
namespace {

/// Bytes of one collective call; its count is an int.
constexpr std::size_t kBlockBytes = std::size_t{1} << 29;

bool is_done(MPI_Request& request, const char* operation) {
  int done = 0;
  check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), operation);
  return done != 0;
}

/// Waits for data that are on their way: a message goes piece by piece, and each waits for a test.
void wait_for_data(MPI_Request& request, const char* operation) {
  constexpr std::chrono::milliseconds kExpected{20};
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < kExpected) {
    if (is_done(request, operation)) return;
    std::this_thread::yield();
  }
  wait_politely(request, operation);
}

void broadcast_from(MPI_Comm comm, int root, std::vector<std::byte>& bytes) {
  std::uint64_t length = bytes.size();
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibcast(&length, 1, MPI_UINT64_T, root, comm, &request), "broadcast of a length");
  wait_politely(request, "broadcast of a length");
  bytes.resize(length);
  for (std::size_t offset = 0; offset < bytes.size(); offset += kBlockBytes) {
    const std::size_t count = std::min(kBlockBytes, bytes.size() - offset);
    check_mpi(
        MPI_Ibcast(bytes.data() + offset, static_cast<int>(count), MPI_BYTE, root, comm, &request),
        "broadcast");
    wait_for_data(request, "broadcast");
  }
}

int rank_in(MPI_Comm comm) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(comm, &rank), "rank of a communicator");
  return rank;
}

int size_of(MPI_Comm comm) {
  int size = 1;
  check_mpi(MPI_Comm_size(comm, &size), "size of a communicator");
  return size;
}

}  // namespace

void check_mpi(int code, const char* operation) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  std::string message = "code " + std::to_string(code);
  if (MPI_Error_string(code, text.data(), &length) == MPI_SUCCESS) {
    message.assign(text.data(), static_cast<std::size_t>(length));
  }
  throw Error("MPI: " + std::string(operation) + " failed: " + message);
}

void wait_politely(MPI_Request& request, const char* operation) {
  using std::chrono::microseconds;
  microseconds pause{20};
  while (!is_done(request, operation)) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, microseconds{1000});
  }
}

Mpi::Mpi(int& argc, char**& argv) {
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "start");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "error handler");
  comm_ = MPI_COMM_WORLD;
  rank_ = rank_in(comm_);
  size_ = size_of(comm_);
  if (provided < MPI_THREAD_FUNNELED) {
    throw Error("MPI: this library was built without threads (MPI_THREAD_FUNNELED); use another");
  }
}

Mpi::~Mpi() { MPI_Finalize(); }

void broadcast(MPI_Comm comm, std::vector<std::byte>& bytes) { broadcast_from(comm, 0, bytes); }

std::optional<std::string> agree_on_error(MPI_Comm comm, const std::optional<std::string>& mine) {
  const int size = size_of(comm);
  const int candidate = mine ? rank_in(comm) : size;
  int first = size;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&candidate, &first, 1, MPI_INT, MPI_MIN, comm, &request),
            "agreement on errors");
  wait_politely(request, "agreement on errors");
  if (first == size) return std::nullopt;
  std::vector<std::byte> bytes;
  if (first == candidate) {
    const auto* begin = reinterpret_cast<const std::byte*>(mine->data());
    bytes.assign(begin, begin + mine->size());
  }
  broadcast_from(comm, first, bytes);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<std::string> processor_names(MPI_Comm comm) {
  using Name = std::array<char, MPI_MAX_PROCESSOR_NAME>;
  Name mine{};
  int length = 0;
  check_mpi(MPI_Get_processor_name(mine.data(), &length), "name of the processor");
  std::vector<Name> all(rank_in(comm) == 0 ? static_cast<std::size_t>(size_of(comm)) : 0);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Igather(mine.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, all.data(),
                        MPI_MAX_PROCESSOR_NAME, MPI_CHAR, 0, comm, &request),
            "names of processors");
  wait_politely(request, "names of processors");
  std::vector<std::string> names;
  for (const Name& name : all) {
    names.emplace_back(name.begin(), std::find(name.begin(), name.end(), '\0'));
  }
  return names;
}

Communicator::Communicator(MPI_Comm original) {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Comm_idup(original, &comm_, &request), "copy of a communicator");
  wait_politely(request, "copy of a communicator");
  check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "error handler");
  rank_ = rank_in(comm_);
  size_ = size_of(comm_);
}

Communicator::~Communicator() { MPI_Comm_free(&comm_); }

}  // namespace cnci::engine
