#include "io/zone_table.h"

#include <algorithm>

namespace cnci::io {

const ZoneTable::Column* ZoneTable::find(const std::string& name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace cnci::io
