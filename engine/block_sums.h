// Amounts of a block of cells as integers, and their sums over ranges of cells. Vectorised, the
// same integers on every target. Blocks are so small that 64 bits hold their sums but for rare,
// very large amounts, which are added in 128 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/exact_sum.h"

namespace cnci::engine {

/// Cells of a block at most.
inline constexpr std::size_t kBlockCells = 1024;

/// Sums of up to kCellsThatFit cells with less than this many quanta each fit 64 bits.
inline constexpr double kNarrowQuanta = 0x1p51;
inline constexpr std::size_t kCellsThatFit = 4096;

/// Neighbours in row-major order.
struct CellRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Room for the quanta of a block. Vectors write a little beyond the last one.
struct BlockBuffer {
  static constexpr std::size_t kSpare = 8;
  using Quanta = std::array<std::int64_t, kBlockCells + kSpare>;
  alignas(64) Quanta amount;
  alignas(64) Quanta area;
};

struct BlockAreas {
  std::span<const double> km2;
  const std::int64_t* quanta = nullptr;  ///< of each cell
  bool wide = false;                     ///< whether any area is kNarrowQuanta or more
};

/// The touched cells of a block that have a value, in quanta; nothing is said of other cells.
struct BlockQuanta {
  enum class Size { kNarrow, kWide, kTooLarge };

  /// Whether sums of amounts or areas need 128 bits (wide). Too large: the amount of a cell is
  /// kQuantaLimit or more, infinite or undefined, and nothing else here has a meaning.
  Size size = Size::kNarrow;
  bool complete = true;                  ///< every touched cell has a value
  const std::int64_t* amount = nullptr;  ///< of each touched cell, 0 where missing
  const std::int64_t* area = nullptr;
  // Over all touched cells, added before the quanta are stored:
  Int128 total_amount = 0;
  Int128 total_area = 0;  ///< not if complete
};

/// The quanta of a block's cells in `touched` (ascending, apart, counted from the block's first).
/// A cell's amount is value x area_km2 / quantum, where the product is rounded once and quantum is
/// a power of two, to the nearest integer, ties to even; NaN is missing. With `large` the amounts
/// are taken as wide without trying less, which spares attempts; the integers are the same. The
/// result refers to `areas` and `buffer`.
[[nodiscard]] BlockQuanta block_quanta(std::span<const CellRange> touched,
                                       std::span<const double> value, const BlockAreas& areas,
                                       double quantum, bool large, BlockBuffer& buffer);

/// sums[i] is the sum of the quanta in ranges[i]; unless `wide`, each is less than kNarrowQuanta
/// and no range longer than kCellsThatFit.
void add_up(std::span<const CellRange> ranges, const std::int64_t* quanta, bool wide,
            std::span<Int128> sums);

}  // namespace cnci::engine
