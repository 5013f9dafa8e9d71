// Zones as an aligned table for a terminal: the main columns, units in the header, zones with more
// than 5 % of their area missing marked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::jobs {

[[nodiscard]] std::string aligned_table(const io::ZoneTable& table, std::size_t year,
                                        const std::vector<std::size_t>& nodes);

/// Columns of a terminal that a UTF-8 text takes: Chinese characters take two, accents none.
[[nodiscard]] std::size_t display_width(const std::string& text);

}  // namespace cnci::jobs
