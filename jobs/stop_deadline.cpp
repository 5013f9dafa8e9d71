#include "jobs/stop_deadline.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

constexpr std::chrono::milliseconds kLook{100};

}  // namespace

StopDeadline::StopDeadline(const std::atomic<bool>& stop, std::chrono::milliseconds patience,
                           std::function<void()> say)
    : stop_(stop), patience_(patience), say_(std::move(say)), thread_([this] { watch(); }) {}

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
  say_();
  std::fflush(nullptr);
  // Not MPI_Abort: the thread that speaks with MPI may be inside it.
  std::_Exit(kExitStopped);
}

}  // namespace cnci::jobs
