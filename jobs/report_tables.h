// Tables as JSON text for report.html: columns of numbers with six digits, by year.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::jobs {

/// Without its finest levels where the numbers would be more than `most_values`; says so in
/// `lacking`.
[[nodiscard]] io::ZoneTable small_enough(io::ZoneTable table, std::size_t most_values,
                                         std::vector<std::string>& lacking);

/// Levels in the table's order, coarse to fine.
[[nodiscard]] std::vector<std::string> levels_of(const io::ZoneTable& table);

/// `{"years":..., "levels":..., "zones":{...}, "columns":[...], "values":{...}}` without its
/// braces. `long_names` by column.
[[nodiscard]] std::string zones_json(const io::ZoneTable& table,
                                     const std::map<std::string, std::string>& long_names);

/// profile.csv as an object; throws engine::Error where it is damaged.
[[nodiscard]] std::string profile_json(const std::string& path);

/// A text as JSON; what is no UTF-8 in it is replaced.
[[nodiscard]] std::string json_text(const std::string& text);

/// Six significant digits, `null` for NaN.
void append_number(std::string& json, double value);

}  // namespace cnci::jobs
