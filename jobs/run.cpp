#include "jobs/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/progress.h"
#include "engine/schedule.h"
#include "io/raster.h"
#include "jobs/assemble.h"
#include "jobs/message.h"
#include "jobs/run_results.h"
#include "jobs/run_start.h"
#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitStopped = 75;

class Timer {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Runs a step of every rank; an error on any of them ends the step on all, as the same Error.
template <typename Step>
void together(const engine::Mpi& mpi, const Step& step) {
  std::optional<std::string> error;
  try {
    step();
  } catch (const std::exception& e) {
    error = e.what();
  }
  error = engine::agree_on_error(mpi.comm(), error);
  if (error) throw engine::Error(*error);
}

/// What the assembling ranks need of rank 0: the tiles, and the tables for the cubes' /zones group.
std::vector<std::byte> serialise(const std::vector<engine::Tile>& plan,
                                 const io::ZoneTable& table) {
  engine::ByteWriter out;
  std::vector<std::uint32_t> tiles;
  for (const engine::Tile& tile : plan) tiles.push_back(tile.id);
  out.put_all(std::span<const std::uint32_t>(tiles));
  out.put_all(std::span<const int>(table.years));
  out.put(static_cast<std::uint64_t>(table.nodes.size()));
  for (const auto& node : table.nodes) {
    for (const auto& text : {node.level, node.code, node.name, node.parent_code})
      out.put_text(text);
  }
  out.put(static_cast<std::uint64_t>(table.columns.size()));
  for (const auto& column : table.columns) {
    for (const auto& text : {column.name, column.unit, column.long_name}) out.put_text(text);
    out.put_all(std::span<const double>(column.values));
  }
  return out.take();
}

void parse(std::span<const std::byte> bytes, std::vector<std::uint32_t>& tiles,
           io::ZoneTable& table) {
  engine::ByteReader in(bytes);
  tiles = in.get_all<std::uint32_t>();
  table.years = in.get_all<int>();
  table.nodes.resize(in.get<std::uint64_t>());
  for (auto& node : table.nodes) {
    for (auto* text : {&node.level, &node.code, &node.name, &node.parent_code}) {
      *text = in.get_text();
    }
  }
  table.columns.resize(in.get<std::uint64_t>());
  for (auto& column : table.columns) {
    for (auto* text : {&column.name, &column.unit, &column.long_name}) *text = in.get_text();
    column.values = in.get_all<double>();
  }
}

/// The cubes: one by rank 0, yearly ones by the ranks in turn.
void assemble(const engine::Mpi& mpi, const RunStart& start, std::span<const std::byte> shared) {
  const Setup& setup = start.setup();
  const bool yearly = setup.job.output.files == CubeFiles::kYearly;
  if (!yearly && mpi.rank() != 0) return;
  std::vector<std::uint32_t> tiles;
  io::ZoneTable table;
  parse(shared, tiles, table);
  const io::TileStore store(start.folder.store(), setup.identity);
  const std::size_t years = setup.job.years.size();
  if (!yearly) {
    assemble_cube(setup, store, tiles, 0, years, table, start.folder.unfinished("cube.nc"));
    return;
  }
  const auto ranks = static_cast<std::size_t>(mpi.size());
  for (auto year = static_cast<std::size_t>(mpi.rank()); year < years; year += ranks) {
    assemble_cube(setup, store, tiles, year, 1, table,
                  start.folder.unfinished(cube_name(setup.job, setup.job.years[year])));
  }
}

/// The tiles that are not finished yet, in the plan's order.
std::vector<std::uint32_t> open_tiles(const RunStart& start, std::uint64_t& cells) {
  std::vector<std::uint32_t> order;
  for (const engine::Tile& tile : start.preparation.plan) {
    if (std::binary_search(start.finished.begin(), start.finished.end(), tile.id)) continue;
    order.push_back(tile.id);
    cells += static_cast<std::uint64_t>(tile.cost);
  }
  return order;
}

/// Prints why tiles failed; a cause that many tiles share is printed once.
void print_failures(const engine::ScheduleOutcome& outcome, std::size_t tiles, Messages& messages) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, outcome.failures.size()); ++i) {
    messages.error(outcome.failures[i].message);
  }
  if (outcome.failures.size() > kShown) {
    messages.error(fmt::format("and {} tiles more", outcome.failures.size() - kShown));
  }
  messages.error(fmt::format(
      "{} of {} tiles failed; the finished ones are kept: mend the cause and run the same command "
      "again",
      outcome.failures.size(), tiles));
}

/// From a prepared job to published results; returns the exit code.
int compute(const RunOptions& options, engine::Mpi& mpi, const RunStart& start, const Timer& total,
            Messages& messages) {
  const bool root = mpi.rank() == 0;
  const Setup& setup = start.setup();
  std::optional<RunResults> results;
  std::optional<engine::Progress> progress;
  std::optional<io::TileStore> store;
  std::vector<std::uint32_t> order;
  const Timer tile_timer;
  together(mpi, [&] {
    store.emplace(start.folder.store(), setup.identity);
    if (!root) return;
    results.emplace(start);
    results->facts().ranks = mpi.size();
    results->facts().threads = options.threads;
    results->facts().wall_seconds["plan"] = total.seconds();
    for (const std::uint32_t tile : start.finished) results->add(store->read(tile).sums);
    std::uint64_t cells = 0;
    order = open_tiles(start, cells);
    progress.emplace(order.size(), cells, Messages::on_terminal() && !options.quiet,
                     [&](const std::string& line, bool transient) {
                       if (!options.quiet) messages.progress(line, transient);
                     });
  });
  const engine::ScheduleOutcome outcome = engine::run_schedule(
      mpi.comm(), order, {options.threads, &watch_stop_signals()},
      [&] { return std::make_unique<TilePipeline>(setup, &*store); },
      [&](std::uint32_t, std::span<const std::byte> bytes) {
        const TileRecord record = results->add(bytes);
        progress->tile_done(record.touched_cells, record.counters.bytes_read);
      },
      [&] { progress->tick(); });
  int code = 0;
  if (root) {
    progress->finish();
    const std::size_t tiles = start.preparation.plan.size();
    if (!outcome.failures.empty()) {
      print_failures(outcome, tiles, messages);
      code = kExitFailed;
    } else if (outcome.stopped) {
      messages.warning(
          fmt::format("stopped by a signal: {} of {} tiles are finished and kept; run the same "
                      "command again to "
                      "go on",
                      start.finished.size() + outcome.finished, tiles));
      code = kExitStopped;
    }
  }
  std::vector<std::byte> shared;
  io::ZoneTable table;
  together(mpi, [&] {
    if (!root) return;
    results->facts().wall_seconds["tiles"] = tile_timer.seconds();
    if (code == 0) {
      table = results->finish();
      shared = serialise(start.preparation.plan, table);
    }
  });
  engine::broadcast(mpi.comm(), shared);
  if (shared.empty()) return root ? code : (outcome.stopped ? kExitStopped : kExitFailed);
  const Timer assembly_timer;
  together(mpi, [&] { assemble(mpi, start, shared); });
  together(mpi, [&] {
    if (!root) return;
    results->facts().wall_seconds["assemble"] = assembly_timer.seconds();
    results->facts().wall_seconds["total"] = total.seconds();
    results->publish(table);
    if (!options.keep_tiles) start.folder.remove_store();
    results->print(table, messages);
    messages.note(fmt::format("done in {:.1f} s: {} tiles, {:.2f} Mcells; results in {}",
                              total.seconds(), results->facts().tiles,
                              static_cast<double>(results->facts().touched_cells) / 1e6,
                              start.folder.path()));
    messages.event("done", {{"output", start.folder.path()}});
  });
  return 0;
}

}  // namespace

int run_command(const RunOptions& options, engine::Mpi& mpi) {
  const Timer total;
  const bool root = mpi.rank() == 0;
  std::optional<Messages> messages;
  std::optional<std::string> error;
  try {
    static_cast<void>(watch_stop_signals());
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
  RunStart start = start_run(options, mpi, *messages);
  if (start.exit_code) return *start.exit_code;
  try {
    return compute(options, mpi, start, total, *messages);
  } catch (const engine::Error& agreed) {
    messages->error(agreed.what());
    return kExitFailed;
  }
}

}  // namespace cnci::jobs
