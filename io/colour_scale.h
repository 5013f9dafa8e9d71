// Colours for the values of a picture, chosen by how they are distributed; all scales can be told
// apart by the colour-blind.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cnci::io {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  bool operator==(const Colour&) const = default;
  [[nodiscard]] std::string hex() const;  ///< "#rrggbb"
};

class ColourScale {
 public:
  enum class Kind { kLinear, kLog, kDiverging };

  /// Limits are the 2nd and 98th percentile of the values, rounded outward to two digits.
  /// Diverging about 0, with limits as far below as above, where these percentiles lie on both
  /// sides of it and the nearer one is at least a twentieth of the other; logarithmic over the
  /// positive values where none is negative and their 98th percentile is more than 50 times their
  /// median; else linear. `values` are finite, at least one.
  explicit ColourScale(std::vector<double> values);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::string name() const;  ///< "linear", "log" or "diverging"
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  /// From 0 at the low limit, and below, to 1 at the high one, and above.
  [[nodiscard]] double place(double value) const;
  [[nodiscard]] Colour colour(double place) const;

 private:
  Kind kind_ = Kind::kLinear;
  double low_ = 0;
  double high_ = 1;
};

}  // namespace cnci::io
