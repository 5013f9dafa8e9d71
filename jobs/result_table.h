// The sum tree as tables: totals, balance, CNCI, mean fluxes, missing areas, shares of the parent,
// and what joined tables give per person and per GDP. Every number is rounded once, from exact
// sums.
#pragma once

#include <vector>

#include "engine/sum_tree.h"
#include "io/tables.h"
#include "io/zone_table.h"
#include "jobs/job.h"
#include "jobs/selection.h"

namespace cnci::jobs {

[[nodiscard]] io::ZoneTable make_zone_table(const Job& job, const Selection& selection,
                                            const engine::SumTree& sums,
                                            const std::vector<io::JoinedTable>& tables);

[[nodiscard]] io::ProfileTable make_profile(const Job& job, const Selection& selection,
                                            const engine::SumTree& sums);

}  // namespace cnci::jobs
