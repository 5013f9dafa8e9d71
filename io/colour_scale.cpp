#include "io/colour_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace cnci::io {
namespace {

/// Every sixteenth colour of matplotlib's viridis (N. Smith and S. van der Walt, CC0).
constexpr auto kViridis = std::to_array<std::uint32_t>(
    {0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c,
     0x1fa088, 0x28ae80, 0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725});

/// BrBG of ColorBrewer 2.0 (C. Brewer, colorbrewer.org, Apache-2.0): brown, pale, blue-green.
constexpr auto kBrownToGreen =
    std::to_array<std::uint32_t>({0x543005, 0x8c510a, 0xbf812d, 0xdfc27d, 0xf6e8c3, 0xf5f5f5,
                                  0xc7eae5, 0x80cdc1, 0x35978f, 0x01665e, 0x003c30});

Colour between(std::span<const std::uint32_t> stops, double place) {
  const double at = std::clamp(place, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto left = std::min(static_cast<std::size_t>(at), stops.size() - 2);
  const double part = at - static_cast<double>(left);
  const auto channel = [&](unsigned shift) {
    const double a = stops[left] >> shift & 0xffU;
    const double b = stops[left + 1] >> shift & 0xffU;
    return static_cast<std::uint8_t>(std::lround(a + part * (b - a)));
  };
  return {channel(16), channel(8), channel(0)};
}

/// The value below which that part of ascending values lies.
double quantile(std::span<const double> ascending, double part) {
  return ascending[static_cast<std::size_t>(
      std::lround(part * static_cast<double>(ascending.size() - 1)))];
}

/// To two significant digits, away from or towards minus infinity.
double two_digits(double value, bool up) {
  if (value == 0) return 0;
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)))) - 1;
  // Powers of ten are exact upward only: divide by them where the unit is below 1.
  const double power = std::pow(10.0, std::abs(exponent));
  const double units = exponent < 0 ? value * power : value / power;
  const double nearest = std::round(units);
  constexpr double kRounding = 1e-9;  // of the division above
  const bool is_whole = std::abs(units - nearest) <= kRounding * std::abs(units);
  const double whole = is_whole ? nearest : up ? std::ceil(units) : std::floor(units);
  return exponent < 0 ? whole / power : whole * power;
}

constexpr double kLowPart = 0.02;
constexpr double kHighPart = 0.98;

}  // namespace

std::string Colour::hex() const { return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue); }

ColourScale::ColourScale(std::vector<double> values) {
  constexpr double kClearly = 0.05;
  constexpr double kSkewed = 50;
  std::ranges::sort(values);
  const double low = quantile(values, kLowPart);
  const double high = quantile(values, kHighPart);
  const std::span<const double> positive(std::ranges::upper_bound(values, 0.0), values.end());
  if (low < 0 && high > 0 && std::min(-low, high) >= kClearly * std::max(-low, high)) {
    kind_ = Kind::kDiverging;
    high_ = two_digits(std::max(-low, high), true);
    low_ = -high_;
    return;
  }
  if (values.front() >= 0 && !positive.empty() &&
      quantile(positive, kHighPart) > kSkewed * quantile(positive, 0.5)) {
    kind_ = Kind::kLog;
    low_ = two_digits(quantile(positive, kLowPart), false);
    high_ = two_digits(quantile(positive, kHighPart), true);
    return;
  }
  // Where nearly all values are equal, the few others are what there is to see.
  low_ = two_digits(low < high ? low : values.front(), false);
  high_ = two_digits(low < high ? high : values.back(), true);
  if (low_ < high_) return;
  low_ = std::min(low_, 0.0);
  high_ = std::max(high_, 0.0);
  if (low_ == high_) high_ = 1;
}

std::string ColourScale::name() const {
  switch (kind_) {
    case Kind::kLog:
      return "log";
    case Kind::kDiverging:
      return "diverging";
    default:
      return "linear";
  }
}

double ColourScale::place(double value) const {
  if (kind_ != Kind::kLog) return std::clamp((value - low_) / (high_ - low_), 0.0, 1.0);
  if (value <= low_) return 0;
  return std::min(std::log(value / low_) / std::log(high_ / low_), 1.0);
}

Colour ColourScale::colour(double place) const {
  if (kind_ == Kind::kDiverging) return between(kBrownToGreen, place);
  return between(kViridis, place);
}

}  // namespace cnci::io
