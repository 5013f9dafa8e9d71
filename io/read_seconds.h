// Where the time of reading goes.
#pragma once

#include <chrono>

namespace cnci::io {

struct ReadSeconds {
  double read = 0;    ///< from the file system, where blocks are decoded here
  double decode = 0;  ///< all else until values are there; with reading, where GDAL decodes

  ReadSeconds& operator+=(const ReadSeconds& other) {
    read += other.read;
    decode += other.decode;
    return *this;
  }
};

/// Adds the seconds that it lives to a number.
class SecondsOf {
 public:
  explicit SecondsOf(double& sum) : sum_(sum) {}
  ~SecondsOf() {
    sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  SecondsOf(const SecondsOf&) = delete;
  SecondsOf& operator=(const SecondsOf&) = delete;

 private:
  double& sum_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace cnci::io
