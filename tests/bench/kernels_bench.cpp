// The kernels over a tile in cache, one by one and fused, in cells per second: on every instruction
// set of the processor, and by the plain formulas with the standard library's functions.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "kernels/pass.h"
#include "kernels/registry.h"
#include "kernels/simd.h"
#include "kernels/store.h"
#include "tests/bench/register.h"
#include "tests/kernels/plain.h"

namespace cnci::kernels {
namespace {

/// 64 x 64 cells: the layers of a fused run take 0.7 MB, as much as a core's second cache holds.
constexpr std::size_t kCells = 4096;

/// Every cell holds up to three of the given lithology classes, each of which occurs in every
/// block; nothing is missing.
class Layers {
 public:
  explicit Layers(const std::vector<std::size_t>& classes) {
    uniform("precipitation", 300, 2500);
    uniform("evapotranspiration", 200, 1200);
    uniform("temperature", -5, 28);
    uniform("npp", 100, 1500);
    uniform("soc", 1, 20);
    uniform("shielding_factor", 0.1, 1);
    uniform("emissions", 0, 3000);
    for (const char* output : {"runoff", "ccsf", "scsf", "nep", "ce"}) uniform(output, 1, 1000);
    for (auto& plane : planes_) plane.assign(kCells, 0.0);
    for (std::size_t i = 0; i < kCells; ++i) {
      for (const double part : {0.5, 0.3, 0.2}) {
        planes_.at(classes[random_() % classes.size()] - 1)[i] += part;
      }
    }
  }

  /// The named layers and lithology; `names` receives what a pass needs to know of them.
  [[nodiscard]] TileInputs inputs(const std::vector<std::string>& layers, LayerNames& names) const {
    TileInputs inputs(kCells);
    for (const std::string& layer : layers) {
      inputs.set(layer, {values_.at(layer), valid_});
      names.columns.insert(layer);
    }
    ClassColumns classes{{}, valid_};
    int id = 0;
    for (const auto& plane : planes_) {
      classes.planes.push_back({++id, plane});
    }
    inputs.set_classes("lithology", classes);
    names.classes.insert("lithology");
    return inputs;
  }

  [[nodiscard]] const std::vector<double>& values(const std::string& name) const {
    return values_.at(name);
  }
  [[nodiscard]] std::size_t planes() const { return planes_.size(); }
  [[nodiscard]] const std::vector<double>& plane(std::size_t class_id) const {
    return planes_.at(class_id - 1);
  }

 private:
  void uniform(const std::string& name, double low, double high) {
    std::uniform_real_distribution<double> value(low, high);
    for (std::size_t i = 0; i < kCells; ++i) values_[name].push_back(value(random_));
  }

  std::mt19937_64 random_{11};
  std::map<std::string, std::vector<double>> values_;
  std::vector<std::uint8_t> valid_ = std::vector<std::uint8_t>(kCells, 1);
  std::array<std::vector<double>, kLithologyNoData - 1> planes_;  // by class id less 1
};

/// All classes but nd and ice.
const std::vector<std::size_t> kAllClasses{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
/// What a few hundred km2 hold: su, ss, sm, sc.
const std::vector<std::size_t> kFourClasses{1, 3, 5, 6};

struct Case {
  std::string name;
  std::vector<std::string> kernels;
  std::vector<std::string> layers;
  std::vector<std::string> summed;   ///< computed for the zone sums only
  std::vector<std::string> written;  ///< and rounded to float32
  std::vector<std::size_t> classes = kAllClasses;
};

const std::vector<Case>& cases() {
  const Case fused{"fused",
                   {"runoff", "carbonate", "silicate", "nep", "emissions", "balance"},
                   {"precipitation", "evapotranspiration", "temperature", "npp", "soc",
                    "shielding_factor", "emissions"},
                   {"carbonate_fraction_used", "silicate_fraction", "rh_above_rs"},
                   {"ccsf", "scsf", "nep", "ce", "sink"}};
  Case few_classes = fused;
  few_classes.name = "fused-4-classes";
  few_classes.classes = kFourClasses;
  static const std::vector<Case> all{
      {"runoff", {"runoff"}, {"precipitation", "evapotranspiration"}, {}, {"runoff"}},
      {"carbonate",
       {"carbonate"},
       {"runoff", "evapotranspiration", "temperature"},
       {"carbonate_fraction_used"},
       {"ccsf"}},
      {"silicate",
       {"silicate"},
       {"runoff", "temperature", "shielding_factor"},
       {"silicate_fraction"},
       {"scsf"}},
      {"nep", {"nep"}, {"npp", "temperature", "precipitation", "soc"}, {"rh_above_rs"}, {"nep"}},
      {"emissions", {"emissions"}, {"emissions"}, {}, {"ce"}},
      {"balance", {"balance"}, {"ccsf", "scsf", "nep", "ce"}, {}, {"sink"}},
      fused,
      few_classes,
  };
  return all;
}

void report(benchmark::State& state) {
  state.counters["cells_per_second"] = benchmark::Counter(
      static_cast<double>(kCells), benchmark::Counter::kIsIterationInvariantRate);
}

void run_case(benchmark::State& state, const Case& job, std::string_view target) {
  const std::string before(simd_target());
  use_simd_target(target);
  const Layers layers(job.classes);
  LayerNames names;
  const TileInputs inputs = layers.inputs(job.layers, names);
  std::vector<const Kernel*> kernels;
  for (const std::string& kernel : job.kernels) kernels.push_back(find_kernel(kernel));
  std::vector<std::string> wanted = job.summed;
  wanted.insert(wanted.end(), job.written.begin(), job.written.end());
  const Pass pass(kernels, default_parameters(), names, wanted);
  const Pass::Sources sources = pass.attach(inputs);
  Block block = pass.block();
  const std::vector<std::uint32_t> kept(kCells, 1);
  std::vector<std::vector<float>> out(job.written.size(), std::vector<float>(kCells));
  for (auto _ : state) {
    for (std::size_t first = 0; first < kCells; first += kBlockCells) {
      pass.compute(sources, first, kBlockCells, block);
      for (std::size_t v = 0; v < out.size(); ++v) {
        store_float32(block, pass.slot(job.written[v]), 0,
                      std::span(kept).subspan(first, kBlockCells), out[v].data() + first);
      }
    }
    benchmark::ClobberMemory();
  }
  report(state);
  use_simd_target(before);
}

/// What a direct program does, cell by cell with libm: the printed formulas in double.
class PlainCells {
 public:
  explicit PlainCells(const Layers& layers) : layers_(layers) {}

  [[nodiscard]] double runoff(std::size_t i) const {
    return plain::runoff_mm(precipitation_[i], evapotranspiration_[i]);
  }
  [[nodiscard]] double carbonate(std::size_t i, double q) const {
    const double f = layers_.plane(kLithologyCarbonate)[i];
    if (f == 0) return 0;
    const double pco2 = plain::brook_pco2_atm(evapotranspiration_[i], carbonate_);
    return plain::carbonate_flux(q, f, temperature_[i], pco2, carbonate_);
  }
  [[nodiscard]] double silicate(std::size_t i, double q) const {
    double flux = 0;
    for (std::size_t id = 1; id <= layers_.planes(); ++id) {
      const plain::Rock<double>& rock = silicate_.rocks.at(id);
      const double f = layers_.plane(id)[i];
      if (f != 0 && rock.b > 0) {
        flux += f * plain::silicate_flux(q, temperature_[i], shielding_[i], rock, silicate_)
                        .total_t_co2_km2;
      }
    }
    return flux;
  }
  [[nodiscard]] double nep(std::size_t i) const {
    return plain::nep_flux(npp_[i], temperature_[i], precipitation_[i], soc_[i], nep_)
        .nep_t_co2_km2;
  }
  [[nodiscard]] double emissions(std::size_t i) const { return emissions_[i]; }
  /// Sink of given components.
  [[nodiscard]] double sink(std::size_t i) const {
    double sum = 0;
    for (const double component : {ccsf_[i], scsf_[i], flux_[i]}) {
      sum += std::isnan(component) ? 0 : component;
    }
    return sum;
  }

 private:
  const Layers& layers_;
  const std::vector<double>& precipitation_ = layers_.values("precipitation");
  const std::vector<double>& evapotranspiration_ = layers_.values("evapotranspiration");
  const std::vector<double>& temperature_ = layers_.values("temperature");
  const std::vector<double>& npp_ = layers_.values("npp");
  const std::vector<double>& soc_ = layers_.values("soc");
  const std::vector<double>& shielding_ = layers_.values("shielding_factor");
  const std::vector<double>& emissions_ = layers_.values("emissions");
  const std::vector<double>& ccsf_ = layers_.values("ccsf");
  const std::vector<double>& scsf_ = layers_.values("scsf");
  const std::vector<double>& flux_ = layers_.values("nep");
  plain::CarbonateParameters<double> carbonate_{default_parameters()};
  plain::SilicateParameters<double> silicate_{default_parameters()};
  plain::NepParameters<double> nep_{default_parameters()};
};

/// A direct program for one case; returns what it writes, summed, per cell.
std::function<double(std::size_t)> plain_case(const std::string& name, const PlainCells& cells,
                                              const std::vector<double>& runoff) {
  if (name == "runoff") return [&](std::size_t i) { return cells.runoff(i); };
  if (name == "carbonate") return [&](std::size_t i) { return cells.carbonate(i, runoff[i]); };
  if (name == "silicate") return [&](std::size_t i) { return cells.silicate(i, runoff[i]); };
  if (name == "nep") return [&](std::size_t i) { return cells.nep(i); };
  if (name == "emissions") return [&](std::size_t i) { return cells.emissions(i); };
  if (name == "balance") return [&](std::size_t i) { return cells.sink(i); };
  return [&](std::size_t i) {
    const double q = cells.runoff(i);
    return cells.carbonate(i, q) + cells.silicate(i, q) + cells.nep(i) + cells.emissions(i);
  };
}

void run_plain(benchmark::State& state, const Case& job) {
  const Layers layers(job.classes);
  const PlainCells cells(layers);
  const auto compute = plain_case(job.name, cells, layers.values("runoff"));
  std::vector<float> out(kCells);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kCells; ++i) out[i] = static_cast<float>(compute(i));
    benchmark::ClobberMemory();
  }
  report(state);
}

}  // namespace

void register_kernel_benchmarks() {
  for (const Case& job : cases()) {
    for (const std::string_view target : simd_targets()) {
      benchmark::RegisterBenchmark(
          ("kernel/" + job.name + "/" + std::string(target)).c_str(),
          [&job, target](benchmark::State& state) { run_case(state, job, target); });
    }
    benchmark::RegisterBenchmark(("kernel/" + job.name + "/libm").c_str(),
                                 [&job](benchmark::State& state) { run_plain(state, job); });
  }
}

}  // namespace cnci::kernels
