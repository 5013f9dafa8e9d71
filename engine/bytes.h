// Records as bytes: what travels between ranks and into the tile store. Fixed-width little-endian
// values as they stand in memory; every machine we run on is little-endian.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/error.h"

namespace cnci::engine {

static_assert(std::endian::native == std::endian::little);

class ByteWriter {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof(T));
  }
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put_all(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    const auto* from = reinterpret_cast<const std::byte*>(values.data());
    bytes_.insert(bytes_.end(), from, from + values.size_bytes());
  }
  void put_text(const std::string& text) { put_all(std::span<const char>(text)); }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what ByteWriter wrote, in the same order; throws Error beyond the end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T get() {
    T value;
    std::memcpy(&value, next(sizeof(T)), sizeof(T));
    return value;
  }
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::vector<T> get_all() {
    const auto count = get<std::uint64_t>();
    if (count > bytes_.size() / sizeof(T)) throw Error("a record is damaged: count beyond its end");
    std::vector<T> values(count);
    const auto* from = next(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), from, count * sizeof(T));
    return values;
  }
  [[nodiscard]] std::string get_text() {
    const auto chars = get_all<char>();
    return {chars.begin(), chars.end()};
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  const std::byte* next(std::size_t count) {
    if (count > bytes_.size()) throw Error("a record is damaged: it ends too early");
    const std::byte* from = bytes_.data();
    bytes_ = bytes_.subspan(count);
    return from;
  }
  std::span<const std::byte> bytes_;
};

}  // namespace cnci::engine
