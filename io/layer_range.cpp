// The declared range of a quantity: values beyond it are an error, missing, or moved to the limit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "io/layer_impl.h"
#include "io/value_range.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Field;
using engine::Window;

// Scaled integers and float32 files miss a limit by rounding: such values are at the limit.
constexpr double kRounding = 1e-6;

/// Values that are looked at together.
constexpr std::size_t kTogether = 512;

}  // namespace

bool Layer::Impl::is_within_range(double value) const {
  const double low = spec_.quantity.min;
  const double high = spec_.quantity.max;
  return value >= low - kRounding * std::max(1.0, std::abs(low)) &&
         value <= high + kRounding * std::max(1.0, std::abs(high));
}

void Layer::Impl::apply_range(Field& field, const std::vector<double>* areas,
                              const Window& counted) {
  if (!has_range()) return;
  const double low = spec_.quantity.min;
  const double high = spec_.quantity.max;
  std::vector<std::size_t> outside;
  const std::size_t pixels = field.value.size();
  for (std::size_t first = 0; first < pixels; first += kTogether) {
    const std::size_t last = std::min(first + kTogether, pixels);
    const auto values = std::span<const double>(field.value).subspan(first, last - first);
    const auto valid = std::span<const std::uint8_t>(field.valid).subspan(first, last - first);
    const bool inside =
        areas == nullptr
            ? all_within(values, valid, low, high)
            : all_within_per_area(values, std::span(*areas).subspan(first, last - first), valid,
                                  low, high);
    if (inside) continue;
    for (std::size_t i = first; i < last; ++i) {
      if (field.valid[i] == 0) continue;
      const double unit_area = areas != nullptr ? (*areas)[i] : 1;
      const double value = field.value[i] / unit_area;
      if (value >= low && value <= high) continue;
      const double limit = value < low ? low : high;
      const bool rounding = is_within_range(value);
      if (!rounding) {
        if (spec_.outside == Outside::kError) throw Error(describe_outside(value, field, i));
        outside.push_back(i);
      }
      const bool is_clamped = spec_.outside == Outside::kClamp && !std::isnan(value);
      if (rounding || is_clamped) {
        field.value[i] = limit * unit_area;
      } else {
        field.valid[i] = 0;
        field.value[i] = engine::kMissing;
      }
    }
  }
  counters_.outside_range += count_inside(outside, field.window, counted);
}

std::string Layer::Impl::describe_outside(double value, const Field& field,
                                          std::size_t index) const {
  const Quantity& quantity = spec_.quantity;
  const bool above = value > quantity.max;
  const std::string& hint = above ? quantity.hint_above : quantity.hint_below;
  std::string fault = "not a number";
  if (!std::isnan(value)) {
    fault = fmt::format("{} {:.6g}{}", above ? "above" : "below",
                        above ? quantity.max : quantity.min, hint.empty() ? "" : ": " + hint);
  }
  const std::string unit = is_amount() ? quantity.unit + " per km2" : quantity.unit;
  const auto cols = static_cast<std::size_t>(field.window.cols);
  return fmt::format(
      "{}: {:.6g} {} at column {}, row {} (window: columns {}-{}, rows {}-{}) is {}; put "
      "unit, scale, offset or nodata right, or accept such values with layer.{}.outside = "
      "missing{}",
      source_->files_text(), value, unit,
      field.window.col + static_cast<std::int64_t>(index % cols),
      field.window.row + static_cast<std::int64_t>(index / cols), field.window.col,
      field.window.col_end() - 1, field.window.row, field.window.row_end() - 1, fault, spec_.name,
      std::isnan(value) ? "" : " or clamp");
}

std::uint64_t Layer::Impl::count_inside(const std::vector<std::size_t>& pixels,
                                        const Window& window, const Window& counted) {
  if (pixels.empty() || counted.empty()) return 0;
  std::vector<double> x;
  std::vector<double> y;
  const auto cols = static_cast<std::size_t>(window.cols);
  for (const std::size_t index : pixels) {
    const std::int64_t col = window.col + static_cast<std::int64_t>(index % cols);
    const std::int64_t row = window.row + static_cast<std::int64_t>(index / cols);
    x.push_back(lattice_.x0 + (static_cast<double>(col) + 0.5) * lattice_.dx);
    y.push_back(lattice_.y0 - (static_cast<double>(row) + 0.5) * lattice_.dy);
  }
  to_target_->apply(x, y);
  const auto holds = [&](double px, double py) {
    const double col = std::floor(grid_.col_of(px));
    const double row = std::floor(grid_.row_of(py));
    return col >= static_cast<double>(counted.col) &&
           col < static_cast<double>(counted.col_end()) &&
           row >= static_cast<double>(counted.row) && row < static_cast<double>(counted.row_end());
  };
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    bool inside = holds(x[i], y[i]);
    for (const double turn : {-360.0, 360.0}) {
      inside = inside || (grid_.geographic && holds(x[i] + turn, y[i]));
    }
    count += inside ? 1 : 0;
  }
  return count;
}

}  // namespace cnci::io
