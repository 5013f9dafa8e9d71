// Masses in the unit that a reader is used to. Files are in tonnes always; this is for tables that
// people look at.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::jobs {

enum class MassUnit { kAuto, kTonnes, kTenThousandTonnes, kTeragrams };

/// Names of --unit, in the order of the enumeration.
[[nodiscard]] const std::vector<std::string>& mass_unit_names();

/// kAuto becomes the one in which the largest of the values (in t; NaN does not count) is easy to
/// read.
[[nodiscard]] MassUnit readable_unit(MassUnit asked, std::span<const double> values_t);

/// "1e4 t"
[[nodiscard]] std::string_view mass_unit_text(MassUnit unit);
/// Tonnes of one of it.
[[nodiscard]] double tonnes_of(MassUnit unit);

}  // namespace cnci::jobs
