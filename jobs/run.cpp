#include "jobs/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>

#include "engine/error.h"
#include "engine/progress.h"
#include "engine/rank_board.h"
#include "engine/schedule.h"
#include "engine/stop_notice.h"
#include "engine/tile_path.h"
#include "io/raster.h"
#include "jobs/forecast.h"
#include "jobs/heap.h"
#include "jobs/identity.h"
#include "jobs/message.h"
#include "jobs/report_command.h"
#include "jobs/run_assembly.h"
#include "jobs/run_results.h"
#include "jobs/run_start.h"
#include "jobs/running_assembly.h"
#include "jobs/status_signal.h"
#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

constexpr int kExitFailed = 1;
/// Between two looks for a stop, where nothing else is done.
constexpr std::chrono::milliseconds kLookForStop{20};

class Timer {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The tiles that are not finished yet.
std::vector<engine::Tile> open_tiles(const RunStart& start) {
  std::vector<engine::Tile> open;
  std::ranges::copy_if(start.preparation.plan, std::back_inserter(open),
                       [&](const engine::Tile& tile) {
                         return !std::ranges::binary_search(start.finished, tile.id);
                       });
  return open;
}

/// In the order in which they are granted.
engine::TileOrder order_of(const std::vector<engine::Tile>& open, const RunStart& start,
                           std::size_t threads) {
  if (open.empty()) return {};
  const std::int64_t size = start.setup().job.grid.tile;
  const std::int64_t across = (start.setup().grid.cols + size - 1) / size;
  // The plan's first tile is its largest one.
  const std::int64_t rows =
      start.preparation.layers->strip_rows(open.front().window, start.setup().grid);
  return engine::order_tiles(open, across, rows, threads);
}

/// Prints why tiles failed; a cause that many tiles share is printed once.
void print_failures(const engine::ScheduleOutcome& outcome, std::size_t tiles, std::size_t left,
                    const std::string& command, Messages& messages) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, outcome.failures.size()); ++i) {
    messages.error(outcome.failures[i].message);
  }
  if (outcome.failures.size() > kShown) {
    messages.error(fmt::format("and {} tiles more", outcome.failures.size() - kShown));
  }
  messages.error(
      fmt::format("{} of {} tiles failed, {} are left to compute; the finished ones are kept: mend "
                  "the cause, then go on: {}",
                  outcome.failures.size(), tiles, left, command));
}

/// A run on all ranks, from prepared job to published results.
class Run {
 public:
  Run(const RunOptions& options, engine::Mpi& mpi, engine::StopNotice& notice, TilesDone& done,
      const RunStart& start, const Timer& total, Messages& messages)
      : options_(options),
        mpi_(mpi),
        notice_(notice),
        done_(done),
        start_(start),
        total_(total),
        messages_(messages),
        root_(mpi.rank() == 0) {}

  /// Returns the exit code.
  int operator()() {
    prepare_ranks();
    const engine::ScheduleOutcome outcome = compute_tiles();
    if (const int code = agree_on_code(outcome); code != 0) {
      give_up_results();
      return code;
    }
    std::vector<std::byte> shared;
    io::ZoneTable table;
    together([&] {
      if (!root_) return;
      begin_phase("assemble");
      table = results_->finish();
      if (is_yearly()) shared = serialise_for_assembly(start_.preparation.plan, table);
    });
    std::future<void> tables;  // of rank 0, written while all ranks put the cube together
    const Leaving leaving{tables_given_up_};  // else they are waited for
    if (root_) {
      tables = std::async(std::launch::async, [&] {
        results_->write_tables(table, [this] { return !tables_given_up_.load(); });
      });
    }
    engine::broadcast(mpi_.comm(), shared);
    if (!assemble(shared, table)) return kExitStopped;
    if (const int code = publish(table, tables); code != 0 || !root_) return code;
    const bool is_done = !start_.setup().job.report || report(std::move(table));
    if (is_done) messages_.event("done", {{"output", start_.folder.path()}});
    return is_done ? 0 : kExitFailed;
  }

 private:
  /// Of a run that ends, well or not.
  struct Leaving {
    std::atomic<bool>& flag;
    ~Leaving() { flag.store(true); }
  };

  /// Runs a step of every rank; an error on any of them ends the step on all, as the same Error.
  template <typename Step>
  void together(const Step& step) {
    std::optional<std::string> error;
    try {
      step();
    } catch (const std::exception& e) {
      error = e.what();
    }
    meet(error);
  }

  /// Collective: throws, on all ranks, the Error of the lowest rank that has one. Returns whether
  /// any rank has seen a stop.
  bool meet(std::optional<std::string> error) {
    const bool stopped = notice_.settle();
    error = engine::agree_on_error(mpi_.comm(), error);
    if (error) throw engine::Error(*error);
    return stopped;
  }

  [[nodiscard]] bool is_yearly() const {
    return start_.setup().job.output.files == CubeFiles::kYearly;
  }

  /// The cube begins with what an earlier run has finished.
  void begin_assembly() {
    start_.folder.begin_results();
    if (is_yearly()) return;
    assembly_ = std::make_unique<RunningAssembly>(start_.setup(), *store_,
                                                  start_.folder.unfinished("cube.nc"));
    assembly_->add(start_.finished);
  }

  void give_up_results() {
    assembly_.reset();
    if (!root_) return;
    try {
      start_.folder.sweep(true);
    } catch (const engine::Error&) {  // the next run sweeps it
    }
  }

  void begin_phase(const char* name) { messages_.event("phase", {{"name", name}}); }

  /// Rank 0 takes up what an earlier run has finished.
  void prepare_ranks() {
    together([&] {
      store_.emplace(start_.folder.store(), start_.setup().identity);
      if (!root_) return;
      make_room_for_coverage();
      results_.emplace(start_);
      results_->facts().ranks = mpi_.size();
      results_->facts().threads = options_.threads;
      results_->facts().keeps_tiles = options_.keep_tiles;
      results_->facts().started_over_as = start_.folder.started_over_as();
      results_->facts().wall_seconds["plan"] = total_.seconds();
      for (const std::uint32_t tile : start_.finished) {
        results_->add(TileRecord::of(store_->read(tile)));
      }
      begin_assembly();
      done_.finished = start_.finished.size();
      done_.all = start_.preparation.plan.size();
      const std::vector<engine::Tile> open = open_tiles(start_);
      const auto threads = static_cast<std::size_t>(mpi_.size() * options_.threads);
      order_ = order_of(open, start_, threads);
      std::uint64_t cells = 0;
      for (const engine::Tile& tile : open) cells += static_cast<std::uint64_t>(tile.cost);
      progress_.emplace(open.size(), cells, Messages::on_terminal() && !options_.quiet,
                        [this](const std::string& line, bool transient) {
                          if (!options_.quiet) messages_.progress(line, transient);
                        });
    });
  }

  void make_room_for_coverage() {
    const std::optional<std::string> why = start_.preparation.coverage->make_room();
    if (!why) return;
    messages_.warning(*why + "; the run goes on without: the zones are cut again next time");
  }

  engine::ScheduleOutcome compute_tiles() {
    start_.preparation.coverage->begin_to_keep();
    begin_phase("tiles");
    const Timer timer;
    give_freed_memory_back();
    engine::ScheduleOptions schedule;
    schedule.threads = options_.threads;
    schedule.tiles_on_path = order_.on_path;
    schedule.stop = &watch_stop_signals();
    schedule.patience = std::chrono::seconds(options_.patience_seconds);
    const std::vector<std::string> hosts = engine::processor_names(mpi_.comm());
    if (root_) ranks_here_ = static_cast<int>(std::ranges::count(hosts, hosts.front()));
    board_.emplace(hosts);
    schedule.board = &*board_;
    schedule.on_given_up = [this](const engine::ScheduleOutcome& outcome) {
      say_failures(outcome);
      say_stopped(outcome);
      return kExitStopped;
    };
    const engine::ScheduleOutcome outcome = engine::run_schedule(
        mpi_.comm(), order_.tiles, schedule,
        [this, blocks = RankBlocks(static_cast<std::size_t>(options_.threads))] {
          return std::make_unique<TilePipeline>(start_.setup(), *start_.preparation.coverage,
                                                blocks, &*store_);
        },
        [this](std::uint32_t tile, std::span<const std::byte> bytes) {
          const TileRecord record = TileRecord::parse(bytes);
          results_->add(record);
          if (assembly_) assembly_->add(std::span(&tile, 1));
          ++done_.finished;
          progress_->tile_done(record.touched_cells, record.counters.bytes_read);
          board_->computed(tile, record.touched_cells);
        },
        [this] {
          progress_->tick();
          say_ranks_where_due();
        });
    give_freed_memory_back();
    if (root_) {
      if (options_.shows_ranks) say_ranks();
      progress_->finish();
      results_->facts().wall_seconds["tiles"] = timer.seconds();
    }
    return outcome;
  }

  /// Now and then with --progress ranks, and whenever SIGUSR2 asks.
  void say_ranks_where_due() {
    constexpr double kInterval_s = 10;
    const bool asked = status_asked_.exchange(false);
    if (!asked && !(options_.shows_ranks && ranks_said_.seconds() >= kInterval_s)) return;
    say_ranks();
    ranks_said_ = Timer();
  }

  void say_ranks() {
    for (const std::string& line : board_->lines()) messages_.note(line);
    const std::vector<engine::RankBoard::Rank> ranks = board_->ranks();
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const engine::RankBoard::Rank& rank = ranks[i];
      messages_.event("rank", {{"rank", std::to_string(i)},
                               {"host", rank.host},
                               {"finished", std::to_string(rank.finished)},
                               {"failed", std::to_string(rank.failed)},
                               {"cells", std::to_string(rank.cells)},
                               {"held", std::to_string(rank.held)},
                               {"oldest", rank.oldest ? std::to_string(*rank.oldest) : ""},
                               {"held_s", fmt::format("{:.1f}", rank.held_s)}});
    }
  }

  [[nodiscard]] std::size_t tiles_left(std::size_t finished_now) const {
    return start_.preparation.plan.size() - start_.finished.size() - finished_now;
  }

  void say_stopped(const engine::ScheduleOutcome& outcome) {
    const std::size_t tiles = start_.preparation.plan.size();
    const std::size_t left = tiles_left(outcome.finished);
    std::string text =
        fmt::format("stopped by a signal: {} of {} tiles are finished and kept, {} are left",
                    tiles - left, tiles, left);
    if (outcome.given_up > 0) {
      text += fmt::format(" ({} of them ran longer than --patience {} and were given up)",
                          outcome.given_up, options_.patience_seconds);
    }
    if (left == 0) text += " (the cube is still to be put together)";
    messages_.warning(text + "; to go on: " + options_.command);
  }

  /// Whether there are any.
  bool say_failures(const engine::ScheduleOutcome& outcome) {
    if (outcome.failures.empty()) return false;
    print_failures(outcome, start_.preparation.plan.size(), tiles_left(outcome.finished),
                   options_.command, messages_);
    return true;
  }

  /// What the tiles' outcome means for all ranks: 0 to go on.
  int agree_on_code(const engine::ScheduleOutcome& outcome) {
    std::vector<std::byte> code(1);
    together([&] {
      if (!root_) return;
      if (say_failures(outcome)) code[0] = std::byte{kExitFailed};
      // What failed is tried again by the run that goes on with the rest.
      if (outcome.stopped && (outcome.signalled || outcome.failures.empty())) {
        say_stopped(outcome);
        code[0] = std::byte{kExitStopped};
      }
    });
    engine::broadcast(mpi_.comm(), code);
    return std::to_integer<int>(code[0]);
  }

  /// Collective; false where a signal, on any rank, stopped it.
  bool assemble(std::span<const std::byte> shared, const io::ZoneTable& table) {
    const Timer timer;
    const auto go_on = [this] { return !notice_.raised(); };
    bool whole = true;
    std::optional<std::string> error;
    try {
      if (is_yearly()) whole = assemble_years_on_ranks(mpi_, start_, shared, go_on);
      if (assembly_) whole = assembly_->finish(table, go_on);
      assembly_.reset();
    } catch (const std::exception& e) {
      error = e.what();
    }
    const bool stopped =
        meet(error) &&
        engine::agree_on_error(mpi_.comm(),
                               whole ? std::nullopt : std::optional<std::string>("stopped"));
    if (root_ && stopped) say_stopped({{}, order_.tiles.size(), true, true, 0});
    if (root_) results_->facts().wall_seconds["assemble"] = timer.seconds();
    return !stopped;
  }

  /// Collective; returns the exit code. A stop, on any rank, is heard until the results get their
  /// names.
  int publish(const io::ZoneTable& table, std::future<void>& tables) {
    std::vector<std::byte> code(1);
    std::optional<std::string> error;
    try {
      if (root_) {
        publish_on_root(table, tables, [this] {
          if (notice_.raised()) throw Stopped();
        });
      }
    } catch (const Stopped&) {
      say_stopped({{}, order_.tiles.size(), true, true, 0});
      code[0] = std::byte{kExitStopped};
    } catch (const std::exception& e) {
      error = e.what();
    }
    meet(error);
    engine::broadcast(mpi_.comm(), code);
    return std::to_integer<int>(code[0]);
  }

  /// Rank 0, when the results have their names. What they were made from makes room first.
  bool report(io::ZoneTable table) {
    results_.reset();
    give_freed_memory_back();
    // The other ranks of this host have nothing left to do.
    return report_after_run(start_.folder, options_.threads * ranks_here_, std::move(table),
                            messages_);
  }

  void publish_on_root(const io::ZoneTable& table, std::future<void>& tables,
                       const std::function<void()>& between_blocks) {
    begin_phase("publish");
    while (tables.wait_for(kLookForStop) != std::future_status::ready) between_blocks();
    tables.get();
    results_->facts().wall_seconds["total"] = total_.seconds();
    results_->publish(table, between_blocks);
    if (!options_.keep_tiles) start_.folder.remove_store();
    results_->print(table, messages_);
    messages_.note(fmt::format("done in {:.1f} s: {} tiles, {:.2f} Mcells; results in {}",
                               total_.seconds(), results_->facts().tiles,
                               static_cast<double>(results_->facts().touched_cells) / 1e6,
                               start_.folder.path()));
  }

  const RunOptions& options_;
  engine::Mpi& mpi_;
  engine::StopNotice& notice_;
  TilesDone& done_;
  const RunStart& start_;
  const Timer& total_;
  Messages& messages_;
  const bool root_;
  int ranks_here_ = 1;  ///< rank 0: on its host, itself among them
  std::optional<RunResults> results_;
  std::atomic<bool> tables_given_up_ = false;  ///< set by this thread: only it may use MPI
  std::optional<engine::Progress> progress_;
  std::optional<engine::RankBoard> board_;
  std::atomic<bool>& status_asked_ = watch_status_signal();
  Timer ranks_said_;
  std::optional<io::TileStore> store_;
  std::unique_ptr<RunningAssembly> assembly_;  ///< rank 0, of a single cube; uses store_
  engine::TileOrder order_;
};

}  // namespace

std::string TilesDone::text() const {
  if (all.load() == 0) return "finished tiles are kept";
  return fmt::format("{} of {} tiles are finished and kept, {} are left", finished.load(),
                     all.load(), all.load() - finished.load());
}

int run_command(const RunOptions& options, engine::Mpi& mpi, TilesDone& done) {
  const Timer total;
  const bool root = mpi.rank() == 0;
  std::optional<Messages> messages;
  std::optional<std::string> error;
  share_heap(options.threads);
  try {
    io::configure_gdal(kGdalCacheBytes);
    messages.emplace(
        Messages::Options{root, options.quiet, root ? options.log_json : std::string{}});
  } catch (const std::exception& e) {
    error = e.what();
  }
  error = engine::agree_on_error(mpi.comm(), error);
  if (error) {
    if (root) Messages({}).error(*error);
    return kExitFailed;
  }
  engine::StopNotice notice(mpi.comm(), watch_stop_signals());
  messages->event("phase", {{"name", "prepare"}});
  RunStart start = start_run(options, mpi, notice, *messages);
  if (start.exit_code) return *start.exit_code;
  try {
    return Run(options, mpi, notice, done, start, total, *messages)();
  } catch (const engine::Error& agreed) {
    messages->error(agreed.what());
    messages->error(fmt::format("{}; this goes on with them: {}", done.text(), options.command));
    return kExitFailed;
  }
}

}  // namespace cnci::jobs
