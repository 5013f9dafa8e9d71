// From the columns of a block to what is written: float32, cell by cell.
#pragma once

#include <cstdint>

#include "kernels/block.h"

namespace cnci::kernels {

/// Rounds a column to float32 into out[0 .. block.cells()); NaN where a cell is missing, and where
/// kept[i] is 0.
void store_float32(const Block& block, Slot slot, const std::uint32_t* kept, float* out);

}  // namespace cnci::kernels
