// From the columns of a block to what is written: float32, cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/block.h"

namespace cnci::kernels {

/// Rounds kept.size() values of a column, from cell `first` of the block on, to float32 into `out`;
/// NaN where a cell is missing, and where kept[i] is 0.
void store_float32(const Block& block, Slot slot, std::size_t first,
                   std::span<const std::uint32_t> kept, float* out);

}  // namespace cnci::kernels
