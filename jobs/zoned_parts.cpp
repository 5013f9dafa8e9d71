#include "jobs/zoned_parts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace cnci::jobs {

using engine::Field;
using engine::Window;

namespace {

Field covered_parts(const engine::Coverage& coverage) {
  Field parts = Field::unfilled(coverage.window);
  const auto covered = coverage.covered();
  static_assert(engine::kWeightOne <= std::numeric_limits<std::int32_t>::max());
  for (std::size_t i = 0; i < covered.size(); ++i) {
    // Signed numbers are what processors convert.
    parts.value[i] =
        static_cast<double>(static_cast<std::int32_t>(covered[i])) / engine::kWeightOne;
  }
  std::fill(parts.valid.begin(), parts.valid.end(), std::uint8_t{1});
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
