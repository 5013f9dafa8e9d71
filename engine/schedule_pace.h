// How long to sleep between two polls: short after something has happened, then doubling.
#pragma once

#include <algorithm>
#include <chrono>

namespace cnci::engine {

class Pace {
 public:
  using Microseconds = std::chrono::microseconds;
  static constexpr Microseconds kShortest{100};

  void something_happened() { next_ = kShortest; }
  [[nodiscard]] Microseconds pause(Microseconds shortest, Microseconds longest) {
    const Microseconds now = std::clamp(next_, shortest, longest);
    next_ = now * 2;
    return now;
  }

 private:
  Microseconds next_ = kShortest;
};

}  // namespace cnci::engine
