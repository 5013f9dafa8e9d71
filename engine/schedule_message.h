// What ranks say to each other while tiles are computed, and its form as bytes. All ranks are the
// same program on the same kind of machine: integers travel as they lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cnci::engine {

/// One tile that was computed, or failed.
struct FinishedTile {
  std::uint32_t tile = 0;
  bool failed = false;
  bool ends_run = false;          ///< of a failed one: others would fail like it
  std::vector<std::byte> record;  ///< of a finished tile
  std::string message;            ///< of a failed one
  bool operator==(const FinishedTile&) const = default;
};

/// From a rank to rank 0: news since the last report, and whether tiles are wanted.
struct RankReport {
  std::vector<FinishedTile> finished;
  std::uint32_t returned = 0;  ///< granted tiles that will not be computed here
  std::string error;           ///< ends the schedule
  bool started = false;        ///< make_worker has returned or failed in every thread
  bool stop = false;           ///< this rank was asked to stop
  bool asks = false;           ///< wants an answer (Orders::kGrant)
  std::uint32_t idle = 0;      ///< threads without a tile
  std::uint32_t wanted = 0;    ///< tiles for idle threads and to hold ahead
  bool goodbye = false;        ///< the rank's last message
  bool operator==(const RankReport&) const = default;
};

/// From rank 0 to a rank.
struct Orders {
  enum class Kind : std::uint8_t {
    kGrant,  ///< the answer to a report that asks
    kDrain,  ///< finish what runs, return the rest
    kEnd,    ///< nothing is left to do anywhere
  };
  /// What to ask for from now on.
  enum class Supply : std::uint8_t { kPlenty, kOnlyWhenIdle, kNone };
  Kind kind = Kind::kGrant;
  Supply supply = Supply::kPlenty;
  bool stopped = false;              ///< kEnd
  std::string error;                 ///< kEnd: empty where all went well
  std::vector<std::uint32_t> tiles;  ///< kGrant
  bool operator==(const Orders&) const = default;
};

[[nodiscard]] std::vector<std::byte> encode(const RankReport& report);
[[nodiscard]] std::vector<std::byte> encode(const Orders& orders);
/// Both throw Error where the bytes are not such a message.
[[nodiscard]] RankReport decode_report(std::span<const std::byte> bytes);
[[nodiscard]] Orders decode_orders(std::span<const std::byte> bytes);

}  // namespace cnci::engine
