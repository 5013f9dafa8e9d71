// Pictures of at most 256 colours as PNG, for pages.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/colour_scale.h"

namespace cnci::io {

/// The bytes of a PNG file of 8 bits a pixel: row by row, each pixel the number of its colour;
/// colour 0 is transparent. The same bytes for the same picture. Throws Error where GDAL cannot.
[[nodiscard]] std::vector<unsigned char> palette_png(int width, int height,
                                                     std::span<const std::uint8_t> pixels,
                                                     std::span<const Colour> colours);

}  // namespace cnci::io
