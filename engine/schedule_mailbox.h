// Byte messages between ranks that never block: sends keep their bytes alive until MPI is done with
// them, messages are received whole. Only the thread that may call MPI uses it.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <list>
#include <optional>
#include <vector>

namespace cnci::engine {

class Mailbox {
 public:
  struct Letter {
    int source = 0;
    std::vector<std::byte> bytes;
  };
  /// The longest message, well below the int that MPI counts with.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

  explicit Mailbox(MPI_Comm comm) : comm_(comm) {}
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Throws Error above kMaxBytes.
  void send(int rank, std::vector<std::byte> bytes);
  /// The next message that is here, if any; also drives sends.
  [[nodiscard]] std::optional<Letter> receive();
  /// Bytes on their way out or in.
  [[nodiscard]] std::size_t bytes_sending() const { return bytes_sending_; }
  [[nodiscard]] bool busy() const { return !sends_.empty() || !receives_.empty(); }

 private:
  struct Transfer {
    MPI_Request request = MPI_REQUEST_NULL;
    Letter letter;
  };
  void start_receives();
  void complete_sends();

  MPI_Comm comm_;
  std::list<Transfer> sends_;
  std::list<Transfer> receives_;
  std::size_t bytes_sending_ = 0;
  std::size_t bytes_receiving_ = 0;
};

}  // namespace cnci::engine
