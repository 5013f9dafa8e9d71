// Columns beside the components: joined tables, layers of amounts, what they give per person and
// per GDP, and the climate.
#pragma once

#include <vector>

#include "io/tables.h"
#include "jobs/table_builder.h"

namespace cnci::jobs {

/// `tables` in the order of the job's. The components' totals are there already.
void add_columns_beside(TableBuilder& builder, const std::vector<io::JoinedTable>& tables);

}  // namespace cnci::jobs
