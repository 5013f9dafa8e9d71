// The cube put together while tiles are computed: on a thread of rank 0 that copies each finished
// tile, and has it written to the disk early, so that little is left to do when the last is in.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "io/tile_store.h"
#include "io/zone_table.h"
#include "jobs/assemble.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

class RunningAssembly {
 public:
  /// The cube of all years, under `path`; `setup` and `store` must outlive this.
  RunningAssembly(const Setup& setup, const io::TileStore& store, std::string path);
  /// Removes what is unfinished.
  ~RunningAssembly();
  RunningAssembly(const RunningAssembly&) = delete;
  RunningAssembly& operator=(const RunningAssembly&) = delete;

  /// Tiles that are in the store now, each once; does not wait for them to be copied.
  void add(std::span<const std::uint32_t> tiles);

  /// Waits for all tiles that were added, then completes the cube. Asks `go_on` now and then, and
  /// returns false, with the cube unfinished, where it says no. Throws what went wrong with any
  /// tile.
  [[nodiscard]] bool finish(const io::ZoneTable& table, const std::function<bool()>& go_on);

 private:
  void run();
  void copy(std::uint32_t tile);
  void remove_unfinished();
  void stop();

  const io::TileStore& store_;
  std::string path_;
  std::unique_ptr<CubeInParts> cube_;  ///< of the thread, until it has ended
  std::vector<std::uint32_t> unread_;  ///< tiles to be tried once more; of the thread too
  std::size_t bytes_to_write_back_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::uint32_t> queue_;
  bool is_copying_ = false;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace cnci::jobs
