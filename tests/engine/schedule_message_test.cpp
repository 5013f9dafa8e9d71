#include "engine/schedule_message.h"

#include <gtest/gtest.h>

#include "engine/error.h"

namespace cnci::engine {
namespace {

RankReport full_report() {
  RankReport report;
  report.finished.push_back({7, false, false, {std::byte{1}, std::byte{2}}, ""});
  report.finished.push_back({9, true, true, {}, "layer.soc: band 1 cannot be read"});
  report.returned = 3;
  report.error = "no worker";
  report.started = true;
  report.stop = true;
  report.asks = true;
  report.idle = 2;
  report.wanted = 5;
  report.goodbye = true;
  return report;
}

TEST(ScheduleMessage, AReportArrivesAsItWasSent) {
  EXPECT_EQ(decode_report(encode(full_report())), full_report());
  EXPECT_EQ(decode_report(encode(RankReport{})), RankReport{});
}

TEST(ScheduleMessage, OrdersArriveAsTheyWereSent) {
  Orders orders;
  orders.kind = Orders::Kind::kEnd;
  orders.supply = Orders::Supply::kNone;
  orders.stopped = true;
  orders.error = "disk full";
  orders.tiles = {4, 2, 8};
  EXPECT_EQ(decode_orders(encode(orders)), orders);
  EXPECT_EQ(decode_orders(encode(Orders{})), Orders{});
}

TEST(ScheduleMessage, EveryTruncationIsNoticed) {
  const std::vector<std::byte> whole = encode(full_report());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::span<const std::byte> part(whole.data(), length);
    EXPECT_THROW(static_cast<void>(decode_report(part)), Error) << length << " bytes";
  }
}

TEST(ScheduleMessage, BytesTooManyAreNoticed) {
  std::vector<std::byte> bytes = encode(Orders{});
  bytes.push_back(std::byte{0});
  EXPECT_THROW(static_cast<void>(decode_orders(bytes)), Error);
}

}  // namespace
}  // namespace cnci::engine
