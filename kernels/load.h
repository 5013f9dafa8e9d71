// From a tile's layers to the columns of a block: a value is used where it is valid, finite and
// within the domain of the formulas, and is missing elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/block.h"
#include "kernels/kernel.h"
#include "kernels/lithology.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

/// Fills a column from block.cells() values and their validity.
void load_column(const double* value, const std::uint8_t* valid, const Domain& domain, Block& block,
                 Slot slot);

/// Fills the columns of a layer of classes from the planes of a tile (null: the class does not
/// occur) and its validity, from cell `first` on. Class nd is no rock: a cell that holds any of it
/// is unknown.
void load_classes(const std::array<const double*, kLithologyClassCount + 1>& planes,
                  const std::uint8_t* valid, std::size_t first, const ClassSlots& slots,
                  Block& block);

/// The same from the class of each of block.cells() cells, which fills it alone.
void load_only_classes(const std::int32_t* only_class, const std::uint8_t* valid,
                       const ClassSlots& slots, Block& block);

}  // namespace cnci::kernels
