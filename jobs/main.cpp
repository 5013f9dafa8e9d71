// cnci: reads the command line, does what it says, and is the one place that prints an error.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "engine/mpi.h"
#include "jobs/check.h"
#include "jobs/command_line.h"
#include "jobs/compare_command.h"
#include "jobs/export_command.h"
#include "jobs/help.h"
#include "jobs/join_command.h"
#include "jobs/kernels_command.h"
#include "jobs/report_command.h"
#include "jobs/run.h"
#include "jobs/sample.h"
#include "jobs/simd_choice.h"
#include "jobs/status_signal.h"
#include "jobs/stop_deadline.h"
#include "jobs/stop_signals.h"
#include "jobs/terminal.h"
#include "jobs/zones_command.h"

namespace cnci::jobs {
namespace {

constexpr int kFailed = 1;
constexpr int kBadJobOrUsage = 2;

/// Prints the message; returns the exit code that goes with the error.
int report(const std::exception& error) {
  if (dynamic_cast<const JobError*>(&error) != nullptr) {
    std::cerr << error.what() << '\n';
    return kBadJobOrUsage;
  }
  std::cerr << "cnci: " << (shows_colours(STDERR_FILENO) ? toned(Tone::kBad, "error:") : "error:")
            << ' ' << error.what() << '\n';
  return dynamic_cast<const UsageError*>(&error) != nullptr ? kBadJobOrUsage : kFailed;
}

int exit_code(const std::exception& error) {
  const bool bad_input = dynamic_cast<const JobError*>(&error) != nullptr ||
                         dynamic_cast<const UsageError*>(&error) != nullptr;
  return bad_input ? kBadJobOrUsage : kFailed;
}

/// The launcher's own word on the rank, since a wrong command line is found before MPI starts and
/// should be answered once.
bool speaks_before_mpi() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    if (const char* rank = std::getenv(name)) return std::string(rank) == "0";
  }
  return true;
}

/// A collective command answers for all errors that ranks agree on; one that escapes it is this
/// rank's alone, and would leave the others waiting.
int run_with_mpi(const RunOptions& options, int argc, char** argv) {
  // Before MPI starts, and until it has ended: both take a while in which a signal may come, and
  // wait for other ranks.
  TilesDone done;
  static_cast<void>(watch_status_signal());
  // Tiles have the patience to themselves; rank 0 speaks before others do.
  const bool root = speaks_before_mpi();
  const auto grace = std::chrono::seconds(root ? 5 : 7);
  const StopDeadline deadline(
      watch_stop_signals(), std::chrono::seconds(options.patience_seconds) + grace, [&] {
        return "cnci: warning: stopped by a signal, and gave up waiting for what does not end (a "
               "rank or a file system that hangs); " +
               done.text() + "; to go on: " +
               (root && done.all.load() == 0 ? options.command_from_start : options.command) + "\n";
      });
  engine::Mpi mpi(argc, argv);
  try {
    choose_simd_target(mpi);
  } catch (const std::exception& agreed) {
    return mpi.rank() == 0 ? report(agreed) : exit_code(agreed);
  }
  try {
    return run_command(options, mpi, done);
  } catch (const std::exception& error) {
    const int code = report(error);
    if (mpi.size() > 1) MPI_Abort(mpi.comm(), code);
    return code;
  }
}

int print(const std::string& text) {
  std::cout << text;
  return 0;
}

int dispatch(int argc, char** argv) {
  const Command command = parse_command_line({argv + 1, argv + argc});
  if (!std::holds_alternative<RunOptions>(command)) choose_simd_target();
  struct Visitor {
    int argc;
    char** argv;
    int operator()(const HelpOptions& o) const { return print(help_text(o)); }
    int operator()(const VersionOptions& /*o*/) const { return print(version_text()); }
    int operator()(const RunOptions& o) const { return run_with_mpi(o, argc, argv); }
    int operator()(const CheckOptions& o) const { return check_command(o); }
    int operator()(const ZonesOptions& o) const { return zones_command(o); }
    int operator()(const ReportOptions& o) const { return report_command(o); }
    int operator()(const CompareOptions& o) const { return compare_command(o); }
    int operator()(const JoinOptions& o) const { return join_command(o); }
    int operator()(const ExportOptions& o) const { return export_command(o); }
    int operator()(const SampleOptions& o) const { return sample_command(o); }
    int operator()(const KernelsOptions& o) const { return kernels_command(o); }
  };
  const int code = std::visit(Visitor{argc, argv}, command);
  std::cout.flush();
  if (!std::cout) throw engine::Error("standard output cannot be written");
  return code;
}

}  // namespace
}  // namespace cnci::jobs

int main(int argc, char** argv) {
  try {
    return cnci::jobs::dispatch(argc, argv);
  } catch (const std::exception& error) {
    return cnci::jobs::speaks_before_mpi() ? cnci::jobs::report(error)
                                           : cnci::jobs::exit_code(error);
  }
}
