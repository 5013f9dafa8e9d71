#include "jobs/zoned_parts.h"

#include <algorithm>
#include <cstddef>

namespace cnci::jobs {

using engine::Field;
using engine::Window;

namespace {

Field covered_parts(const io::CoverageCache& coverage, const Window& window) {
  Field parts(window);
  const auto covered = coverage.of(window).coverage.covered();
  for (std::size_t i = 0; i < covered.size(); ++i) {
    parts.value[i] = static_cast<double>(covered[i]) / engine::kWeightOne;
  }
  std::fill(parts.valid.begin(), parts.valid.end(), std::uint8_t{1});
  return parts;
}

}  // namespace

Field ZonedParts::over(const Window& window) {
  if (window.empty() || !(kept_.window.intersect(window) == window)) {
    kept_ = covered_parts(coverage_, window);
  }
  if (kept_.window == window) return kept_;
  Field part(window);
  for (std::int64_t row = window.row; row < window.row_end(); ++row) {
    std::copy_n(kept_.value.begin() + static_cast<std::ptrdiff_t>(kept_.index(window.col, row)),
                window.cols,
                part.value.begin() + static_cast<std::ptrdiff_t>(part.index(window.col, row)));
  }
  std::fill(part.valid.begin(), part.valid.end(), std::uint8_t{1});
  return part;
}

}  // namespace cnci::jobs
