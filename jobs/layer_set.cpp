#include "jobs/layer_set.h"

#include <algorithm>
#include <future>

#include "io/crs.h"

namespace cnci::jobs {

namespace {

/// A layer on its way into a set; its area's transform is for one thread at a time.
struct LayerCheck {
  const io::LayerSpec& spec;
  std::shared_ptr<const engine::CellArea> area;
  std::unique_ptr<io::Layer> layer;  ///< null where it cannot be opened or checked
  std::vector<engine::Finding> findings;
};

void run_check(LayerCheck& check, const engine::Grid& grid, const std::vector<int>& years,
               const engine::Window& needed) {
  try {
    if (check.layer) {
      check.findings = check.layer->check(years, needed);
      return;
    }
  } catch (const engine::Error&) {
    check.layer.reset();
  }
  check.findings = io::check_layer(check.spec, grid, check.area, years, needed);
}

/// A few side by side: a check is dozens of reads of blocks, which a cluster's disks answer slowly.
/// Those of large blocks come one after the other: memory is forecast for one such block.
void run_checks(std::vector<LayerCheck>& checks, const engine::Grid& grid,
                const std::vector<int>& years, const engine::Window& needed) {
  constexpr std::size_t kTogether = 4;
  constexpr std::size_t kLargeBlock = std::size_t{8} << 20;
  std::vector<std::future<void>> running;
  const auto finish = [&] {
    for (std::future<void>& check : running) check.get();
    running.clear();
  };
  for (LayerCheck& check : checks) {
    if (!check.layer || check.layer->block_bytes() > kLargeBlock) {
      finish();
      run_check(check, grid, years, needed);
      continue;
    }
    if (running.size() == kTogether) finish();
    running.push_back(
        std::async(std::launch::async, [&] { run_check(check, grid, years, needed); }));
  }
  finish();
}

/// Blocks of so many tiles are kept where tiles share none: this one's, the last one's, and
/// something to spare.
constexpr std::size_t kTilesAtOnce = 3;

/// Whether some block of a layer may lie on both sides of a tile's eastern or southern edge.
bool may_share_blocks(const io::Layer& layer, const engine::Window& tile,
                      const engine::Grid& grid) {
  const std::size_t of_tile = layer.cached_bytes(tile);
  if (of_tile == 0) return true;  // not known here: the layer does not reach so far
  // Of coarse layers few blocks make many tiles: they stay by being used for each.
  if (of_tile <= layer.block_bytes()) return false;
  const auto adds_no_block = [&](std::int64_t cols, std::int64_t rows) {
    const engine::Window larger{tile.col, tile.row, tile.cols + cols, tile.rows + rows};
    return layer.cached_bytes(larger.intersect(grid.whole())) == of_tile;
  };
  return adds_no_block(1, 0) || adds_no_block(0, 1);
}

}  // namespace

std::shared_ptr<const engine::CellArea> make_cell_area(const engine::Grid& grid) {
  return std::make_shared<engine::CellArea>(grid,
                                            std::shared_ptr<const engine::CoordinateTransform>(
                                                io::make_transform(grid.crs_wkt, io::wgs84_wkt())));
}

LayerSet::LayerSet(const Job& job, const engine::Grid& grid, const io::CoverageCache& coverage,
                   const RankBlocks& blocks)
    : area_(make_cell_area(grid)), cache_(blocks.cache), sharers_(blocks.threads) {
  for (const io::LayerSpec& spec : job.layers) {
    layers_.push_back(std::make_unique<io::Layer>(spec, grid, area_, job.years.front(), cache_));
  }
  wire_weights(coverage);
  choose_cache(job, grid);
  cache_->raise_most_bytes(sharers_ * block_bytes_);
}

LayerSet::LayerSet(const Job& job, const engine::Grid& grid, const engine::Window& needed,
                   std::vector<engine::Finding>& findings)
    : area_(make_cell_area(grid)), cache_(std::make_shared<io::BlockCache>(kBlockCacheBytes)) {
  std::vector<LayerCheck> checks;
  for (const io::LayerSpec& spec : job.layers) {
    LayerCheck& check = checks.emplace_back(LayerCheck{spec, make_cell_area(grid), {}, {}});
    try {
      check.layer = std::make_unique<io::Layer>(spec, grid, check.area, job.years.front(), cache_);
    } catch (const engine::Error&) {  // what is wrong, run_check() says
    }
  }
  run_checks(checks, grid, job.years, needed);
  for (LayerCheck& check : checks) {
    if (check.layer) layers_.push_back(std::move(check.layer));
    findings.insert(findings.end(), check.findings.begin(), check.findings.end());
  }
}

void LayerSet::wire_weights(const io::CoverageCache& coverage) {
  zoned_parts_ = std::make_unique<ZonedParts>(coverage);
  for (const auto& layer : layers_) {
    const io::LayerSpec& spec = layer->spec();
    if (spec.distribute == io::Distribute::kZoned) {
      layer->set_weights(
          [around = zoned_parts_.get(), own = std::make_shared<ZonedParts>(coverage)](
              int, const engine::Window& window) {
            return around->holds(window) ? around->over(window) : own->over(window);
          });
    } else if (spec.distribute == io::Distribute::kLayer) {
      for (const auto& other : layers_) {
        if (other->spec().name != spec.distribute_layer) continue;
        layer->set_weights([by = other.get()](int year, const engine::Window& window) {
          return std::make_shared<const engine::Field>(by->annual(year, window));
        });
      }
    }
  }
}

io::CoverageCache::Found LayerSet::coverage(const engine::Window& tile) const {
  engine::Window around = tile;
  for (const auto& layer : layers_) {
    if (layer->spec().distribute != io::Distribute::kZoned) continue;
    const engine::Window wanted = layer->weights_window(tile);
    if (!wanted.empty()) around = around.unite(wanted);
  }
  return zoned_parts_->coverage(tile, around);
}

bool LayerSet::changes(const io::Layer& layer) const {
  if (!layer.is_static()) return true;
  if (layer.spec().distribute != io::Distribute::kLayer) return false;
  return std::any_of(layers_.begin(), layers_.end(), [&](const auto& other) {
    return other->spec().name == layer.spec().distribute_layer && !other->is_static();
  });
}

void LayerSet::choose_cache(const Job& job, const engine::Grid& grid) {
  const std::int64_t size = job.grid.tile;
  const std::int64_t col = grid.cols / size / 2 * size;
  const std::int64_t row = grid.rows / size / 2 * size;
  std::size_t bytes = 0;
  for (const auto& layer : layers_) {
    if (!layer->caches_blocks()) continue;
    // What lies askew is not looked at closely, and amounts are read beyond the tile.
    if (!layer->suits_strips()) return;
    // Two tiles, one beyond the other: where both begin with a block, all do.
    for (const std::int64_t step : {std::int64_t{0}, size}) {
      const engine::Window tile =
          engine::Window{col + step, row + step, size, size}.intersect(grid.whole());
      if (tile.empty() || may_share_blocks(*layer, tile, grid)) return;
    }
    bytes += layer->cached_bytes(engine::Window{col, row, size, size}.intersect(grid.whole()));
  }
  block_bytes_ = std::min(kBlockCacheBytes, kTilesAtOnce * bytes);
}

std::int64_t LayerSet::strip_rows(const engine::Window& tile, const engine::Grid& grid) const {
  constexpr std::int64_t kMostRows = 8;
  constexpr std::int64_t kUsualRows = 4;
  const auto suits = [](const auto& layer) { return layer->suits_strips(); };
  if (std::ranges::none_of(layers_, suits)) return kUsualRows;
  for (std::int64_t rows = kMostRows; rows > 1; --rows) {
    // The blocks at a column's eastern edge stay until the next column is through: with those of
    // the tiles at work there, as many as a column of one row more has.
    engine::Window column = tile;
    column.rows *= rows + 1;
    column = column.intersect(grid.whole());
    std::size_t bytes = 0;
    for (const auto& layer : layers_) {
      if (suits(layer)) bytes += layer->cached_bytes(column);
    }
    if (bytes <= kBlockCacheBytes) return rows;
  }
  return 1;
}

bool LayerSet::holds_blocks_of(const engine::Window& tile) {
  std::size_t bytes = 0;
  for (const auto& layer : layers_) {
    if (layer->suits_strips()) bytes += layer->cached_bytes(tile);
  }
  // Tiles may want more than the one that was looked at.
  if (kTilesAtOnce * bytes > block_bytes_ && block_bytes_ < kBlockCacheBytes) {
    block_bytes_ = std::min(kBlockCacheBytes, kTilesAtOnce * bytes);
    cache_->raise_most_bytes(sharers_ * block_bytes_);
  }
  return bytes <= block_bytes_;
}

io::ReadCost LayerSet::cost() const {
  io::ReadCost sum;
  for (const auto& layer : layers_) sum += layer->cost();
  return sum;
}

io::LayerCounters LayerSet::counters() const {
  io::LayerCounters sum;
  for (const auto& layer : layers_) sum += layer->counters();
  return sum;
}

}  // namespace cnci::jobs
