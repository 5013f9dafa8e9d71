#include "engine/schedule_message.h"

#include <cstring>
#include <type_traits>

#include "engine/error.h"

namespace cnci::engine {
namespace {

class Writer {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(&value, sizeof value);
  }
  /// A length and the elements.
  template <typename Sequence>
  void sequence(const Sequence& values) {
    number(static_cast<std::uint64_t>(values.size()));
    append(values.data(), values.size() * sizeof(typename Sequence::value_type));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + size);
    std::memcpy(bytes_.data() + at, data, size);
  }
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <typename T>
  T number() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  bool flag() { return number<std::uint8_t>() != 0; }
  template <typename Sequence>
  Sequence sequence() {
    constexpr std::size_t kSize = sizeof(typename Sequence::value_type);
    const auto count = number<std::uint64_t>();
    if (count > bytes_.size() / kSize) damaged();
    Sequence values(count, typename Sequence::value_type{});
    if (count > 0) std::memcpy(values.data(), take(count * kSize), count * kSize);
    return values;
  }
  void end() const {
    if (!bytes_.empty()) damaged();
  }

 private:
  [[noreturn]] static void damaged() {
    throw Error("schedule: a message between ranks is damaged; is every rank the same program?");
  }
  const std::byte* take(std::size_t size) {
    if (size > bytes_.size()) damaged();
    const std::byte* data = bytes_.data();
    bytes_ = bytes_.subspan(size);
    return data;
  }
  std::span<const std::byte> bytes_;
};

}  // namespace

std::vector<std::byte> encode(const RankReport& report) {
  Writer out;
  out.number(static_cast<std::uint64_t>(report.finished.size()));
  for (const FinishedTile& tile : report.finished) {
    out.number(tile.tile);
    out.number(static_cast<std::uint8_t>(tile.failed));
    out.number(static_cast<std::uint8_t>(tile.ends_run));
    out.sequence(tile.record);
    out.sequence(tile.message);
  }
  out.number(report.returned);
  out.sequence(report.error);
  out.number(static_cast<std::uint8_t>(report.started));
  out.number(static_cast<std::uint8_t>(report.stop));
  out.number(static_cast<std::uint8_t>(report.asks));
  out.number(report.idle);
  out.number(report.wanted);
  out.number(static_cast<std::uint8_t>(report.goodbye));
  return out.take();
}

std::vector<std::byte> encode(const Orders& orders) {
  Writer out;
  out.number(orders.kind);
  out.number(orders.supply);
  out.number(static_cast<std::uint8_t>(orders.stopped));
  out.sequence(orders.error);
  out.sequence(orders.tiles);
  return out.take();
}

RankReport decode_report(std::span<const std::byte> bytes) {
  Reader in(bytes);
  RankReport report;
  const auto count = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    FinishedTile tile;
    tile.tile = in.number<std::uint32_t>();
    tile.failed = in.flag();
    tile.ends_run = in.flag();
    tile.record = in.sequence<std::vector<std::byte>>();
    tile.message = in.sequence<std::string>();
    report.finished.push_back(std::move(tile));
  }
  report.returned = in.number<std::uint32_t>();
  report.error = in.sequence<std::string>();
  report.started = in.flag();
  report.stop = in.flag();
  report.asks = in.flag();
  report.idle = in.number<std::uint32_t>();
  report.wanted = in.number<std::uint32_t>();
  report.goodbye = in.flag();
  in.end();
  return report;
}

Orders decode_orders(std::span<const std::byte> bytes) {
  Reader in(bytes);
  Orders orders;
  orders.kind = in.number<Orders::Kind>();
  orders.supply = in.number<Orders::Supply>();
  orders.stopped = in.flag();
  orders.error = in.sequence<std::string>();
  orders.tiles = in.sequence<std::vector<std::uint32_t>>();
  in.end();
  return orders;
}

}  // namespace cnci::engine
