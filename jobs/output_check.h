// Whether a job may write where it says, before anything is computed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/plan.h"
#include "jobs/output_folder.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

/// Whether what an earlier run has left is to be removed first.
struct StartOver {
  bool always = false;    ///< --fresh
  std::string once = {};  ///< --fresh-once NAME; empty: not given
};

/// `once` asks for it unless what lies in the folder is of this job and was begun under that name.
/// Throws AccessError where that cannot be told.
[[nodiscard]] bool starts_over(const StartOver& asked, const OutputFolder& folder,
                               const io::StoreIdentity& identity);

/// What is wrong with output.path: it cannot be written, the disk is too small for what is still to
/// come, files lie there that no run has left and results would replace, or inputs do, or results
/// or tiles of another job, unless this one starts over. Nothing is wrong where the
/// results of this very job are complete and stay. `setup` may be null where the job cannot be
/// prepared: then only the place is looked at.
[[nodiscard]] std::vector<engine::Finding> check_output(const Job& job, const Setup* setup,
                                                        const std::vector<engine::Tile>& plan,
                                                        const StartOver& start_over);

/// Why a job may not go on in a folder: results or tiles of another one lie there.
[[nodiscard]] std::optional<std::string> why_of_another_job(const OutputFolder& folder,
                                                            const io::StoreIdentity& identity);

}  // namespace cnci::jobs
