// The start of a run: rank 0 reads the job, opens and checks everything, decides whether there is
// something to do; the other ranks receive what they need.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/mpi.h"
#include "engine/stop_notice.h"
#include "io/folder_lock.h"
#include "jobs/message.h"
#include "jobs/options.h"
#include "jobs/output_folder.h"
#include "jobs/prepare.h"

namespace cnci::jobs {

struct RunStart {
  std::optional<int> exit_code;  ///< set: nothing to compute, end with this code
  Preparation preparation;       ///< complete on rank 0; elsewhere only the setup
  OutputFolder folder{{}};
  std::unique_ptr<io::FolderLock> lock;  ///< rank 0: nobody else writes into the folder
  std::vector<std::uint32_t>
      finished;  ///< rank 0: tiles of an earlier run that are kept, ascending

  [[nodiscard]] const Setup& setup() const { return *preparation.setup; }
};

/// Collective; findings are printed on rank 0.
[[nodiscard]] RunStart start_run(const RunOptions& options, engine::Mpi& mpi,
                                 engine::StopNotice& notice, Messages& messages);

/// Prints findings, one line each.
void print_findings(const std::vector<engine::Finding>& findings, Messages& messages);

}  // namespace cnci::jobs
