#include "jobs/stop_deadline.h"

#include <poll.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <utility>

#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

constexpr std::chrono::milliseconds kLook{100};

/// Not through a stream, which a thread that hangs in a write would hold; and not where a write
/// would wait: a pipe that takes anything takes PIPE_BUF bytes.
void write_if_taken(std::string text) {
  if (text.size() > PIPE_BUF) text = text.substr(0, PIPE_BUF - 4) + "...\n";
  pollfd out{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StopDeadline::StopDeadline(const std::atomic<bool>& stop, std::chrono::milliseconds patience,
                           std::function<std::string()> last_words)
    : stop_(stop),
      patience_(patience),
      last_words_(std::move(last_words)),
      thread_([this] { watch(); }) {}

StopDeadline::~StopDeadline() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  over_changed_.notify_all();
  thread_.join();
}

bool StopDeadline::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return over_changed_.wait_for(lock, time, [this] { return over_; });
}

void StopDeadline::watch() {
  while (!stop_.load()) {
    if (wait(kLook)) return;
  }
  if (wait(patience_)) return;
  write_if_taken(last_words_());
  // Not MPI_Abort: the thread that speaks with MPI may be inside it.
  std::_Exit(kExitStopped);
}

}  // namespace cnci::jobs
