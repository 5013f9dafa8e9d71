// Whether a job may write where it says, before anything is computed.
#pragma once

#include <vector>

#include "engine/error.h"
#include "engine/plan.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

/// What is wrong with output.path: it cannot be written, the disk is too small for what is still to
/// come, files lie there that no run has left and results would replace, or inputs do. Nothing is
/// wrong where the results of this very job are complete. `setup` may be null where the job cannot
/// be prepared: then only the place is looked at.
[[nodiscard]] std::vector<engine::Finding> check_output(const Job& job, const Setup* setup,
                                                        const std::vector<engine::Tile>& plan);

}  // namespace cnci::jobs
