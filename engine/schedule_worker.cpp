#include "engine/schedule_worker.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cnci::engine {
namespace {

using std::chrono::microseconds;
/// Sleeps between polls. A poll costs tens of microseconds where many ranks share a core, so a rank
/// that has enough to do, or nothing to hope for, polls seldom.
constexpr microseconds kLongestStarving{1'000};
constexpr microseconds kTransfer{200};
constexpr microseconds kLongestExpecting{5'000};
constexpr microseconds kShortestForEnd{1'000};
constexpr microseconds kLongestForEnd{20'000};
constexpr microseconds kBusy{20'000};
/// Records in one message; one that is longer travels alone.
constexpr std::size_t kReportBytes = std::size_t{16} << 20;
/// No further tiles while this much waits to be sent: memory stays bounded where rank 0 is slow.
constexpr std::size_t kMaxBytesSending = std::size_t{64} << 20;

}  // namespace

ScheduleOutcome ScheduleWorker::run(TilePool& pool) {
  while (!ended_) {
    // An answer cannot be here at once: no poll after a report.
    const bool reported = report_news(pool);
    if (reported || obey(pool)) pace_.something_happened();
    if (!ended_) sleep(pool);
  }
  pool.close();
  RankReport goodbye;
  goodbye.goodbye = true;
  mailbox_.send(0, encode(goodbye));
  while (mailbox_.busy()) {
    if (!obey(pool)) pool.wait_for_news(kTransfer);
  }
  ScheduleOutcome outcome;
  outcome.stopped = end_.stopped;
  return outcome;
}

void ScheduleWorker::sleep(TilePool& pool) {
  if (mailbox_.busy()) {
    pool.wait_for_news(kTransfer);
  } else if (awaiting_ && pool.appetite().idle > 0) {
    pool.wait_for_news(pace_.pause(Pace::kShortest, kLongestStarving));
  } else if (awaiting_) {
    pool.wait_for_news(std::clamp(pool.tile_time() / 8, kTransfer, kLongestExpecting));
  } else if (pool.empty()) {
    pool.wait_for_news(pace_.pause(kShortestForEnd, kLongestForEnd));
  } else {
    pool.wait_for_news(kBusy);
  }
}

bool ScheduleWorker::report_news(TilePool& pool) {
  const bool stop = stop_ != nullptr && stop_->load() && !said_stop_;
  if (stop) {
    pool.drain();
    said_stop_ = true;
  }
  RankReport report = pool.collect();
  report.stop = stop;
  report.started = report.started && !said_started_;
  said_started_ = said_started_ || report.started;
  const TilePool::Appetite appetite = pool.appetite();
  const bool hungry = supply_ == Orders::Supply::kPlenty ? appetite.wanted > 0 : appetite.idle > 0;
  if (hungry && supply_ != Orders::Supply::kNone && !awaiting_ &&
      mailbox_.bytes_sending() < kMaxBytesSending) {
    report.asks = true;
    report.idle = appetite.idle;
    report.wanted = appetite.wanted;
    awaiting_ = true;
  }
  if (report == RankReport{}) return false;
  send(std::move(report));
  return true;
}

void ScheduleWorker::send(RankReport report) {
  RankReport part;
  std::size_t bytes = 0;
  for (FinishedTile& tile : report.finished) {
    const std::size_t size = tile.record.size() + tile.message.size();
    if (!part.finished.empty() && bytes + size > kReportBytes) {
      mailbox_.send(0, encode(std::exchange(part, RankReport{})));
      bytes = 0;
    }
    bytes += size;
    part.finished.push_back(std::move(tile));
  }
  report.finished = std::move(part.finished);
  mailbox_.send(0, encode(report));
}

bool ScheduleWorker::obey(TilePool& pool) {
  const std::optional<Mailbox::Letter> letter = mailbox_.receive();
  if (letter) obey(pool, decode_orders(letter->bytes));
  return letter.has_value();
}

void ScheduleWorker::obey(TilePool& pool, const Orders& orders) {
  switch (orders.kind) {
    case Orders::Kind::kGrant:
      awaiting_ = false;
      if (supply_ != Orders::Supply::kNone) supply_ = orders.supply;
      if (!orders.tiles.empty()) pool.add(orders.tiles);
      break;
    case Orders::Kind::kDrain:
      supply_ = Orders::Supply::kNone;
      pool.drain();
      break;
    case Orders::Kind::kEnd:
      end_ = orders;
      ended_ = true;
      break;
  }
}

}  // namespace cnci::engine
