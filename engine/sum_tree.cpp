#include "engine/sum_tree.h"

#include "engine/error.h"

namespace cnci::engine {

SumTree::SumTree(ZoneTree zones, std::vector<SumVariable> variables, std::size_t years)
    : zones_(std::move(zones)),
      variables_(std::move(variables)),
      years_(years),
      areas_(zones_.nodes.size()),
      sums_(years * variables_.size() * zones_.nodes.size()),
      unzoned_(years * variables_.size()),
      total_(years * variables_.size()) {}

void SumTree::add(const TileSums& tile) {
  if (tile.years_ != years_ || tile.variables_ != variables_.size()) {
    throw Error("the sums of a tile belong to another job");
  }
  const std::size_t slots = years_ * variables_.size();
  const std::size_t nodes = zones_.nodes.size();
  for (std::size_t z = 0; z < tile.zones_.size(); ++z) {
    const std::uint32_t zone = tile.zones_[z];
    if (zone == kUnzoned) {
      unzoned_area_ += tile.zone_area_[z];
    } else if (zone >= zones_.leaf_count()) {
      throw Error("the sums of a tile name a zone that the job does not have");
    } else {
      areas_[zones_.first_leaf + zone] += tile.zone_area_[z];
    }
    for (std::size_t s = 0; s < slots; ++s) {
      Sums& into = zone == kUnzoned ? unzoned_[s] : sums_[s * nodes + zones_.first_leaf + zone];
      into += tile.by_zone_[s * tile.zones_.size() + z];
    }
  }
  for (std::size_t b = 0; b < tile.bands_.size(); ++b) {
    Band& band = bands_[tile.bands_[b]];
    band.sums.resize(slots);
    band.area += tile.band_area_[b];
    for (std::size_t s = 0; s < slots; ++s) {
      band.sums[s] += tile.by_band_[s * tile.bands_.size() + b];
    }
  }
  for (std::size_t s = 0; s < slots; ++s) total_[s] += tile.total_[s];
}

std::vector<SumTree::Closure> SumTree::roll_up() {
  const std::size_t nodes = zones_.nodes.size();
  // Nodes stand by level, coarse first: from the back every child is complete before its parent.
  for (std::size_t node = nodes; node-- > 0;) {
    const std::int64_t parent = zones_.nodes[node].parent;
    if (parent < 0) continue;
    const auto p = static_cast<std::size_t>(parent);
    areas_[p] += areas_[node];
    for (std::size_t s = 0; s < years_ * variables_.size(); ++s) {
      sums_[s * nodes + p] += sums_[s * nodes + node];
    }
  }
  std::vector<Closure> table;
  for (std::size_t year = 0; year < years_; ++year) {
    for (std::size_t v = 0; v < variables_.size(); ++v) {
      const std::size_t s = slot(year, v);
      Sums zoned;
      for (std::size_t node = 0; node < nodes; ++node) {
        if (zones_.nodes[node].parent < 0) zoned += sums_[s * nodes + node];
      }
      Sums both = zoned;
      both += unzoned_[s];
      const double quantum = variables_[v].quantum;
      table.push_back({year, variables_[v].name, zoned.amount.to_double(quantum),
                       unzoned_[s].amount.to_double(quantum), total_[s].amount.to_double(quantum),
                       both == total_[s]});
    }
  }
  return table;
}

const Sums& SumTree::at(std::size_t year, std::size_t variable, std::size_t node) const {
  return sums_[slot(year, variable) * zones_.nodes.size() + node];
}

const Sums& SumTree::unzoned(std::size_t year, std::size_t variable) const {
  return unzoned_[slot(year, variable)];
}

}  // namespace cnci::engine
