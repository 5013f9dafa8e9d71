#include "jobs/stop_signals.h"

#include <csignal>

#include "engine/error.h"

namespace cnci::jobs {
namespace {

std::atomic<bool>& stop_flag() {
  static std::atomic<bool> flag{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  return flag;
}

extern "C" void on_stop_signal(int signal) {
  if (stop_flag().exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

const std::atomic<bool>& watch_stop_signals() {
  std::atomic<bool>& flag = stop_flag();
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    if (sigaction(signal, &action, nullptr) != 0) {
      throw engine::Error("cannot install a signal handler");
    }
  }
  return flag;
}

}  // namespace cnci::jobs
