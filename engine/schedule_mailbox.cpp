#include "engine/schedule_mailbox.h"

#include <memory>
#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/mpi.h"

namespace cnci::engine {
namespace {

constexpr int kTag = 1;
/// More is left with its sender until this much has arrived: rank 0's memory stays bounded.
constexpr std::size_t kMaxBytesReceiving = std::size_t{64} << 20;

bool completed(MPI_Request& request, const char* operation) {
  int done = 0;
  check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), operation);
  return done != 0;
}

}  // namespace

Mailbox::~Mailbox() {
  // Transfers are open only where an MPI call has failed. MPI may still use their bytes, so these
  // are given up rather than freed.
  for (std::list<Transfer>* transfers : {&sends_, &receives_}) {
    for (Transfer& transfer : *transfers) {
      MPI_Request_free(&transfer.request);
      auto kept = std::make_unique<std::vector<std::byte>>(std::move(transfer.letter.bytes));
      static_cast<void>(kept.release());
    }
  }
}

void Mailbox::send(int rank, std::vector<std::byte> bytes) {
  if (bytes.size() > kMaxBytes) {
    throw Error("schedule: a message of " + std::to_string(bytes.size()) +
                " bytes is too long to send; at most " + std::to_string(kMaxBytes));
  }
  Transfer& transfer = sends_.emplace_back();
  transfer.letter = {rank, std::move(bytes)};
  const std::vector<std::byte>& data = transfer.letter.bytes;
  const int code = MPI_Isend(data.data(), static_cast<int>(data.size()), MPI_BYTE, rank, kTag,
                             comm_, &transfer.request);
  if (code != MPI_SUCCESS) sends_.pop_back();
  check_mpi(code, "send");
  bytes_sending_ += data.size();
}

std::optional<Mailbox::Letter> Mailbox::receive() {
  complete_sends();
  start_receives();
  for (auto it = receives_.begin(); it != receives_.end(); ++it) {
    if (!completed(it->request, "receive")) continue;
    Letter letter = std::move(it->letter);
    bytes_receiving_ -= letter.bytes.size();
    receives_.erase(it);
    return letter;
  }
  return std::nullopt;
}

void Mailbox::start_receives() {
  while (bytes_receiving_ <= kMaxBytesReceiving) {
    int found = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check_mpi(MPI_Improbe(MPI_ANY_SOURCE, kTag, comm_, &found, &message, &status), "probe");
    if (found == 0) return;
    int count = 0;
    check_mpi(MPI_Get_count(&status, MPI_BYTE, &count), "length of a message");
    Transfer& transfer = receives_.emplace_back();
    transfer.letter.source = status.MPI_SOURCE;
    transfer.letter.bytes.resize(static_cast<std::size_t>(count));
    const int code =
        MPI_Imrecv(transfer.letter.bytes.data(), count, MPI_BYTE, &message, &transfer.request);
    if (code != MPI_SUCCESS) receives_.pop_back();
    check_mpi(code, "receive");
    bytes_receiving_ += transfer.letter.bytes.size();
  }
}

void Mailbox::complete_sends() {
  for (auto it = sends_.begin(); it != sends_.end();) {
    if (completed(it->request, "send")) {
      bytes_sending_ -= it->letter.bytes.size();
      it = sends_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace cnci::engine
