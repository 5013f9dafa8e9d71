#include "kernels/inputs.h"

namespace cnci::kernels {

namespace {
constexpr double kMaxWaterMm = 15000;
constexpr std::string_view kLeakedFill = "looks like a fill value";
}  // namespace

Input precipitation_input() {
  return {.name = "precipitation",
          .unit = "mm",
          .min = 0,
          .max = kMaxWaterMm,
          .domain = kNonNegative,
          .period = Period::kAnnual,
          .monthly = true,
          .about = "precipitation of the year",
          .hint_above = "looks like tenths of a mm, or a fill value",
          .hint_below = kLeakedFill};
}

Input evapotranspiration_input() {
  return {.name = "evapotranspiration",
          .unit = "mm",
          .min = 0,
          .max = kMaxWaterMm,
          .domain = kNonNegative,
          .period = Period::kAnnual,
          .monthly = true,
          .about = "actual evapotranspiration of the year",
          .hint_above = "looks like tenths of a mm, or a fill value",
          .hint_below = "looks like a fill value or net condensation; outside = clamp makes it 0"};
}

Input runoff_input() {
  return {.name = "runoff",
          .unit = "mm",
          .min = 0,
          .max = kMaxWaterMm,
          .domain = kAnyNumber,
          .period = Period::kAnnual,
          .optional = true,
          .about = "runoff of the year; without the layer it is precipitation - evapotranspiration",
          .hint_above = "looks like tenths of a mm, or a fill value",
          .hint_below = kLeakedFill};
}

Input temperature_input() {
  return {.name = "temperature",
          .unit = "degC",
          .min = -90,
          .max = 60,
          .domain = kTemperatureDomain,
          .about = "mean air temperature of the year",
          .hint_above = "looks like kelvin, or tenths of a degree",
          .hint_below = "looks like tenths of a degree, or a fill value"};
}

Input lithology_input() {
  return {.name = "lithology",
          .unit = "1",
          .min = 0,
          .max = 1,
          .nature = Nature::kClasses,
          .key = true,
          .about = "lithology classes of GLiM, as area fractions"};
}

Input carbonate_fraction_input() {
  return {.name = "carbonate_fraction",
          .unit = "1",
          .min = 0,
          .max = 1,
          .domain = kFraction,
          .optional = true,
          .about = "area fraction of carbonate outcrop; replaces lithology class sc",
          .hint_above = "looks like percent",
          .hint_below = kLeakedFill};
}

Input optional_input(Input input) {
  input.optional = true;
  return input;
}

Input side_input(Input input) {
  input.key = false;
  return input;
}

}  // namespace cnci::kernels
