#include "jobs/stop_signals.h"

#include <csignal>
#include <cstdint>
#include <ctime>

#include "jobs/signal_handler.h"

namespace cnci::jobs {
namespace {

std::atomic<bool>& stop_flag() {
  static std::atomic<bool> flag{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  return flag;
}

/// Monotonic milliseconds of the first signal.
std::atomic<std::int64_t>& first_signal_ms() {
  static std::atomic<std::int64_t> at{0};
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);
  return at;
}

/// One stop can arrive twice, from the launcher and from the terminal or SLURM: what comes so soon
/// after the first signal belongs to it.
constexpr std::int64_t kSameStop_ms = 1000;

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_stop_signal(int signal) {
  std::int64_t none = 0;
  const std::int64_t now = now_ms();
  if (first_signal_ms().compare_exchange_strong(none, now)) {
    stop_flag().store(true);
  } else if (now - none > kSameStop_ms) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

const std::atomic<bool>& watch_stop_signals() {
  // Both exist before a handler can run.
  std::atomic<bool>& flag = stop_flag();
  static_cast<void>(first_signal_ms());
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    install_signal_handler(signal, on_stop_signal);
  }
  return flag;
}

}  // namespace cnci::jobs
