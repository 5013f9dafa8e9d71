#include "io/quicklook.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <utility>

#include "engine/error.h"
#include "io/block_means.h"
#include "io/colour_scale.h"
#include "io/palette_png.h"

namespace cnci::io {
namespace {

constexpr int kBarColours = 32;
constexpr int kLastColour = 255;  ///< of the palette; 0 is transparent, 1 the lowest

std::vector<unsigned char> painted(const BlockMeans& means, const ColourScale& scale) {
  std::array<Colour, kLastColour + 1> palette;
  for (int i = 1; i <= kLastColour; ++i) {
    palette[static_cast<std::size_t>(i)] = scale.colour((i - 1) / double{kLastColour - 1});
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(means.values.size());
  for (const double value : means.values) {
    const bool missing = std::isnan(value);
    pixels.push_back(missing ? std::uint8_t{0}
                             : static_cast<std::uint8_t>(
                                   1 + std::lround(scale.place(value) * (kLastColour - 1))));
  }
  return palette_png(means.width, means.height, pixels, palette);
}

}  // namespace

Quicklook make_quicklook(const std::string& cube_path, const std::string& variable,
                         std::size_t year, int longest_side, int threads) {
  const FieldReader field(cube_path, variable);
  if (year >= field.years) {
    throw engine::Error(cube_path + ": the variable " + variable + " has " +
                        std::to_string(field.years) + " years, none at position " +
                        std::to_string(year));
  }
  const BlockMeans means = block_means(field, year, longest_side, threads);
  Quicklook look;
  look.variable = variable;
  look.unit = field.unit;
  look.long_name = field.long_name;
  look.width = means.width;
  look.cells = means.cells;
  look.height = means.height;
  std::vector<double> valid;
  std::ranges::copy_if(means.values, std::back_inserter(valid),
                       [](double value) { return !std::isnan(value); });
  if (valid.empty()) return look;
  const auto [smallest, largest] = std::ranges::minmax(valid);
  look.smallest = smallest;
  look.largest = largest;
  const ColourScale scale(std::move(valid));
  look.low = scale.low();
  look.high = scale.high();
  look.scale = scale.name();
  for (int i = 0; i < kBarColours; ++i) {
    look.colours.push_back(scale.colour(i / double{kBarColours - 1}).hex());
  }
  look.png = painted(means, scale);
  return look;
}

}  // namespace cnci::io
