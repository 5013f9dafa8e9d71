// Coverage of windows, kept on disk from run to run: a job that is repeated does not cut its zones
// again. A file per window, in a folder that bears the hash of all that coverage depends on. What
// is damaged, foreign or cannot be read is computed anew; what cannot be written is not kept.
// Layout in docs/file-formats.md.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/coverage.h"
#include "engine/grid.h"

namespace cnci::io {

inline constexpr std::uint32_t kCoverageFileVersion = 1;

/// Whether a folder in `.cache` bears the name of one of ours.
[[nodiscard]] bool is_coverage_folder(std::string_view name);

/// Any number of threads may ask for windows at once.
class CoverageCache {
 public:
  /// Computes all, keeps nothing. The zones must outlive this.
  explicit CoverageCache(const engine::ZoneIndex& zones) : zones_(zones) {}
  /// Of these zones on a grid that is cut into tiles of `tile` cells, below `root`
  /// (output.path/.cache). Looks at no file yet: to look for a folder before another host makes it
  /// may hide it for a while.
  CoverageCache(std::string root, const engine::ZoneIndex& zones, const engine::Grid& grid,
                std::int64_t tile);

  /// Makes the folder for these zones and this grid, and removes what was kept of others and what
  /// killed runs were writing; files that are not ours stay. For one process before the others
  /// begin. Returns why nothing can be kept, if that is so.
  [[nodiscard]] std::optional<std::string> make_room() const;
  /// From now on what an earlier run has kept is read.
  void begin_to_read();
  /// From now on what is computed is kept too, where make_room() was of use.
  void begin_to_keep();

  struct Found {
    engine::Coverage coverage;
    bool was_kept = false;  ///< read, not computed
  };
  /// Whether a window is small enough to be read or kept.
  [[nodiscard]] bool may_keep(const engine::Window& window) const {
    return window.cells() <= most_cells_;
  }
  /// The same as engine::cover(), and no other errors.
  [[nodiscard]] Found of(const engine::Window& window) const;

  [[nodiscard]] std::string folder() const;
  [[nodiscard]] std::string path_of(const engine::Window& window) const;

 private:
  [[nodiscard]] bool is_there() const;
  [[nodiscard]] std::optional<engine::Coverage> read(const engine::Window& window) const;
  void write(const engine::Coverage& coverage) const;

  const engine::ZoneIndex& zones_;
  std::string root_;
  std::string key_;             ///< 32 hexadecimal digits; empty: nothing is read or kept
  std::size_t most_cells_ = 0;  ///< of a window that is kept
  bool reads_ = false;
  bool keeps_ = false;
  mutable std::mutex writing_;  ///< two windows of a name would share a temporary file
};

}  // namespace cnci::io
