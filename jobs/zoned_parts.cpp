#include "jobs/zoned_parts.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace cnci::jobs {

using engine::Field;
using engine::Window;

namespace {

Field covered_parts(const engine::Coverage& coverage) {
  Field parts = Field::unfilled(coverage.window);
  std::ranges::fill(parts.value, 0.0);
  std::ranges::fill(parts.valid, std::uint8_t{1});
  for (const engine::Coverage::Run& run : coverage.runs) {
    std::fill_n(parts.value.begin() + run.cell, run.length, 1.0);
  }
  for (const engine::Coverage::Mixed& cell : coverage.mixed) {
    std::uint32_t weight = 0;
    for (const auto& share : std::span(coverage.shares).subspan(cell.first, cell.count)) {
      weight += share.weight;
    }
    parts.value[cell.cell] = static_cast<double>(weight) / engine::kWeightOne;
  }
  return parts;
}

}  // namespace

bool ZonedParts::holds(const Window& window) const {
  return !window.empty() && found_.coverage.window.intersect(window) == window;
}

void ZonedParts::look_at(const Window& window) {
  found_ = cache_.of(window);
  parts_.reset();
}

io::CoverageCache::Found ZonedParts::coverage(const Window& window, const Window& around) {
  if (!holds(around)) look_at(cache_.may_keep(around) ? around : window);
  if (found_.coverage.window == window) return found_;
  return {engine::part_of(found_.coverage, window), found_.was_kept};
}

std::shared_ptr<const Field> ZonedParts::over(const Window& window) {
  if (!holds(window)) look_at(window);
  if (!parts_) parts_ = std::make_shared<const Field>(covered_parts(found_.coverage));
  return parts_;
}

}  // namespace cnci::jobs
