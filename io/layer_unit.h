// What the unit of a layer's file means for the quantity that is wanted: a linear map to the
// canonical unit, and the rule by which periods become a year.
#pragma once

#include <cstddef>
#include <string>

#include "io/layer.h"
#include "io/units.h"

namespace cnci::io {

struct Conversion {
  LinearMap map;            ///< to the canonical unit, substance included, period not
  Per per = Per::kNone;     ///< period that the file's unit names
  bool per_area = false;    ///< amounts: the file holds densities, `map` leads to amount per km2
  std::string description;  ///< "0.1 mm -> mm"
};

/// The conversion from `unit` (the job's or the file's text) to the layer's quantity. Throws Error
/// where they do not fit, or where carbon or CO2 is not said.
[[nodiscard]] Conversion conversion_of(const LayerSpec& spec, const std::string& unit);

/// Throws Error where `count` values of a unit per `per` cannot be reduced to a year as asked.
void check_reduction(const LayerSpec& spec, Per per, std::size_t count);

/// A year (0: of 365 days) in units of `per`; 12 for months, 1 where there is no period.
[[nodiscard]] double periods_in_year(Per per, int year);
/// A month in units of `per` (day, hour or second).
[[nodiscard]] double periods_in_month(Per per, int year, int month);

/// Unit of the mass that an amount layer delivers per cell ("t"), from `quantity.unit`.
[[nodiscard]] std::string amount_unit(const Quantity& quantity);

}  // namespace cnci::io
