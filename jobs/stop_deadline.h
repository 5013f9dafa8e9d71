// The end of patience with a run that was told to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace cnci::jobs {

/// While it lives, a process that has received a stop signal ends at most `patience` later, with
/// kExitStopped, whatever it is doing: waiting for a rank that hangs, in a read that does not
/// return. Its launcher then ends the other ranks. What is finished is on the disk by then.
class StopDeadline {
 public:
  /// `stop` is set by the signal; the text of `last_words`, called in another thread, goes to
  /// standard error before the end, unless nobody takes it there.
  StopDeadline(const std::atomic<bool>& stop, std::chrono::milliseconds patience,
               std::function<std::string()> last_words);
  ~StopDeadline();
  StopDeadline(const StopDeadline&) = delete;
  StopDeadline& operator=(const StopDeadline&) = delete;

 private:
  void watch();
  /// Returns early, with true, where this is being destroyed.
  bool wait(std::chrono::milliseconds time);

  const std::atomic<bool>& stop_;
  std::chrono::milliseconds patience_;
  std::function<std::string()> last_words_;
  std::mutex mutex_;
  std::condition_variable over_changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace cnci::jobs
