#include "jobs/zones_command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "jobs/text_table.h"
#include "jobs/zones_command.h"

namespace cnci::jobs {
namespace {

using io::ZoneTable;

constexpr double kMuchMissing = 0.05;
constexpr std::string_view kTonnesAYear = "t year-1";
/// Columns that a terminal has room for; csv and json have them all.
constexpr std::initializer_list<const char*> kShown = {
    "area_km2", "ccs_t", "scs_t", "vscs_t", "sink_t", "ce_t", "balance_t", "cnci_pct"};

bool much_missing(const ZoneTable& table, std::size_t year, std::size_t node) {
  const ZoneTable::Column* area = table.find("area_km2");
  if (area == nullptr) return false;
  const std::size_t at = table.index(year, node);
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const auto& column) {
    return column.name.starts_with("missing_") &&
           column.values[at] > kMuchMissing * area->values[at];
  });
}

/// Masses that are shown, of all columns: they share one unit, so that they can be compared.
MassUnit unit_of_table(const ZoneTable& table, std::size_t year,
                       const std::vector<std::size_t>& nodes, MassUnit asked) {
  std::vector<double> masses;
  for (const char* shown : kShown) {
    const ZoneTable::Column* column = table.find(shown);
    if (column == nullptr || zone_column_unit(shown) != kTonnesAYear) continue;
    for (const std::size_t node : nodes) masses.push_back(column->values[table.index(year, node)]);
  }
  return readable_unit(asked, masses);
}

/// More is taken up than emitted, or less.
Tone tone_of(std::string_view column, double value) {
  if (column == "balance_t" && value != 0) return value > 0 ? Tone::kGood : Tone::kBad;
  if (column == "cnci_pct" && value >= 100) return Tone::kGood;
  return Tone::kPlain;
}

}  // namespace

std::string aligned_table(const ZoneTable& table, std::size_t year,
                          const std::vector<std::size_t>& nodes, const TableLook& look) {
  TextColumn code{{"code", ""}, true};
  TextColumn name{{"name", ""}, true};
  bool marked = false;
  for (const std::size_t node : nodes) {
    const bool mark = much_missing(table, year, node);
    marked = marked || mark;
    code.cells.push_back({table.nodes[node].code});
    name.cells.push_back(
        {table.nodes[node].name + (mark ? " *" : ""), mark ? Tone::kDoubtful : Tone::kPlain});
  }
  std::vector<TextColumn> columns = {code, name};
  const MassUnit mass = unit_of_table(table, year, nodes, look.mass);
  for (const char* shown : kShown) {
    const ZoneTable::Column* column = table.find(shown);
    if (column == nullptr) continue;
    const std::string title(shown);
    std::string unit = zone_column_unit(title);
    double scale = 1;
    if (unit == kTonnesAYear) {
      unit = mass_unit_text(mass);  // of the year in the first line
      scale = tonnes_of(mass);
    }
    TextColumn numbers{{title.substr(0, title.rfind('_')), unit}, false};
    for (const std::size_t node : nodes) {
      const double value = column->values[table.index(year, node)];
      numbers.cells.push_back({short_number(value / scale), tone_of(title, value)});
    }
    columns.push_back(std::move(numbers));
  }
  std::string text = fmt::format("{}, {}; {} is CO2 of the year\n", table.years[year],
                                 nodes.empty() ? "no zones" : table.nodes[nodes.front()].level,
                                 mass_unit_text(mass));
  text += laid_out(columns, look.colours);
  if (marked) text += "* more than 5 % of the area has no value of some component\n";
  return text;
}

}  // namespace cnci::jobs
