// `cnci zones OUT`: the zone table of a finished run, one level and one year of it, sorted and cut.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/zone_table.h"
#include "jobs/options.h"

namespace cnci::jobs {

/// Reads OUT/zones.csv; throws engine::Error where the folder holds no complete output.
[[nodiscard]] io::ZoneTable read_output_zones(const std::string& folder);

/// Unit of a column of zones.csv, from its name: "km2", "t year-1", ...; empty where it has none.
[[nodiscard]] std::string zone_column_unit(const std::string& name);

/// Nodes to show, in order. Numbers sort largest first, zones without a value last; texts upwards.
/// Throws UsageError on a level, year or column that there is not.
[[nodiscard]] std::vector<std::size_t> select_zones(const io::ZoneTable& table,
                                                    const ZonesOptions& options);

/// The selected zones as text in the format asked for.
[[nodiscard]] std::string zones_text(const io::ZoneTable& table, const ZonesOptions& options,
                                     bool colours = false);

/// Prints to stdout.
[[nodiscard]] int zones_command(const ZonesOptions& options);

}  // namespace cnci::jobs
