#include "jobs/result_table.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "engine/error.h"
#include "engine/exact_sum.h"
#include "jobs/latitude_band.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using engine::ExactSum;
using engine::kAreaQuantum;
using io::ZoneTable;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kTonneQuantum = 0x1p-30;
constexpr const char* kTonnes = "t year-1";
constexpr const char* kFlux = "t km-2 year-1";
// What a value is of its zone and year, in CF's words.
constexpr const char* kTotalOfArea = "area: sum";
constexpr const char* kTotalAYear = "area: sum time: mean";
constexpr const char* kMeanOfArea = "area: mean time: mean";

/// A column's name from a name of the job: letters, digits and underscores.
std::string identifier(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

/// Persons stay "population"; everything else carries its unit: gdp_usd, energy_tj.
std::string joined_name(const std::string& name, const std::string& unit) {
  const std::string stem = identifier(name);
  return unit.empty() || unit == "1" || unit == "persons" ? stem : stem + "_" + identifier(unit);
}

double ratio(double a, double b) { return b > 0 ? a / b : kNone; }

/// Builds the columns of a table year by year and node by node.
class TableBuilder {
 public:
  TableBuilder(const Job& job, const Selection& selection, const engine::SumTree& sums)
      : job_(job), selection_(selection), sums_(sums) {
    const engine::ZoneTree& tree = sums.zones();
    table_.years = job.years;
    for (const engine::ZoneNode& node : tree.nodes) {
      const std::string parent =
          node.parent < 0 ? std::string{} : tree.nodes[static_cast<std::size_t>(node.parent)].code;
      table_.nodes.push_back(
          {tree.levels.at(static_cast<std::size_t>(node.level)), node.code, node.name, parent});
    }
  }

  using Cell = std::function<double(std::size_t year, std::size_t node)>;
  void add(const std::string& name, const std::string& unit, const std::string& long_name,
           const Cell& cell, const char* cell_methods = "") {
    ZoneTable::Column column{name, unit, long_name, {}, cell_methods};
    for (std::size_t year = 0; year < table_.years.size(); ++year) {
      for (std::size_t node = 0; node < table_.nodes.size(); ++node) {
        column.values.push_back(cell(year, node));
      }
    }
    table_.columns.push_back(std::move(column));
  }
  [[nodiscard]] double value(const std::string& name, std::size_t year, std::size_t node) const {
    const ZoneTable::Column* column = table_.find(name);
    return column == nullptr ? kNone : column->values[table_.index(year, node)];
  }
  [[nodiscard]] bool has(const std::string& name) const { return table_.find(name) != nullptr; }

  /// Index of the summed output with this total name ("ccs"), if the job computes it.
  [[nodiscard]] std::optional<std::size_t> total(const std::string& name) const {
    for (std::size_t v = 0; v < selection_.sums.size(); ++v) {
      const kernels::Output* output = selection_.sums[v].output;
      if (output != nullptr && output->total_name == name) return v;
    }
    return std::nullopt;
  }
  /// Indices of the outputs of one role.
  [[nodiscard]] std::vector<std::size_t> of_role(kernels::Role role) const {
    std::vector<std::size_t> out;
    for (std::size_t v = 0; v < selection_.sums.size(); ++v) {
      const kernels::Output* output = selection_.sums[v].output;
      if (output != nullptr && output->role == role) out.push_back(v);
    }
    return out;
  }
  [[nodiscard]] ExactSum amount(const std::vector<std::size_t>& variables, std::size_t year,
                                std::size_t node) const {
    ExactSum sum;
    for (const std::size_t v : variables) sum += sums_.at(year, v, node).amount;
    return sum;
  }
  /// Whether any cell of a zone has a value of any of these variables: a sum of nothing is missing.
  [[nodiscard]] bool has_value(const std::vector<std::size_t>& variables, std::size_t year,
                               std::size_t node) const {
    return std::any_of(variables.begin(), variables.end(),
                       [&](std::size_t v) { return sums_.at(year, v, node).area.value != 0; });
  }
  [[nodiscard]] const engine::SumTree& sums() const { return sums_; }
  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] const Selection& selection() const { return selection_; }
  [[nodiscard]] ZoneTable take() { return std::move(table_); }
  [[nodiscard]] const ZoneTable& table() const { return table_; }

  /// Where a joined column lacks zones below a node: its sum there is a lower bound, of which no
  /// ratio is made.
  void set_incomplete(const std::string& name, std::vector<bool> where) {
    incomplete_[name] = std::move(where);
  }
  [[nodiscard]] bool complete(const std::string& name, std::size_t year, std::size_t node) const {
    const auto it = incomplete_.find(name);
    return it == incomplete_.end() || !it->second[table_.index(year, node)];
  }

 private:
  std::map<std::string, std::vector<bool>> incomplete_;
  const Job& job_;
  const Selection& selection_;
  const engine::SumTree& sums_;
  ZoneTable table_;
};

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
                     : kNone;
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
        c.total + "_t", kTonnes, c.meaning + ", total",
        [&](std::size_t year, std::size_t node) {
          return v && b.has_value({*v}, year, node)
                     ? b.sums().at(year, *v, node).amount.to_double(kTonneQuantum)
                     : kNone;
        },
        kTotalAYear);
  };
  for (const Component& c : components()) {
    if (c.sink) add_component(c);
  }
  const std::string& partial = b.selection().partial;
  b.add(
      "sink_t", kTonnes,
      "total sink of carbon dioxide" + (partial.empty() ? std::string{} : " (" + partial + ")"),
      [&](std::size_t year, std::size_t node) {
        return b.has_value(sinks, year, node) ? b.amount(sinks, year, node).to_double(kTonneQuantum)
                                              : kNone;
      },
      kTotalAYear);
  for (const Component& c : components()) {
    if (!c.sink) add_component(c);
  }
  b.add(
      "balance_t", kTonnes, "total sink minus emissions",
      [&](std::size_t year, std::size_t node) {
        if (!b.has_value(sinks, year, node) || !b.has_value(emissions, year, node)) return kNone;
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
          if (!v) return kNone;
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
            if (parent < 0) return kNone;
            const double whole = b.value(total, year, static_cast<std::size_t>(parent));
            return whole != 0 ? 100 * b.value(total, year, node) / whole : kNone;
          });
  }
}

/// Values of a joined table at every node: given at its level, sums of children above it.
void add_joined(TableBuilder& b, const io::JoinTableSpec& spec, const io::JoinedTable& joined) {
  const engine::ZoneTree& tree = b.sums().zones();
  const std::size_t nodes = tree.nodes.size();
  std::vector<double> values(b.job().years.size() * nodes, kNone);
  std::vector<bool> incomplete(values.size(), false);  // a zone below has no value
  for (std::size_t year = 0; year < b.job().years.size(); ++year) {
    double* row = values.data() + year * nodes;
    for (std::size_t node = nodes; node-- > 0;) {
      const engine::ZoneNode& zone = tree.nodes[node];
      if (tree.levels.at(static_cast<std::size_t>(zone.level)) == spec.level) {
        const auto it = joined.by_year[year].find(zone.code);
        row[node] = it == joined.by_year[year].end() ? kNone : it->second;
        incomplete[year * nodes + node] = false;  // given here, whatever lies below
      }
      if (zone.parent < 0) continue;
      if (std::isnan(row[node])) {
        incomplete[year * nodes + static_cast<std::size_t>(zone.parent)] = true;
        continue;
      }
      if (incomplete[year * nodes + node]) {
        incomplete[year * nodes + static_cast<std::size_t>(zone.parent)] = true;
      }
      double& parent = row[zone.parent];
      parent = std::isnan(parent) ? row[node] : parent + row[node];
    }
  }
  std::string name = joined_name(spec.name, spec.unit);
  if (b.has(name)) name += "_table";
  b.add(name, spec.unit, spec.name + " (joined table)",
        [&](std::size_t year, std::size_t node) { return values[year * nodes + node]; });
  b.set_incomplete(name, std::move(incomplete));
}

/// Layers of amounts: emissions by source, gridded population, ...
void add_layers(TableBuilder& b) {
  const auto& variables = b.selection().sums;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (variables[v].output != nullptr || variables[v].mean) continue;
    const std::string& layer = variables[v].layer;
    const auto dot = layer.find('.');
    std::string name;
    std::string unit;
    if (input_of(layer) == "emissions") {
      name = dot == std::string::npos ? "ce_emissions_t"
                                      : "ce_" + identifier(layer.substr(dot + 1)) + "_t";
      unit = kTonnes;
    } else {
      for (const auto& spec : b.job().layers) {
        if (spec.name == layer) unit = spec.quantity.unit;
      }
      name = joined_name(layer, unit);
    }
    if (b.has(name)) name += "_layer";
    b.add(
        name, unit, layer + " (sum of the layer)",
        [&, v](std::size_t year, std::size_t node) {
          return b.sums().at(year, v, node).amount.to_double(variables[v].sum.quantum);
        },
        unit == kTonnes ? kTotalAYear : kTotalOfArea);
  }
}

/// Means of the climate over the area where it is known.
void add_climate(TableBuilder& b) {
  const auto& variables = b.selection().sums;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const SummedVariable& variable = variables[v];
    if (!variable.mean) continue;
    std::string name = joined_name(variable.layer, variable.unit);
    if (b.has(name)) name += "_layer";
    b.add(name, variable.unit, variable.layer + ", mean over the area with a value",
          [&, v](std::size_t year, std::size_t node) {
            const engine::Sums& sums = b.sums().at(year, v, node);
            return ratio(sums.amount.to_double(variables[v].sum.quantum),
                         sums.area.to_double(kAreaQuantum));
          });
  }
}

void add_per_capita(TableBuilder& b) {
  if (b.has("population")) {
    for (const auto& [name, total] :
         {std::pair{"ce_per_person_t", "ce_t"}, std::pair{"sink_per_person_t", "sink_t"}}) {
      b.add(name, "t year-1", std::string(total) + " per person",
            [&, column = total](std::size_t year, std::size_t node) {
              return b.complete("population", year, node)
                         ? ratio(b.value(column, year, node), b.value("population", year, node))
                         : kNone;
            });
    }
  }
  if (b.has("gdp_usd")) {
    b.add("cei_t_per_1e4usd", "t year-1", "emissions per 10,000 USD of GDP",
          [&](std::size_t year, std::size_t node) {
            return b.complete("gdp_usd", year, node)
                       ? ratio(b.value("ce_t", year, node) * 1e4, b.value("gdp_usd", year, node))
                       : kNone;
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
  for (std::size_t i = 0; i < tables.size(); ++i) add_joined(builder, job.tables[i], tables[i]);
  add_layers(builder);
  add_per_capita(builder);
  add_climate(builder);
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
    add(std::string(output->total_name) + "_t", kTonnes, std::string(output->long_name) + ", total",
        [&](std::size_t year, const auto& band) {
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
