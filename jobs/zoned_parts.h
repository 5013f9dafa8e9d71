// Which zones a tile's cells lie in, and the part of each cell that lies in any, for layers that
// are shared by it: cut once for a tile and all that is around it.
#pragma once

#include <memory>

#include "engine/coverage.h"
#include "engine/field.h"
#include "engine/grid.h"
#include "io/coverage_cache.h"

namespace cnci::jobs {

/// For one thread at a time. Keeps the window it worked out last; what lies inside it is a part of
/// that.
class ZonedParts {
 public:
  /// `coverage` must outlive this.
  explicit ZonedParts(const io::CoverageCache& coverage) : cache_(coverage) {}

  /// Coverage of `window`, from that of `around`, which holds it, where that is not too large; and
  /// whether an earlier run had kept it.
  [[nodiscard]] io::CoverageCache::Found coverage(const engine::Window& window,
                                                  const engine::Window& around);
  /// Whether a window lies in the one that is kept.
  [[nodiscard]] bool holds(const engine::Window& window) const;
  /// Covered part of each cell, 0..1, valid everywhere, over a window that holds this one.
  [[nodiscard]] std::shared_ptr<const engine::Field> over(const engine::Window& window);

 private:
  void look_at(const engine::Window& window);

  const io::CoverageCache& cache_;
  io::CoverageCache::Found found_;
  std::shared_ptr<const engine::Field> parts_;  ///< of found_, once they are asked for
};

}  // namespace cnci::jobs
