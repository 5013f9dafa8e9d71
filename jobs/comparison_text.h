// A comparison as an aligned table, CSV or JSON, and what is to be said of it in words.
#pragma once

#include <string>

#include "jobs/comparison.h"
#include "jobs/mass_unit.h"

namespace cnci::jobs {

/// Sides by number, values beside each other in units that read well.
[[nodiscard]] std::string comparison_table(const Comparison& comparison, MassUnit mass,
                                           bool colours);
/// A row per figure and further side.
[[nodiscard]] std::string comparison_csv(const Comparison& comparison);
[[nodiscard]] std::string comparison_json(const Comparison& comparison);

/// What stands on one side only, and which published figures do not add up; lines, perhaps none.
[[nodiscard]] std::string comparison_remarks(const Comparison& comparison);

}  // namespace cnci::jobs
