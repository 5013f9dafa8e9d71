// A small picture of one variable and year of a cube, with the colour bar that explains it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/field_reader.h"

namespace cnci::io {

struct Quicklook {
  std::string variable;
  std::string unit;
  std::string long_name;
  int width = 0;
  int height = 0;
  int cells = 1;  ///< edge of a pixel in cells; the last pixels reach beyond the grid
  std::vector<unsigned char> png;    ///< missing pixels are transparent; empty where all are
  double low = 0;                    ///< value of the first colour, and of all that is less
  double high = 0;                   ///< value of the last colour, and of all that is more
  std::string scale;                 ///< "linear", "log" or "diverging" (io/colour_scale.h)
  std::vector<std::string> colours;  ///< "#rrggbb" at equal steps of the scale from low to high
  double smallest = 0;               ///< of the picture's pixels
  double largest = 0;
};

/// A pixel is the plain mean of the valid cells of a block of k x k cells (io/block_means.h), k the
/// least for which no side is longer than `longest_side`. `year` counts the cube's years from 0.
/// The same bytes for any number of threads. Throws Error naming file and variable where the cube
/// has no such field or year.
[[nodiscard]] Quicklook make_quicklook(const std::string& cube_path, const std::string& variable,
                                       std::size_t year, int longest_side = 720, int threads = 1);

}  // namespace cnci::io
