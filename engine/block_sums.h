// Amounts of a block of cells as integers, and their running sums: the sum over any run of cells is
// the difference of two of them, whatever its length. Vectorised, the same integers on every
// target. Blocks are so small that 64 bits hold their sums but for rare, very large amounts, which
// are summed in two halves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/exact_sum.h"

namespace cnci::engine {

/// Cells of a block at most.
inline constexpr std::size_t kBlockCells = 1024;

/// Sums of a block of cells with less than this many quanta each fit 64 bits.
inline constexpr double kNarrowQuanta = 0x1p51;

/// Neighbours in row-major order that zones touch.
struct Stretch {
  std::uint32_t cell = 0;  ///< index in the window of the first cell
  std::uint32_t length = 0;
  [[nodiscard]] std::size_t end() const { return std::size_t{cell} + length; }
};

/// Room for the running sums of a block. Vectors write a little beyond the last one; the second one
/// stands at the begin of a cache line, where vectors of sums start.
struct BlockBuffer {
  static constexpr std::size_t kLead = 7;
  static constexpr std::size_t kSpare = 8;
  using Sums = std::array<std::uint64_t, kLead + kBlockCells + 1 + kSpare>;
  alignas(64) Sums amount;
  alignas(64) Sums area;
  alignas(64) Sums amount_high;
  alignas(64) Sums area_high;
};

struct BlockAreas {
  std::span<const double> km2;
  const std::uint64_t* sums = nullptr;  ///< [i] is the sum of the areas before cell i, in quanta
  bool wide = false;                    ///< whether any area is kNarrowQuanta or more
};

template <typename Integer>
struct Quanta {
  Integer amount = 0;
  Integer area = 0;
};

/// Sums over the touched cells of a block that have a value, in quanta.
class BlockSums {
 public:
  enum class Size { kNarrow, kWide, kTooLarge };

  /// Whether of() must be asked for 64 (narrow) or 128 bits (wide). Too large: the amount of a cell
  /// is kQuantaLimit or more, infinite or undefined, and nothing else here has a meaning.
  Size size = Size::kNarrow;
  /// Over all touched cells; does not depend on the running sums.
  Quanta<Int128> total;

  /// Over the cells begin .. end (counted from the block's first), which must all be touched.
  template <typename Integer>
  [[nodiscard]] Quanta<Integer> of(std::size_t begin, std::size_t end) const {
    const auto difference = [&](const std::uint64_t* sums) {
      return static_cast<std::int64_t>(sums[end] - sums[begin]);
    };
    if constexpr (sizeof(Integer) > sizeof(std::int64_t)) {
      constexpr Integer kHigh = Integer{1} << 32;
      return {difference(amount_high) * kHigh + difference(amount),
              difference(area_high) * kHigh + difference(area)};
    } else {
      return {difference(amount), difference(area)};
    }
  }

  // Running sums modulo 2^64; if wide, of Q - 2^32 H and of H, which is about Q / 2^32.
  const std::uint64_t* amount = nullptr;
  const std::uint64_t* area = nullptr;
  const std::uint64_t* amount_high = nullptr;
  const std::uint64_t* area_high = nullptr;
};

/// Sums over the cells of `stretches` (ascending, apart; what lies outside the block is left out).
/// A cell's amount is value x area_km2 x scale, where the product is rounded once and scale is a
/// power of two, to the nearest integer, ties to even; NaN is missing. `first` is the index in the
/// window of value[0]. With `large` the sums are wide without trying less, which spares the
/// attempts where amounts are expected that need it; the integers are the same. The result refers
/// to `areas` and `buffer`.
[[nodiscard]] BlockSums sum_block(std::span<const Stretch> stretches, std::size_t first,
                                  std::span<const double> value, const BlockAreas& areas,
                                  double scale, bool large, BlockBuffer& buffer);

}  // namespace cnci::engine
