// A file that is read at any place: its descriptor closes itself, and nothing beyond its end is
// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cnci::io {

class RandomAccessFile {
 public:
  /// Throws Error where there is no such regular file, or it cannot be opened.
  explicit RandomAccessFile(const std::string& path);
  ~RandomAccessFile();
  RandomAccessFile(RandomAccessFile&& other) noexcept;
  RandomAccessFile& operator=(RandomAccessFile&&) = delete;
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;

  /// Bytes of the file when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Whether it had `bytes` bytes from `offset` on when it was opened.
  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size_ && bytes <= size_ - offset;
  }
  /// Fills `bytes` from `offset` on; any number of threads at once. Throws Error, without the name
  /// of the file, where the file ends before or the system fails.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Asks the system to fetch these bytes from the disk when they are read next.
  void forget_cached(std::uint64_t offset, std::uint64_t bytes) const;
  /// Asks the system to fetch these bytes now; does not wait for them.
  void fetch_ahead(std::uint64_t offset, std::uint64_t bytes) const;

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace cnci::io
