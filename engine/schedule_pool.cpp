#include "engine/schedule_pool.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/schedule_finisher.h"

namespace cnci::engine {
namespace {

/// One tile ahead bridges the time of a grant where tiles take longer than this; of shorter ones,
/// as many are held as fill it. More would bind dear tiles to ranks that have one.
constexpr double kGrantTime_s = 2e-3;
constexpr double kMaxAhead = 64;

}  // namespace

TilePool::TilePool(int threads, const MakeWorker& make_worker) {
  const std::string count = std::to_string(threads);
  if (threads < 1) {
    start_failed_locked("schedule: " + count + " computing threads; at least 1 needed");
    return;
  }
  threads_wanted_ = static_cast<std::size_t>(threads);
  threads_able_ = threads_wanted_;
  threads_.reserve(threads_wanted_);
  try {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, make_worker] { run(make_worker); });
    }
  } catch (const std::system_error& error) {
    const std::lock_guard lock(mutex_);
    threads_able_ -= threads_wanted_ - threads_.size();
    threads_wanted_ = threads_.size();
    start_failed_locked("schedule: cannot start thread " + std::to_string(threads_.size() + 1) +
                        " of " + count + ": " + error.what() + "; use fewer threads");
  }
}

TilePool::~TilePool() { close(); }

void TilePool::start_failed_locked(const std::string& message) {
  if (pending_.error.empty()) pending_.error = message;
  has_news_ = true;
  drain_locked();
  news_.notify_one();
}

void TilePool::run(const MakeWorker& make_worker) {
  std::unique_ptr<TileWorker> worker;
  std::optional<TileFinisher> finisher;  // ends before the worker does
  std::string failure;
  try {
    worker = make_worker();
    if (!worker) failure = "schedule: no worker was made";
    finisher.emplace([this](FinishedTile tile) { tell(std::move(tile)); });
    if (worker) worker->set_outlook([this] { return next_tile(); });
  } catch (...) {
    failure = message_of_current_exception();
    if (failure.empty()) failure = "schedule: a worker could not be made";
  }
  {
    const std::lock_guard lock(mutex_);
    ++threads_started_;
    if (!failure.empty()) {
      --threads_able_;
      start_failed_locked(failure);
    } else if (threads_started_ == threads_wanted_) {
      has_news_ = true;
      news_.notify_one();
    }
  }
  if (failure.empty()) compute_tiles(*worker, *finisher);
}

std::optional<std::uint32_t> TilePool::next_tile() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty() ? std::nullopt : std::optional(queue_.front());
}

void TilePool::tell(FinishedTile tile) {
  const std::lock_guard lock(mutex_);
  pending_.finished.push_back(std::move(tile));
  --at_work_;
  has_news_ = true;
  news_.notify_one();
}

void TilePool::compute_tiles(TileWorker& worker, TileFinisher& finisher) {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::uint32_t tile = queue_.front();
    queue_.pop_front();
    ++computing_;
    ++at_work_;
    lock.unlock();
    const Clock::time_point start = Clock::now();
    TileRest rest;
    FinishedTile failed = finish_tile(tile, [&] {
      rest = worker.compute(tile);
      return std::vector<std::byte>{};
    });
    if (!failed.failed) {
      finisher.take(tile, std::move(rest));
    } else {
      tell(std::move(failed));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    lock.lock();
    mean_tile_s_ = mean_tile_s_ < 0 ? seconds : 0.75 * mean_tile_s_ + 0.25 * seconds;
    --computing_;
    has_news_ = true;  // of a thread that is idle
    news_.notify_one();
  }
}

void TilePool::add(std::span<const std::uint32_t> tiles) {
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.end(), tiles.begin(), tiles.end());
  if (draining_) {
    drain_locked();
  } else if (tiles.size() == 1) {
    work_.notify_one();
  } else {
    work_.notify_all();
  }
}

RankReport TilePool::collect() {
  const std::lock_guard lock(mutex_);
  RankReport report = std::exchange(pending_, RankReport{});
  report.started = threads_started_ == threads_wanted_;
  has_news_ = false;
  return report;
}

std::size_t TilePool::ahead_locked() const {
  if (mean_tile_s_ < 0) return 1;
  const double tiles = kGrantTime_s / std::max(mean_tile_s_, kGrantTime_s / kMaxAhead);
  return static_cast<std::size_t>(std::max(1.0, std::ceil(tiles)));
}

TilePool::Appetite TilePool::appetite() const {
  const std::lock_guard lock(mutex_);
  if (draining_ || threads_able_ == 0) return {};
  const std::size_t held = computing_ + queue_.size();
  const std::size_t idle = threads_able_ > held ? threads_able_ - held : 0;
  const std::size_t goal = threads_able_ * (1 + ahead_locked());
  // Asking anew when half of what is held ahead is used keeps messages few.
  const bool low = queue_.size() * 2 <= goal - threads_able_;
  const std::size_t wanted = low && goal > held ? goal - held : 0;
  return {static_cast<std::uint32_t>(idle), static_cast<std::uint32_t>(std::max(idle, wanted))};
}

std::chrono::microseconds TilePool::tile_time() const {
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> seconds(std::max(mean_tile_s_, 0.0));
  return std::chrono::duration_cast<std::chrono::microseconds>(seconds);
}

bool TilePool::empty() const {
  const std::lock_guard lock(mutex_);
  return at_work_ == 0 && queue_.empty();
}

void TilePool::drain_locked() {
  draining_ = true;
  if (queue_.empty()) return;
  pending_.returned += static_cast<std::uint32_t>(queue_.size());
  queue_.clear();
  has_news_ = true;
  news_.notify_one();
}

void TilePool::drain() {
  const std::lock_guard lock(mutex_);
  drain_locked();
}

void TilePool::close() {
  {
    const std::lock_guard lock(mutex_);
    drain_locked();
    closing_ = true;
    work_.notify_all();
  }
  threads_.clear();
}

void TilePool::wait_for_news(std::chrono::microseconds at_most) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, at_most, [this] { return has_news_; });
}

}  // namespace cnci::engine
