#include "jobs/layer_set.h"

#include <algorithm>
#include <future>

#include "io/crs.h"
#include "jobs/zoned_parts.h"

namespace cnci::jobs {

std::shared_ptr<const engine::CellArea> make_cell_area(const engine::Grid& grid) {
  return std::make_shared<engine::CellArea>(grid,
                                            std::shared_ptr<const engine::CoordinateTransform>(
                                                io::make_transform(grid.crs_wkt, io::wgs84_wkt())));
}

LayerSet::LayerSet(const Job& job, const engine::Grid& grid, const engine::ZoneIndex& zones)
    : area_(make_cell_area(grid)), cache_(std::make_shared<io::BlockCache>(kBlockCacheBytes)) {
  for (const io::LayerSpec& spec : job.layers) {
    layers_.push_back(std::make_unique<io::Layer>(spec, grid, area_, job.years.front(), cache_));
  }
  wire_weights(zones);
}

LayerSet::LayerSet(const Job& job, const engine::Grid& grid, const engine::ZoneIndex& zones,
                   const engine::Window& needed, std::vector<engine::Finding>& findings)
    : area_(make_cell_area(grid)), cache_(std::make_shared<io::BlockCache>(kBlockCacheBytes)) {
  struct Checked {
    std::unique_ptr<io::Layer> layer;
    std::vector<engine::Finding> findings;
  };
  // Side by side: a check is a few dozen reads of blocks, which a cluster's disks answer slowly.
  std::vector<std::future<Checked>> checks;
  for (const io::LayerSpec& spec : job.layers) {
    checks.push_back(std::async(std::launch::async, [&, this] {
      const auto area = make_cell_area(grid);  // its transform is for one thread at a time
      Checked checked;
      try {
        checked.layer = std::make_unique<io::Layer>(spec, grid, area, job.years.front(), cache_);
        checked.findings = checked.layer->check(job.years, needed);
      } catch (const engine::Error&) {
        checked.layer.reset();
        checked.findings = io::check_layer(spec, grid, area, job.years, needed);
      }
      return checked;
    }));
  }
  for (auto& check : checks) {
    Checked checked = check.get();
    if (checked.layer) layers_.push_back(std::move(checked.layer));
    findings.insert(findings.end(), checked.findings.begin(), checked.findings.end());
  }
  wire_weights(zones);
}

void LayerSet::wire_weights(const engine::ZoneIndex& zones) {
  for (const auto& layer : layers_) {
    const io::LayerSpec& spec = layer->spec();
    if (spec.distribute == io::Distribute::kZoned) {
      layer->set_weights([parts = std::make_shared<ZonedParts>(zones)](
                             int, const engine::Window& window) { return parts->over(window); });
    } else if (spec.distribute == io::Distribute::kLayer) {
      for (const auto& other : layers_) {
        if (other->spec().name != spec.distribute_layer) continue;
        layer->set_weights([by = other.get()](int year, const engine::Window& window) {
          return by->annual(year, window);
        });
      }
    }
  }
}

bool LayerSet::changes(const io::Layer& layer) const {
  if (!layer.is_static()) return true;
  if (layer.spec().distribute != io::Distribute::kLayer) return false;
  return std::any_of(layers_.begin(), layers_.end(), [&](const auto& other) {
    return other->spec().name == layer.spec().distribute_layer && !other->is_static();
  });
}

io::ReadSeconds LayerSet::seconds() const {
  io::ReadSeconds sum;
  for (const auto& layer : layers_) sum += layer->seconds();
  return sum;
}

io::LayerCounters LayerSet::counters() const {
  io::LayerCounters sum;
  for (const auto& layer : layers_) sum += layer->counters();
  return sum;
}

}  // namespace cnci::jobs
