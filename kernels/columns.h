// Reading and writing the columns of a tile. A kernel uses a value only where it is valid, finite
// and within the domain of its formula; anything else counts as missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "kernels/kernel.h"

namespace cnci::kernels {

inline constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();

/// Values that a formula accepts, both ends included; the default is every finite number.
struct Domain {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

/// Resampling may leave a fraction this much above 1 by rounding.
inline constexpr double kFractionSlack = 1e-6;
inline constexpr Domain kNonNegative{0.0};
inline constexpr Domain kFraction{0.0, 1.0 + kFractionSlack};
/// Degrees Celsius above absolute zero.
inline constexpr Domain kTemperatureDomain{-273.1};

/// A column together with the domain of its values.
class Source {
 public:
  Source(const Column& column, Domain domain)
      : value_(column.value.data()), valid_(column.valid.data()), domain_(domain) {}

  /// NaN and infinities fail the comparisons.
  [[nodiscard]] bool usable(std::size_t cell) const {
    return valid_[cell] != 0 && value_[cell] >= domain_.min && value_[cell] <= domain_.max;
  }
  [[nodiscard]] double operator[](std::size_t cell) const { return value_[cell]; }

 private:
  const double* value_;
  const std::uint8_t* valid_;
  Domain domain_;
};

/// Throws std::invalid_argument, naming kernel and input, where the column's length is not that of
/// the tile.
void require_length(const Column& column, std::size_t cells, std::string_view kernel,
                    std::string_view input);

/// Throws std::invalid_argument, naming kernel and input, where the column is absent.
[[nodiscard]] Source required_source(const TileInputs& inputs, std::string_view kernel,
                                     std::string_view input, Domain domain = {});
[[nodiscard]] std::optional<Source> optional_source(const TileInputs& inputs,
                                                    std::string_view kernel, std::string_view input,
                                                    Domain domain = {});

/// Throws std::invalid_argument where a kernel was not given `expected` columns of the tile's
/// length.
void require_outputs(TileOutputs outputs, std::size_t expected, std::size_t cells,
                     std::string_view kernel);

/// Writes a value, or NaN and invalid where it is missing.
inline void put(const OutputColumn& column, std::size_t cell, bool present, double value) {
  column.value[cell] = present ? value : kMissingValue;
  column.valid[cell] = present ? 1 : 0;
}

}  // namespace cnci::kernels
