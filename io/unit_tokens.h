// The grammar of unit texts: factors with exponents, from which carbon (C, CO2) and the period
// (per second ... per year) are taken out. What is left is for UDUNITS.
#pragma once

#include <string>

#include "io/units.h"

namespace cnci::io {

/// Takes a unit text apart; `base` is not yet known to be a unit. Throws Error on text that does
/// not parse, names two periods or substances, or is ambiguous (`ton`, `C` alone).
[[nodiscard]] ParsedUnit split_unit(const std::string& text);

}  // namespace cnci::io
