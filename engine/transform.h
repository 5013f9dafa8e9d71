// Coordinates between two CRS, as the engine sees them; io/crs.h makes them from PROJ.
#pragma once

#include <memory>
#include <span>

namespace cnci::engine {

class CoordinateTransform {
 public:
  virtual ~CoordinateTransform() = default;
  /// Transforms points in place; a point that has no image becomes NaN, NaN. One object per thread.
  virtual void apply(std::span<double> x, std::span<double> y) const = 0;
  /// True where both CRS are the same and apply() changes nothing.
  [[nodiscard]] virtual bool identity() const = 0;
};

/// The transform between equal CRS.
class IdentityTransform final : public CoordinateTransform {
 public:
  void apply(std::span<double>, std::span<double>) const override {}
  [[nodiscard]] bool identity() const override { return true; }
};

}  // namespace cnci::engine
