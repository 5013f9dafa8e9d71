// What reading costs.
#pragma once

#include <chrono>
#include <cstdint>

namespace cnci::io {

struct ReadCost {
  double read_s = 0;    ///< from the file system, where blocks are decoded here
  double decode_s = 0;  ///< all else until values are there; with reading, where GDAL decodes
  /// Of whole blocks, as often as they are decoded; where GDAL decodes, of pixels handed out.
  std::uint64_t decoded_bytes = 0;

  ReadCost& operator+=(const ReadCost& other) {
    read_s += other.read_s;
    decode_s += other.decode_s;
    decoded_bytes += other.decoded_bytes;
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
