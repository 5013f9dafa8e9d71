#include "jobs/running_assembly.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::jobs {
namespace {

/// Disks work best on much at once, and what is left at the end is waited for.
constexpr std::size_t kWriteBackBytes = std::size_t{32} << 20;
/// How long a stop may go unseen while tiles are copied.
constexpr std::chrono::milliseconds kGlance{50};

}  // namespace

RunningAssembly::RunningAssembly(const Setup& setup, const io::TileStore& store, std::string path)
    : store_(store),
      path_(std::move(path)),
      cube_(std::make_unique<CubeInParts>(setup, 0, setup.job.years.size(), path_)),
      thread_([this] { run(); }) {}

RunningAssembly::~RunningAssembly() {
  stop();
  remove_unfinished();
}

void RunningAssembly::remove_unfinished() {
  if (!cube_) return;
  cube_.reset();
  ::unlink(path_.c_str());
}

void RunningAssembly::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void RunningAssembly::add(std::span<const std::uint32_t> tiles) {
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.end(), tiles.begin(), tiles.end());
  changed_.notify_all();
}

void RunningAssembly::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || (!queue_.empty() && !failure_); });
    if (stopping_) return;
    const std::uint32_t tile = queue_.front();
    queue_.pop_front();
    is_copying_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      copy(tile);
    } catch (...) {
      failure = std::current_exception();
      remove_unfinished();  // tiles may want its room
    }
    lock.lock();
    failure_ = failure;
    is_copying_ = false;
    changed_.notify_all();
  }
}

void RunningAssembly::copy(std::uint32_t tile) {
  bool is_the_cubes = false;
  try {
    store_.visit_chunks(tile, [&](const io::StoredChunk& chunk) {
      is_the_cubes = true;
      cube_->put(chunk);
      is_the_cubes = false;
      bytes_to_write_back_ += chunk.bytes.size();
    });
  } catch (const engine::Error&) {
    if (is_the_cubes) throw;
    unread_.push_back(tile);  // what another node has written may show late
    return;
  }
  if (bytes_to_write_back_ < kWriteBackBytes) return;
  io::begin_to_write_back(path_);
  bytes_to_write_back_ = 0;
}

bool RunningAssembly::finish(const io::ZoneTable& table, const std::function<bool()>& go_on) {
  bool goes_on = go_on();
  {
    std::unique_lock lock(mutex_);
    const auto is_through = [this] { return failure_ || (queue_.empty() && !is_copying_); };
    while (goes_on && !changed_.wait_for(lock, kGlance, is_through)) goes_on = go_on();
  }
  stop();
  if (failure_) std::rethrow_exception(failure_);
  for (const std::uint32_t tile : unread_) {
    goes_on = goes_on && go_on();
    if (!goes_on) break;
    store_.visit_chunks(tile, [this](const io::StoredChunk& chunk) { cube_->put(chunk); });
  }
  if (!goes_on) return false;
  cube_->finish(table);
  cube_.reset();
  return true;
}

}  // namespace cnci::jobs
