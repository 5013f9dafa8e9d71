// Zones as an aligned table for a terminal: the main columns, units in the header, zones with more
// than 5 % of their area missing marked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/zone_table.h"
#include "jobs/mass_unit.h"

namespace cnci::jobs {

/// How a table is shown to a person.
struct TableLook {
  MassUnit mass = MassUnit::kAuto;
  bool colours = false;
};

[[nodiscard]] std::string aligned_table(const io::ZoneTable& table, std::size_t year,
                                        const std::vector<std::size_t>& nodes,
                                        const TableLook& look);

}  // namespace cnci::jobs
