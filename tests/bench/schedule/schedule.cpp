// The schedule alone: tiles that sleep, on any number of ranks.
//   cnci_schedule_bench TILES MEAN_US equal|heavy|coast [RECORD_BYTES]
// Rank 0 prints one line of JSON. Times count from a barrier behind MPI_Init.
#include "engine/schedule.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/mpi.h"

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds of every tile, the dearest first, as a plan has them.
std::vector<double> tile_costs(std::size_t tiles, double mean_s, const std::string& form) {
  std::mt19937_64 random(1);
  std::vector<double> cost(tiles, 1.0);
  if (form == "heavy") {  // Pareto, cut at 20 times the mean
    std::uniform_real_distribution<double> uniform(0, 1);
    for (double& c : cost) c = std::min(std::pow(1 - uniform(random), -1 / 1.5), 60.0);
  } else if (form == "coast") {  // half of the tiles whole, the others partly sea
    std::uniform_real_distribution<double> land(0.02, 1);
    for (std::size_t i = 0; i < tiles; ++i) cost[i] = i % 2 == 0 ? 1 : land(random);
  } else if (form != "equal") {
    throw std::invalid_argument("costs are equal, heavy or coast, not " + form);
  }
  std::sort(cost.begin(), cost.end(), std::greater<>());
  const double mean = std::accumulate(cost.begin(), cost.end(), 0.0) / static_cast<double>(tiles);
  for (double& c : cost) c *= mean_s / mean;
  return cost;
}

struct Record {
  int rank = 0;
  double begin = 0;
  double end = 0;
};

class Sleeper final : public cnci::engine::TileWorker {
 public:
  Sleeper(int rank, Clock::time_point zero, const std::vector<double>& cost, std::size_t bytes)
      : rank_(rank), zero_(zero), cost_(cost), bytes_(bytes) {}

  cnci::engine::TileRest compute(std::uint32_t tile) override {
    Record record{rank_, now(), 0};
    if (cost_[tile] > 0) std::this_thread::sleep_for(std::chrono::duration<double>(cost_[tile]));
    record.end = now();
    std::vector<std::byte> out(std::max(bytes_, sizeof record));
    std::memcpy(out.data(), &record, sizeof record);
    return [out = std::move(out)] { return out; };
  }

 private:
  [[nodiscard]] double now() const {
    return std::chrono::duration<double>(Clock::now() - zero_).count();
  }
  int rank_;
  Clock::time_point zero_;
  const std::vector<double>& cost_;
  std::size_t bytes_;
};

void measure(cnci::engine::Mpi& mpi, std::size_t tiles, double mean_s, const std::string& form,
             std::size_t bytes) {
  const std::vector<double> cost = tile_costs(tiles, mean_s, form);
  std::vector<std::uint32_t> order(tiles);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<double> first(static_cast<std::size_t>(mpi.size()),
                            std::numeric_limits<double>::infinity());
  std::vector<double> last(first.size(), 0.0);
  cnci::engine::check_mpi(MPI_Barrier(mpi.comm()), "barrier");
  const Clock::time_point zero = Clock::now();
  double slept = 0;
  double received = 0;
  const auto outcome = cnci::engine::run_schedule(
      mpi.comm(), order, {},
      [&] { return std::make_unique<Sleeper>(mpi.rank(), zero, cost, bytes); },
      [&](std::uint32_t, std::span<const std::byte> sent) {
        Record record;
        std::memcpy(&record, sent.data(), sizeof record);
        const auto rank = static_cast<std::size_t>(record.rank);
        first[rank] = std::min(first[rank], record.begin);
        last[rank] = std::max(last[rank], record.end);
        slept += record.end - record.begin;
        received = std::chrono::duration<double>(Clock::now() - zero).count();
      },
      [] {});
  if (mpi.rank() != 0) return;
  if (outcome.finished != tiles) throw std::runtime_error("not all tiles are finished");
  const double ranks = mpi.size();
  const double sum = std::accumulate(cost.begin(), cost.end(), 0.0);
  const double end = *std::max_element(last.begin(), last.end());
  std::printf(
      "{\"ranks\": %d, \"tiles\": %zu, \"wall_s\": %.6f, \"ideal_s\": %.6f, \"slept_s\": %.6f, "
      "\"start_s\": %.6f, \"tail_s\": %.6f}\n",
      mpi.size(), tiles, received, std::max(sum / ranks, cost.front()), slept,
      *std::max_element(first.begin(), first.end()),
      end - *std::min_element(last.begin(), last.end()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    cnci::engine::Mpi mpi(argc, argv);
    if (argc < 4)
      throw std::invalid_argument("usage: cnci_schedule_bench TILES MEAN_US COSTS [BYTES]");
    measure(mpi, std::stoul(argv[1]), std::stod(argv[2]) * 1e-6, argv[3],
            argc > 4 ? std::stoul(argv[4]) : 4096);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cnci_schedule_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
