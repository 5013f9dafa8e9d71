#include "jobs/run_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <optional>

#include "engine/error.h"
#include "io/durable_file.h"
#include "jobs/assemble.h"
#include "jobs/result_table.h"
#include "jobs/run_files.h"
#include "jobs/stop_signals.h"

namespace cnci::jobs {
namespace {

/// Share of a layer's mass outside all zones above which a run says so.
constexpr double kUnzonedWarning = 0.01;

}  // namespace

RunResults::RunResults(const RunStart& start)
    : start_(start),
      tree_(start.preparation.zones->tree(), start.setup().selection.sum_variables(),
            start.setup().job.years.size()) {
  facts_.tiles = start.preparation.plan.size();
  facts_.tiles_resumed = start.finished.size();
  for (const engine::Finding& finding : start.preparation.findings) {
    facts_.notes.push_back(finding.subject + ": " + finding.text);
  }
}

void RunResults::add(const TileRecord& record) {
  tree_.add(record.sums);
  facts_.phases += record.phases;
  facts_.counters += record.counters;
  facts_.touched_cells += record.touched_cells;
  facts_.decoded_bytes += record.decoded_bytes;
  facts_.tiles_of_kept_coverage += record.coverage_was_kept ? 1 : 0;
}

io::ZoneTable RunResults::finish() {
  const Setup& setup = start_.setup();
  facts_.closure = tree_.roll_up();
  for (const auto& line : facts_.closure) {
    if (line.exact) continue;
    throw engine::Error(fmt::format(
        "{} of {} does not close: zones {} + unzoned {} is not the total {}; the tile store is "
        "damaged or this is a defect of the program: run with --fresh and report it if it stays",
        line.variable, setup.job.years.at(line.year), line.zoned, line.unzoned, line.total));
  }
  add_diagnostics();
  return make_zone_table(setup.job, setup.selection, tree_, start_.preparation.tables);
}

double RunResults::over_roots(std::size_t year, std::size_t variable, double quantum) const {
  engine::ExactSum sum;
  for (std::size_t node = 0; node < tree_.zones().nodes.size(); ++node) {
    if (tree_.zones().nodes[node].parent < 0) sum += tree_.at(year, variable, node).amount;
  }
  return sum.to_double(quantum);
}

void RunResults::add_diagnostics() {
  const auto& sums = start_.setup().selection.sums;
  for (std::size_t v = 0; v < sums.size(); ++v) {
    if (sums[v].output == nullptr || sums[v].output->role != kernels::Role::kDiagnostic) continue;
    const auto& years = start_.setup().job.years;
    for (std::size_t year = 0; year < years.size(); ++year) {
      facts_.diagnostics[years[year]][sums[v].sum.name] = over_roots(year, v, sums[v].sum.quantum);
    }
  }
}

void RunResults::add_mass(const std::function<bool()>& go_on) {
  const Setup& setup = start_.setup();
  for (const auto& layer : start_.preparation.layers->all()) {
    if (layer->kind() != io::Kind::kAmount) continue;
    const std::string& name = layer->spec().name;
    const std::size_t variable = setup.selection.sum_of_layer(name);
    for (std::size_t year = 0; year < setup.job.years.size(); ++year) {
      MassLine line;
      line.layer = name;
      line.year = setup.job.years[year];
      line.unit = layer->spec().quantity.unit;
      const std::optional<io::LayerMass> mass = layer->mass(line.year, go_on);
      if (!mass) throw Stopped();
      line.mass = *mass;
      line.zoned = over_roots(year, variable, setup.selection.sums[variable].sum.quantum);
      if (line.unzoned() > kUnzonedWarning * line.mass.in_domain) {
        facts_.notes.push_back(fmt::format(
            "layer.{}: {:.1f} % of the mass inside the grid lies outside every zone in {}", name,
            100 * line.unzoned() / line.mass.in_domain, line.year));
      }
      facts_.mass.push_back(std::move(line));
      if (!start_.preparation.layers->changes(*layer)) break;
    }
  }
}

void RunResults::write_tables(const io::ZoneTable& table, const std::function<bool()>& go_on) {
  const Setup& setup = start_.setup();
  const OutputFolder& folder = start_.folder;
  const io::ZoneSource& zones = *start_.preparation.zones;
  // Side by side: polygons take as long as all the rest.
  std::future<void> rest = std::async(std::launch::async, [&] {
    io::write_zones_csv(folder.unfinished("zones.csv"), table);
    io::write_profile_csv(folder.unfinished("profile.csv"),
                          make_profile(setup.job, setup.selection, tree_));
    add_mass(go_on);
  });
  io::write_zones_gpkg(folder.unfinished("zones.gpkg"), table, zones.leaf_wkb(), zones.crs_wkt());
  rest.get();
}

void RunResults::publish(const io::ZoneTable& table,
                         const std::function<void()>& between_blocks) const {
  const Setup& setup = start_.setup();
  const OutputFolder& folder = start_.folder;
  std::vector<io::FileFacts> inputs = setup.inputs.files;
  add_content_hashes(inputs, between_blocks);
  require_unchanged(setup.inputs);
  std::vector<std::string> names = result_names(setup.job);
  std::vector<io::FileFacts> results;
  for (const std::string& name : names) {
    if (name != kRunMark) results.push_back(io::file_facts(folder.unfinished(name)));
  }
  io::write_text_durably(folder.unfinished(kRunMark),
                         provenance_json(setup, facts_, table, inputs, results));
  folder.publish(names);
}

void RunResults::print(const io::ZoneTable& table, Messages& messages) const {
  for (const MassLine& line : facts_.mass) {
    messages.note(fmt::format(
        "mass of layer.{} {}: {:.9g} {} in the file = {:.9g} inside the grid + {:.9g} outside; "
        "inside: {:.9g} in zones + {:.9g} unzoned ({:.2f} %)",
        line.layer, line.year, line.mass.inventory, line.unit, line.mass.in_domain,
        line.mass.out_of_domain, line.zoned, line.unzoned(),
        line.mass.in_domain > 0 ? 100 * line.unzoned() / line.mass.in_domain : 0.0));
  }
  for (const auto& line : facts_.closure) {
    messages.note(fmt::format("closure {} {}: zones {:.9g} + unzoned {:.9g} = total {:.9g}, exact",
                              start_.setup().job.years.at(line.year), line.variable, line.zoned,
                              line.unzoned, line.total));
  }
  const auto value = [&](const char* name, std::size_t year, std::size_t node) {
    const io::ZoneTable::Column* column = table.find(name);
    return column->values[table.index(year, node)];
  };
  for (std::size_t year = 0; year < table.years.size(); ++year) {
    double sink = std::nan("");
    double emissions = std::nan("");
    const auto add = [](double& sum, double part) {
      if (!std::isnan(part)) sum = std::isnan(sum) ? part : sum + part;
    };
    for (std::size_t node = 0; node < tree_.zones().nodes.size(); ++node) {
      if (tree_.zones().nodes[node].parent >= 0) continue;
      add(sink, value("sink_t", year, node));
      add(emissions, value("ce_t", year, node));
    }
    const auto teragrams = [](double tonnes) {
      return std::isnan(tonnes) ? std::string("not computed")
                                : fmt::format("{:.3f} Tg CO2", tonnes / 1e6);
    };
    messages.note(fmt::format("{}: sink {}, emissions {}, CNCI {}", table.years[year],
                              teragrams(sink), teragrams(emissions),
                              emissions > 0 && !std::isnan(sink)
                                  ? fmt::format("{:.2f} %", 100 * sink / emissions)
                                  : std::string("not defined")));
  }
}

}  // namespace cnci::jobs
