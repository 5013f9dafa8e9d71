#include "engine/schedule_master.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include "engine/rank_board.h"
#include "engine/schedule_pace.h"

namespace cnci::engine {
namespace {

using std::chrono::microseconds;
using Clock = std::chrono::steady_clock;
/// Longest sleep between polls: with other ranks, and alone (where only the stop flag is polled).
constexpr microseconds kLongestPause{500};
constexpr microseconds kLongestPauseAlone{20'000};
/// Messages served in one go before this rank's own threads get their turn.
constexpr int kMessagesInOneGo = 256;

/// Runs a callback of the caller; the message of its exception, if any.
template <typename Callback>
std::optional<std::string> failure_of(const Callback& callback) {
  try {
    callback();
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type on rank 0";
  }
  return std::nullopt;
}

}  // namespace

ScheduleMaster::ScheduleMaster(MPI_Comm comm, int ranks, std::size_t all_threads,
                               std::span<const std::uint32_t> order, const ScheduleOptions& options,
                               const OnResult& on_result, const OnIdle& on_idle)
    : comm_(comm),
      mailbox_(comm),
      ranks_(ranks),
      all_threads_(std::max<std::size_t>(all_threads, 1)),
      grants_(order, options.tiles_on_path, ranks),
      options_(options),
      on_result_(on_result),
      on_idle_(on_idle),
      started_(static_cast<std::size_t>(ranks), false) {}

ScheduleOutcome ScheduleMaster::run(TilePool& pool) {
  Pace pace;
  const microseconds longest = ranks_ == 1 ? kLongestPauseAlone : kLongestPause;
  while (!complete()) {
    if (options_.stop != nullptr && options_.stop->load()) see_signal();
    serve_pool(pool);
    if (receive_some()) pace.something_happened();
    if (draining()) drain_ranks(pool);
    if (signalled_ && Clock::now() - *signalled_ > options_.patience && !complete()) {
      lose_patience();
    }
    if (on_idle_) {
      if (const auto failure = failure_of(on_idle_)) fail(*failure);
    }
    pool.wait_for_news(pace.pause(Pace::kShortest, longest));
  }
  end_ranks();
  pool.close();
  pace.something_happened();
  while (goodbyes_ < ranks_ - 1 || mailbox_.busy()) {
    if (!receive_some()) pool.wait_for_news(pace.pause(Pace::kShortest, kLongestPause));
  }
  outcome_.stopped = stopped();
  outcome_.signalled = signalled_.has_value();
  return std::move(outcome_);
}

bool ScheduleMaster::complete() const {
  return outstanding_ == 0 && (remaining() == 0 || draining()) &&
         std::all_of(started_.begin(), started_.end(), [](bool started) { return started; });
}

bool ScheduleMaster::stopped() const { return remaining() > 0 || returned_ > 0; }

void ScheduleMaster::serve_pool(TilePool& pool) {
  handle(0, pool.collect());
  const TilePool::Appetite appetite = pool.appetite();
  const std::vector<std::uint32_t> tiles = grant(0, appetite.idle, appetite.wanted);
  if (!tiles.empty()) pool.add(tiles);
}

bool ScheduleMaster::receive_some() {
  for (int i = 0; i < kMessagesInOneGo; ++i) {
    const std::optional<Mailbox::Letter> letter = mailbox_.receive();
    if (!letter) return i > 0;
    handle(letter->source, decode_report(letter->bytes));
  }
  return true;
}

void ScheduleMaster::handle(int rank, RankReport report) {
  for (FinishedTile& tile : report.finished) keep_result(rank, std::move(tile));
  outstanding_ -= report.returned;
  returned_ += report.returned;
  if (options_.board != nullptr) options_.board->returned(rank, report.returned);
  if (!report.error.empty()) fail(report.error);
  if (report.started) started_[static_cast<std::size_t>(rank)] = true;
  if (report.stop) see_signal();
  if (report.goodbye) ++goodbyes_;
  if (report.asks) {
    Orders orders;
    orders.tiles = grant(rank, report.idle, report.wanted);
    orders.supply = supply();
    mailbox_.send(rank, encode(orders));
  }
}

void ScheduleMaster::keep_result(int rank, FinishedTile tile) {
  --outstanding_;
  if (!error_.empty()) return;
  if (tile.failed) {
    if (tile.ends_run) stopping_ = true;
    if (options_.board != nullptr) options_.board->failed(tile.tile);
    outcome_.failures.push_back({tile.tile, rank, std::move(tile.message)});
    return;
  }
  const auto failure = failure_of([&] {
    if (on_result_) on_result_(tile.tile, tile.record);
  });
  if (failure) {
    fail(*failure);
  } else {
    ++outcome_.finished;
    if (options_.board != nullptr) options_.board->finished(tile.tile);
  }
}

void ScheduleMaster::fail(const std::string& message) {
  if (error_.empty()) error_ = message.empty() ? "schedule: a failure without a message" : message;
}

std::vector<std::uint32_t> ScheduleMaster::grant(int rank, std::uint32_t idle,
                                                 std::uint32_t wanted) {
  if (draining()) return {};
  const std::size_t fair = remaining() / (2 * all_threads_);
  const std::size_t count =
      std::min(remaining(), std::max<std::size_t>(idle, std::min<std::size_t>(wanted, fair)));
  std::vector<std::uint32_t> granted = grants_.take(rank, count);
  outstanding_ += count;
  if (options_.board != nullptr) options_.board->granted(rank, granted);
  return granted;
}

Orders::Supply ScheduleMaster::supply() const {
  if (draining() || remaining() == 0) return Orders::Supply::kNone;
  const bool plenty = remaining() >= 2 * all_threads_;
  return plenty ? Orders::Supply::kPlenty : Orders::Supply::kOnlyWhenIdle;
}

void ScheduleMaster::drain_ranks(TilePool& pool) {
  if (drain_sent_) return;
  drain_sent_ = true;
  pool.drain();
  Orders orders;
  orders.kind = Orders::Kind::kDrain;
  orders.supply = Orders::Supply::kNone;
  for (int rank = 1; rank < ranks_; ++rank) mailbox_.send(rank, encode(orders));
}

void ScheduleMaster::see_signal() {
  stopping_ = true;
  if (!signalled_) signalled_ = Clock::now();
}

void ScheduleMaster::lose_patience() {
  outcome_.stopped = true;
  outcome_.signalled = true;
  outcome_.given_up = outstanding_;
  int code = 1;
  const auto failure = failure_of([&] {
    if (options_.on_given_up) code = options_.on_given_up(outcome_);
  });
  if (failure) std::fprintf(stderr, "cnci: error: %s\n", failure->c_str());
  // Computing threads cannot be ended from outside: the processes go with them.
  std::fflush(nullptr);
  if (ranks_ > 1) MPI_Abort(comm_, code);
  std::_Exit(code);
}

void ScheduleMaster::end_ranks() {
  Orders orders;
  orders.kind = Orders::Kind::kEnd;
  orders.supply = Orders::Supply::kNone;
  orders.stopped = stopped();
  orders.error = error_;
  for (int rank = 1; rank < ranks_; ++rank) mailbox_.send(rank, encode(orders));
}

}  // namespace cnci::engine
