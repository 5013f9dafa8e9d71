#include "jobs/status_signal.h"

#include <csignal>

#include "engine/error.h"

namespace cnci::jobs {
namespace {

std::atomic<bool>& status_flag() {
  static std::atomic<bool> flag{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  return flag;
}

extern "C" void on_status_signal(int /*signal*/) { status_flag().store(true); }

}  // namespace

std::atomic<bool>& watch_status_signal() {
  std::atomic<bool>& flag = status_flag();  // exists before the handler can run
  struct sigaction action {};
  action.sa_handler = on_status_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  if (sigaction(SIGUSR2, &action, nullptr) != 0) {
    throw engine::Error("cannot install a signal handler");
  }
  return flag;
}

}  // namespace cnci::jobs
