// What the consumer of a layer expects of its values: from a kernel's declaration, or from the unit
// of a layer that is only summed by zone.
#pragma once

#include <string>

#include "io/layer.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

/// What a kernel expects of a layer.
[[nodiscard]] io::Quantity quantity_of(const kernels::Input& input);

/// What a layer that is only summed by zone is a quantity of, from its unit: persons, USD, t, or
/// the unit itself; an area in the denominator is taken off. Throws engine::Error.
[[nodiscard]] io::Quantity summed_quantity(const std::string& unit);

}  // namespace cnci::jobs
