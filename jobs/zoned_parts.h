// The part of each cell that lies in zones, for layers that are shared by it.
#pragma once

#include "engine/field.h"
#include "engine/grid.h"
#include "io/coverage_cache.h"

namespace cnci::jobs {

/// For one thread at a time. Keeps the window it worked out last: the years of a tile, and the
/// tile inside the window of its source pixels, cost one coverage.
class ZonedParts {
 public:
  /// `coverage` must outlive this.
  explicit ZonedParts(const io::CoverageCache& coverage) : coverage_(coverage) {}

  /// Covered part of each cell, 0..1; valid everywhere.
  [[nodiscard]] engine::Field over(const engine::Window& window);

 private:
  const io::CoverageCache& coverage_;
  engine::Field kept_;
};

}  // namespace cnci::jobs
