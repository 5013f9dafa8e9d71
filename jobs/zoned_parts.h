// The part of each cell that lies in zones, for layers that are shared by it.
#pragma once

#include "engine/coverage.h"
#include "engine/field.h"
#include "engine/grid.h"

namespace cnci::jobs {

/// For one thread at a time. Keeps the window it worked out last: the years of a tile, and the
/// tile inside the window of its source pixels, cost one coverage.
class ZonedParts {
 public:
  /// `zones` must outlive this.
  explicit ZonedParts(const engine::ZoneIndex& zones) : zones_(zones) {}

  /// Covered part of each cell, 0..1; valid everywhere.
  [[nodiscard]] engine::Field over(const engine::Window& window);

 private:
  const engine::ZoneIndex& zones_;
  engine::Field kept_;
};

}  // namespace cnci::jobs
