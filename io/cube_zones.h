// Group /zones of a cube: the node table and every sum by zone and year.
#pragma once

#include <hdf5.h>

#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::io {

/// Writes the group for the cube's years; throws Error where the table lacks one of them.
void write_zones_group(hid_t file, const std::string& path, const ZoneTable& table,
                       const std::vector<int>& years);

}  // namespace cnci::io
