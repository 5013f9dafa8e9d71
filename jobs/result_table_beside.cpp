#include "jobs/result_table_beside.h"

#include <cctype>
#include <cmath>
#include <cstdint>

namespace cnci::jobs {
namespace {

using engine::kAreaQuantum;

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

/// Values of a joined table at every node: given at its level, sums of children above it.
void add_joined(TableBuilder& b, const io::JoinTableSpec& spec, const io::JoinedTable& joined) {
  const engine::ZoneTree& tree = b.sums().zones();
  const std::size_t nodes = tree.nodes.size();
  std::vector<double> values(b.job().years.size() * nodes, kNoValue);
  std::vector<bool> incomplete(values.size(), false);  // a zone below has no value
  for (std::size_t year = 0; year < b.job().years.size(); ++year) {
    double* row = values.data() + year * nodes;
    for (std::size_t node = nodes; node-- > 0;) {
      const engine::ZoneNode& zone = tree.nodes[node];
      if (tree.levels.at(static_cast<std::size_t>(zone.level)) == spec.level) {
        const auto it = joined.by_year[year].find(zone.code);
        row[node] = it == joined.by_year[year].end() ? kNoValue : it->second;
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
      unit = kTonnesPerYear;
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
        unit == kTonnesPerYear ? kTotalAYear : kTotalOfArea);
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
                         : kNoValue;
            });
    }
  }
  if (b.has("gdp_usd")) {
    b.add("cei_t_per_1e4usd", "t year-1", "emissions per 10,000 USD of GDP",
          [&](std::size_t year, std::size_t node) {
            return b.complete("gdp_usd", year, node)
                       ? ratio(b.value("ce_t", year, node) * 1e4, b.value("gdp_usd", year, node))
                       : kNoValue;
          });
  }
}

}  // namespace

void add_columns_beside(TableBuilder& builder, const std::vector<io::JoinedTable>& tables) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    add_joined(builder, builder.job().tables[i], tables[i]);
  }
  add_layers(builder);
  add_per_capita(builder);
  add_climate(builder);
}

}  // namespace cnci::jobs
