// Sums that do not depend on the order of their terms. A cell contributes Q = round(value /
// quantum), a 64-bit integer, times the zone's weight (units of 2^-24 of the cell), accumulated in
// 128 bits and rounded once, at the end, to a double. No sum can overflow: |Q| < 2^62, weights at
// most 2^24, so 2^41 whole cells fit.
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/coverage.h"
#include "engine/wide_int.h"

namespace cnci::engine {

/// Largest |Q|.
inline constexpr double kQuantaLimit = 4611686018427387904.0;  // 2^62

/// Quantum of areas in km2 (2^-40: a 1 km2 cell to 1e-12).
inline constexpr double kAreaQuantum = 0x1p-40;

/// value / quantum, to nearest, ties to even; quantum is a power of two, so the division is exact.
/// The caller checks |value / quantum| < kQuantaLimit.
[[nodiscard]] inline std::int64_t to_quanta(double value, double quantum) {
  return static_cast<std::int64_t>(std::nearbyint(value / quantum));
}

/// An exact sum in units of quantum / 2^24.
struct ExactSum {
  Int128 value = 0;

  void add(std::int64_t quanta, std::uint32_t weight) {
    value += static_cast<Int128>(quanta) * weight;
  }
  /// Adds whole cells.
  void add_whole(Int128 quanta) { value += quanta * kWeightOne; }
  ExactSum& operator+=(const ExactSum& other) {
    value += other.value;
    return *this;
  }
  /// The sum as the nearest double.
  [[nodiscard]] double to_double(double quantum) const {
    return static_cast<double>(value) * (quantum / kWeightOne);
  }
  bool operator==(const ExactSum&) const = default;
};

/// Amount and area of one variable over one group of cells.
struct Sums {
  ExactSum amount;  ///< sum of value x area x weight over valid cells
  ExactSum area;    ///< area x weight of those cells

  void add(std::int64_t amount_quanta, std::int64_t area_quanta, std::uint32_t weight) {
    amount.add(amount_quanta, weight);
    area.add(area_quanta, weight);
  }
  void add_whole(Int128 amount_quanta, Int128 area_quanta) {
    amount.add_whole(amount_quanta);
    area.add_whole(area_quanta);
  }
  Sums& operator+=(const Sums& other) {
    amount += other.amount;
    area += other.area;
    return *this;
  }
  bool operator==(const Sums&) const = default;
};

}  // namespace cnci::engine
