#include "jobs/status_signal.h"

#include <csignal>

#include "jobs/signal_handler.h"

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
  install_signal_handler(SIGUSR2, on_status_signal);
  return flag;
}

}  // namespace cnci::jobs
