#include "jobs/run_start.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/stop_notice.h"
#include "io/report_page.h"
#include "jobs/assemble.h"
#include "jobs/forecast.h"
#include "jobs/identity.h"
#include "jobs/output_check.h"
#include "jobs/report_command.h"
#include "jobs/run_files.h"
#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

/// A job as rank 0 read it, for ranks that may not see the same file or folder.
struct JobText {
  std::string file;
  std::string text;
  std::string folder;
  std::vector<KeyOverride> overrides;

  [[nodiscard]] Job read() const { return read_job(file, text, overrides, folder); }
};

JobText read_text(const JobArguments& arguments) {
  return {arguments.job_file, read_job_text(arguments.job_file),
          std::filesystem::current_path().string(), arguments.overrides};
}

void put(engine::ByteWriter& out, const JobText& job) {
  out.put_text(job.file);
  out.put_text(job.text);
  out.put_text(job.folder);
  out.put(static_cast<std::uint64_t>(job.overrides.size()));
  for (const KeyOverride& override : job.overrides) {
    out.put_text(override.key);
    out.put_text(override.value);
  }
}

JobText get(engine::ByteReader& in) {
  JobText job;
  job.file = in.get_text();
  job.text = in.get_text();
  job.folder = in.get_text();
  job.overrides.resize(in.get<std::uint64_t>());
  for (KeyOverride& override : job.overrides) {
    override.key = in.get_text();
    override.value = in.get_text();
  }
  return job;
}

void lock_folder(RunStart& start) {
  start.folder.create();
  start.lock = std::make_unique<io::FolderLock>(start.folder.path());
}

/// Of a run that was killed between publishing and the end. A complete output may well lie where
/// nobody can write any more, or be swept right now by the run that made it.
void sweep_leftovers(const RunOptions& options, RunStart& start) {
  try {
    if (!start.lock) lock_folder(start);
    start.folder.sweep(options.keep_tiles || start.folder.keeps_tiles());
  } catch (const engine::Error&) {
    start.lock.reset();
  }
}

StartOver start_over_of(const RunOptions& options) { return {options.fresh, options.fresh_once}; }

/// Of a folder where --fresh-once was carried out already.
std::string why_started_over_again(const OutputFolder& folder, const io::StoreIdentity& identity) {
  try {
    return why_of_another_job(folder, identity).value_or("");
  } catch (const engine::Error& error) {
    return error.what();
  }
}

/// The page of a complete output that has none, where there may be one. Returns whether that went
/// well.
[[nodiscard]] bool write_missing_report(const RunOptions& options, const RunStart& start,
                                        Messages& messages) {
  const std::string page = start.folder.file(kReportName);
  const bool writable = ::access(start.folder.path().c_str(), W_OK) == 0;
  if (!start.setup().job.report || io::is_report_page(page) || !writable) return true;
  return report_after_run(start.folder, options.threads, {}, messages);
}

/// Whether an earlier output or store lies in the folder, and may be used or replaced. Sets
/// exit_code where nothing is left to do.
void look_at_folder(const RunOptions& options, RunStart& start, Messages& messages) {
  const io::StoreIdentity& identity = start.setup().identity;
  const StartOver asked = start_over_of(options);
  auto complete =
      starts_over(asked, start.folder, identity) ? std::nullopt : start.folder.complete_identity();
  if (!complete) {
    lock_folder(start);
    // Another run of this command may have started over meanwhile.
    if (starts_over(asked, start.folder, identity)) {
      if (!asked.always && start.folder.started_over_as() == asked.once) {
        messages.warning("starting over once more: " +
                         why_started_over_again(start.folder, identity));
      }
      start.folder.clear();
      if (!asked.once.empty()) start.folder.note_started_over(asked.once);
    }
    // Another run may have become complete before it let go of the folder.
    complete = start.folder.complete_identity();
  }
  if (complete) {
    if (complete->result_hash == identity.result_hash) {
      start.folder.require_whole();
      sweep_leftovers(options, start);
      messages.note("complete: " + start.folder.path() +
                    " holds the results of this job; nothing to do (--fresh computes them again)");
      if (complete->layout_hash != identity.layout_hash) {
        messages.note("they are the same values in another layout than the job asks for (" +
                      difference_text(*complete, identity) + "); --fresh writes that one");
      }
      const bool is_done = write_missing_report(options, start, messages);
      if (is_done) messages.event("done", {{"output", start.folder.path()}});
      start.exit_code = is_done ? 0 : 1;
      return;
    }
  }
  if (const auto why = why_of_another_job(start.folder, identity)) throw engine::Error(*why);
  const io::TileStore store(start.folder.store(), identity);
  io::TileStore::Scan scan = store.scan();
  for (const std::string& warning : scan.warnings) messages.warning(warning);
  start.finished = std::move(scan.valid);
  std::sort(start.finished.begin(), start.finished.end());
  if (!start.finished.empty()) {
    messages.note(fmt::format("resuming: {} of {} tiles are finished", start.finished.size(),
                              start.preparation.plan.size()));
  }
}

void say_stopped_early(const RunOptions& options, Messages& messages) {
  messages.warning("stopped by a signal before the first tile; to go on: " +
                   options.command_from_start);
}

/// Rank 0: everything up to the first tile. Returns what the other ranks need.
std::vector<std::byte> start_root(const RunOptions& options, RunStart& start, Messages& messages,
                                  const std::function<void()>& between_blocks) {
  engine::ByteWriter out;
  try {
    const JobText text = read_text(options.job);
    Job job = text.read();
    if (options.no_report) job.report = false;
    start.preparation = prepare(job, {options.hash_inputs, start_over_of(options)}, between_blocks);
    print_findings(start.preparation.findings, messages);
    if (start.preparation.failed()) {
      start.exit_code = 1;
    } else {
      start.folder = OutputFolder(job.output.path);
      static_cast<void>(rank_memory_bytes(start.preparation, options.threads, options.memory_mb));
      look_at_folder(options, start, messages);
    }
    out.put(start.exit_code.value_or(-1));
    if (!start.exit_code) {
      put(out, text);
      out.put_all(std::span<const std::byte>(serialise_setup(start.setup())));
    }
    return out.take();
  } catch (const JobError& error) {
    for (const JobFinding& finding : error.findings()) {
      messages.error(finding.line > 0 ? fmt::format("{}:{}: {}: {}", options.job.job_file,
                                                    finding.line, finding.key, finding.text)
                                      : fmt::format("{}: {}: {}", options.job.job_file, finding.key,
                                                    finding.text));
    }
    start.exit_code = 2;
  } catch (const Stopped&) {
    say_stopped_early(options, messages);
    start.exit_code = kExitStopped;
  } catch (const std::exception& error) {
    messages.error(error.what());
    start.exit_code = 1;
  }
  engine::ByteWriter code;
  code.put(*start.exit_code);
  return code.take();
}

}  // namespace

void print_findings(const std::vector<engine::Finding>& findings, Messages& messages) {
  for (const engine::Finding& finding : findings) {
    const std::string line = finding.subject + ": " + finding.text;
    switch (finding.severity) {
      case engine::Finding::Severity::kError:
        messages.error(line);
        break;
      case engine::Finding::Severity::kWarning:
        messages.warning(line);
        break;
      case engine::Finding::Severity::kNote:
        messages.note(line);
        break;
    }
  }
}

RunStart start_run(const RunOptions& options, engine::Mpi& mpi, engine::StopNotice& notice,
                   Messages& messages) {
  RunStart start;
  std::vector<std::byte> bytes;
  if (mpi.rank() == 0) {
    bytes = start_root(options, start, messages, [&notice] {
      if (notice.raised()) throw Stopped();
    });
  }
  static_cast<void>(notice.settle());
  engine::broadcast(mpi.comm(), bytes);
  engine::ByteReader in(bytes);
  if (const int code = in.get<int>(); code >= 0) {
    start.exit_code = code;
    return start;
  }
  std::optional<std::string> error;
  try {
    if (mpi.rank() != 0) {
      const Job job = get(in).read();
      start.preparation.setup = std::make_unique<Setup>(parse_setup(job, in.get_all<std::byte>()));
      start.preparation.coverage = coverage_of(start.setup());
      start.folder = OutputFolder(job.output.path);
    }
  } catch (const std::exception& e) {
    error = e.what();
  }
  static_cast<void>(notice.settle());
  error = engine::agree_on_error(mpi.comm(), error);
  if (error) {
    messages.error(*error);
    start.exit_code = 1;
  }
  return start;
}

}  // namespace cnci::jobs
