#include "jobs/result_table.h"

#include <functional>
#include <optional>

#include "engine/error.h"
#include "engine/exact_sum.h"
#include "jobs/latitude_band.h"
#include "jobs/result_table_beside.h"
#include "jobs/table_builder.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using engine::ExactSum;
using engine::kAreaQuantum;
using io::ZoneTable;

constexpr const char* kFlux = "t km-2 year-1";

/// A component of the tables: a declared output with a total name, in the registry's order.
struct Component {
  std::string total;    ///< "ccs"
  std::string flux;     ///< "ccsf"
  std::string meaning;  ///< long name
  bool sink = true;
};

std::vector<Component> components() {
  std::vector<Component> out;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (output.total_name.empty()) continue;
      out.push_back({std::string(output.total_name), std::string(output.flux_name),
                     std::string(output.long_name), output.role == kernels::Role::kSink});
    }
  }
  return out;
}

/// Declared area outputs (carbonate_area_km2, ...), computed or not, in the registry's order.
std::vector<const kernels::Output*> supports() {
  std::vector<const kernels::Output*> out;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (output.role == kernels::Role::kSupport) out.push_back(&output);
    }
  }
  return out;
}

std::optional<std::size_t> index_of(const Selection& selection, const kernels::Output& output) {
  for (std::size_t v = 0; v < selection.sums.size(); ++v) {
    if (selection.sums[v].output == &output) return v;
  }
  return std::nullopt;
}

void add_areas(TableBuilder& b) {
  b.add(
      "area_km2", "km2", "area on the WGS84 ellipsoid",
      [&](std::size_t, std::size_t node) { return b.sums().area(node).to_double(kAreaQuantum); },
      kTotalOfArea);
  for (const kernels::Output* support : supports()) {
    const auto v = index_of(b.selection(), *support);
    b.add(
        std::string(support->area_name), "km2", std::string(support->long_name) + ", as an area",
        [&](std::size_t year, std::size_t node) {
          return v && b.has_value({*v}, year, node)
                     ? b.sums().at(year, *v, node).amount.to_double(kAreaQuantum)
                     : kNoValue;
        },
        kTotalOfArea);
  }
}

void add_totals(TableBuilder& b) {
  const std::vector<std::size_t> sinks = b.of_role(kernels::Role::kSink);
  const std::vector<std::size_t> emissions = b.of_role(kernels::Role::kEmission);
  const auto add_component = [&](const Component& c) {
    const auto v = b.total(c.total);
    b.add(
        c.total + "_t", kTonnesPerYear, c.meaning + ", total",
        [&](std::size_t year, std::size_t node) {
          return v && b.has_value({*v}, year, node)
                     ? b.sums().at(year, *v, node).amount.to_double(kTonneQuantum)
                     : kNoValue;
        },
        kTotalAYear);
  };
  for (const Component& c : components()) {
    if (c.sink) add_component(c);
  }
  const std::string& partial = b.selection().partial;
  b.add(
      "sink_t", kTonnesPerYear,
      "total sink of carbon dioxide" + (partial.empty() ? std::string{} : " (" + partial + ")"),
      [&](std::size_t year, std::size_t node) {
        return b.has_value(sinks, year, node) ? b.amount(sinks, year, node).to_double(kTonneQuantum)
                                              : kNoValue;
      },
      kTotalAYear);
  for (const Component& c : components()) {
    if (!c.sink) add_component(c);
  }
  b.add(
      "balance_t", kTonnesPerYear, "total sink minus emissions",
      [&](std::size_t year, std::size_t node) {
        if (!b.has_value(sinks, year, node) || !b.has_value(emissions, year, node)) return kNoValue;
        ExactSum sum = b.amount(sinks, year, node);
        sum.value -= b.amount(emissions, year, node).value;
        return sum.to_double(kTonneQuantum);
      },
      kTotalAYear);
  b.add("cnci_pct", "percent", "total sink as a percentage of emissions",
        [&](std::size_t year, std::size_t node) {
          return 100 * ratio(b.value("sink_t", year, node), b.value("ce_t", year, node));
        });
}

void add_fluxes(TableBuilder& b) {
  for (const Component& c : components()) {
    const auto v = b.total(c.total);
    b.add(
        c.flux, kFlux, c.meaning + ", mean over the valid area",
        [&](std::size_t year, std::size_t node) {
          if (!v) return kNoValue;
          const engine::Sums& sums = b.sums().at(year, *v, node);
          return ratio(sums.amount.to_double(kTonneQuantum), sums.area.to_double(kAreaQuantum));
        },
        kMeanOfArea);
  }
  for (const kernels::Output* support : supports()) {
    const kernels::Output* supported = nullptr;
    for (const kernels::Kernel& kernel : kernels::registry()) {
      for (const kernels::Output& output : kernel.outputs) {
        if (output.name == support->support_of) supported = &output;
      }
    }
    if (supported == nullptr) continue;
    const std::string total = std::string(supported->total_name) + "_t";
    b.add(
        std::string(support->support_flux_name), kFlux,
        std::string(supported->long_name) + ", per " + std::string(support->long_name),
        [&](std::size_t year, std::size_t node) {
          return ratio(b.value(total, year, node),
                       b.value(std::string(support->area_name), year, node));
        },
        kMeanOfArea);
  }
}

void add_missing(TableBuilder& b) {
  for (const Component& c : components()) {
    const auto v = b.total(c.total);
    b.add(
        "missing_" + c.total + "_km2", "km2", "area without a value of " + c.meaning,
        [&](std::size_t year, std::size_t node) {
          ExactSum missing = b.sums().area(node);
          if (v) missing.value -= b.sums().at(year, *v, node).area.value;
          return missing.to_double(kAreaQuantum);
        },
        kTotalOfArea);
  }
}

void add_shares(TableBuilder& b) {
  for (const char* stem : {"sink", "ce"}) {
    const std::string total = std::string(stem) + "_t";
    b.add("share_of_parent_" + std::string(stem) + "_pct", "percent",
          "share of the parent zone's " + std::string(stem),
          [&](std::size_t year, std::size_t node) {
            const std::int64_t parent = b.sums().zones().nodes[node].parent;
            if (parent < 0) return kNoValue;
            const double whole = b.value(total, year, static_cast<std::size_t>(parent));
            return whole != 0 ? 100 * b.value(total, year, node) / whole : kNoValue;
          });
  }
}

}  // namespace

io::ZoneTable make_zone_table(const Job& job, const Selection& selection,
                              const engine::SumTree& sums,
                              const std::vector<io::JoinedTable>& tables) {
  TableBuilder builder(job, selection, sums);
  add_areas(builder);
  add_totals(builder);
  add_fluxes(builder);
  add_missing(builder);
  add_shares(builder);
  add_columns_beside(builder, tables);
  return builder.take();
}

io::ProfileTable make_profile(const Job& job, const Selection& selection,
                              const engine::SumTree& sums) {
  io::ProfileTable profile;
  profile.years = job.years;
  profile.step_deg = job.profile_step_deg;
  for (const auto& [band, data] : sums.bands()) {
    profile.lat_south.push_back(band_south_deg(band, job.profile_step_deg));
  }
  const auto add =
      [&](const std::string& name, const std::string& unit, const std::string& long_name,
          const std::function<double(std::size_t, const engine::SumTree::Band&)>& cell) {
        ZoneTable::Column column{name, unit, long_name, {}};
        for (std::size_t year = 0; year < job.years.size(); ++year) {
          for (const auto& [band, data] : sums.bands()) column.values.push_back(cell(year, data));
        }
        profile.columns.push_back(std::move(column));
      };
  add("area_km2", "km2", "zoned area of the band",
      [](std::size_t, const auto& band) { return band.area.to_double(kAreaQuantum); });
  for (std::size_t v = 0; v < selection.sums.size(); ++v) {
    const kernels::Output* output = selection.sums[v].output;
    if (output == nullptr || output->total_name.empty()) continue;
    const auto at = [&, v](std::size_t year, const engine::SumTree::Band& band) {
      return band.sums[year * selection.sums.size() + v];
    };
    add(std::string(output->total_name) + "_t", kTonnesPerYear,
        std::string(output->long_name) + ", total", [&](std::size_t year, const auto& band) {
          return at(year, band).amount.to_double(kTonneQuantum);
        });
    add(std::string(output->flux_name), kFlux,
        std::string(output->long_name) + ", mean over the valid area",
        [&](std::size_t year, const auto& band) {
          const engine::Sums sum = at(year, band);
          return ratio(sum.amount.to_double(kTonneQuantum), sum.area.to_double(kAreaQuantum));
        });
  }
  return profile;
}

}  // namespace cnci::jobs
