// The job's layers, open for one thread, with the weights that distribute amounts.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/block_cache.h"
#include "io/coverage_cache.h"
#include "io/layer.h"
#include "jobs/job.h"
#include "jobs/zoned_parts.h"

namespace cnci::jobs {

/// Cell areas of a job's grid; one object per thread.
[[nodiscard]] std::shared_ptr<const engine::CellArea> make_cell_area(const engine::Grid& grid);

/// What the decoded blocks of source files may take for each set that shares them; less where no
/// two tiles share any.
inline constexpr std::size_t kBlockCacheBytes = std::size_t{48} << 20;

/// Decoded blocks that the sets of a rank's threads share.
struct RankBlocks {
  explicit RankBlocks(std::size_t of_threads)
      : cache(std::make_shared<io::BlockCache>(0)), threads(of_threads) {}
  std::shared_ptr<io::BlockCache> cache;
  std::size_t threads = 1;
};

class LayerSet {
 public:
  /// Opens all layers, or throws Error; `coverage` must outlive the set.
  LayerSet(const Job& job, const engine::Grid& grid, const io::CoverageCache& coverage,
           const RankBlocks& blocks);
  /// Opens and checks them over the window that zones touch; what is wrong becomes findings, and a
  /// layer that cannot be opened is left out. Layers that are shared by zones want wire_weights().
  LayerSet(const Job& job, const engine::Grid& grid, const engine::Window& needed,
           std::vector<engine::Finding>& findings);
  /// `coverage` must outlive the set.
  void wire_weights(const io::CoverageCache& coverage);

  /// Of a tile, with what its layers are shared by around it.
  [[nodiscard]] io::CoverageCache::Found coverage(const engine::Window& tile) const;

  [[nodiscard]] std::vector<std::unique_ptr<io::Layer>>& all() { return layers_; }
  [[nodiscard]] const std::vector<std::unique_ptr<io::Layer>>& all() const { return layers_; }
  [[nodiscard]] const std::shared_ptr<const engine::CellArea>& area() const { return area_; }
  [[nodiscard]] io::LayerCounters counters() const;
  [[nodiscard]] io::ReadCost cost() const;
  /// Rows of tiles whose source blocks the cache holds while a strip of so many is walked through
  /// column by column; `tile`: one of them, on the layers' grid.
  [[nodiscard]] std::int64_t strip_rows(const engine::Window& tile, const engine::Grid& grid) const;
  /// Whether the cache holds all source blocks of a tile, of layers that suit strips.
  [[nodiscard]] bool holds_blocks_of(const engine::Window& tile);
  /// Gives back what decoded blocks take, until they are read again.
  void forget_blocks() { cache_->clear(); }
  /// Whether a layer's values differ by year: its own files, or those of the layer it is shared by.
  [[nodiscard]] bool changes(const io::Layer& layer) const;

 private:
  void choose_cache(const Job& job, const engine::Grid& grid);
  std::shared_ptr<const engine::CellArea> area_;
  std::shared_ptr<io::BlockCache> cache_;       ///< of all layers, and of other threads' sets
  std::size_t sharers_ = 1;                     ///< of the cache
  std::size_t block_bytes_ = kBlockCacheBytes;  ///< of the cache, for this set
  std::unique_ptr<ZonedParts> zoned_parts_;     ///< of tiles and what is around them
  std::vector<std::unique_ptr<io::Layer>> layers_;
};

}  // namespace cnci::jobs
