#include "engine/schedule_finisher.h"

#include <exception>
#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/schedule_mailbox.h"

namespace cnci::engine {
namespace {

/// A record must leave room for what surrounds it in a message.
constexpr std::size_t kMaxRecordBytes = Mailbox::kMaxBytes - (std::size_t{1} << 20);

}  // namespace

std::string message_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

FinishedTile finish_tile(std::uint32_t tile,
                         const std::function<std::vector<std::byte>()>& action) {
  FinishedTile finished;
  finished.tile = tile;
  try {
    finished.record = action();
    if (finished.record.size() > kMaxRecordBytes) {
      finished.message = "tile " + std::to_string(tile) + ": a record of " +
                         std::to_string(finished.record.size()) +
                         " bytes is too long to send; use smaller tiles";
      finished.record.clear();
      finished.failed = true;
    }
  } catch (const HopelessError& error) {
    finished.failed = true;
    finished.ends_run = true;
    finished.message = error.what();
  } catch (...) {
    finished.failed = true;
    finished.message = message_of_current_exception();
  }
  return finished;
}

TileFinisher::TileFinisher(Done done) : done_(std::move(done)), thread_([this] { run(); }) {}

TileFinisher::~TileFinisher() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

void TileFinisher::take(std::uint32_t tile, TileRest rest) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !at_work_; });
  at_work_.emplace(tile, std::move(rest));
  changed_.notify_all();
}

void TileFinisher::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return at_work_ || closing_; });
    if (!at_work_) return;
    lock.unlock();
    // What the rest holds of the tile goes before the tile is said to be done.
    FinishedTile finished =
        finish_tile(at_work_->first, std::exchange(at_work_->second, TileRest{}));
    done_(std::move(finished));
    lock.lock();
    at_work_.reset();
    changed_.notify_all();
  }
}

}  // namespace cnci::engine
