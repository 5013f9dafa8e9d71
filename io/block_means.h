// A field of a cube reduced to a picture: the plain mean of the valid cells of each block of k x k
// cells, counted from the grid's north-west corner.
#pragma once

#include <cstddef>
#include <vector>

#include "io/field_reader.h"

namespace cnci::io {

struct BlockMeans {
  int width = 0;
  int height = 0;
  int cells = 1;               ///< edge of a block; the last ones reach beyond the grid
  std::vector<double> values;  ///< row by row; NaN where a block has no valid cell
};

/// At most `longest_side` blocks wide and high. `threads` decode; the bits of the means do not
/// depend on their number. Memory: some windows of the field beside the picture.
[[nodiscard]] BlockMeans block_means(const FieldReader& field, std::size_t year, int longest_side,
                                     int threads);

}  // namespace cnci::io
