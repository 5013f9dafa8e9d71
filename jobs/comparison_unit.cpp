#include "jobs/comparison_unit.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/error.h"
#include "io/units.h"
#include "jobs/keys_values.h"
#include "jobs/zones_command.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using engine::Error;

/// Columns in t that are masses of CO2; a table that a user joins may be in t of anything.
bool is_total_of_dioxide(std::string_view column) {
  constexpr std::array<std::string_view, 3> kSums = {"sink_t", "balance_t", "ce_t"};
  if (std::ranges::find(kSums, column) != kSums.end()) return true;
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Output& output : kernel.outputs) {
      if (!output.total_name.empty() && column == std::string(output.total_name) + "_t") {
        return true;
      }
    }
  }
  return column.starts_with("ce_") && column.ends_with("_t");  // one of several inventories
}

ComparedUnit plain_compared_unit(const std::string& column) {
  if (column.ends_with("_per_person_t")) return {"t.person-1", "t CO2 person-1", 1, false, true};
  if (column.ends_with("_t_per_1e4usd")) return {"t/(1e4 USD)", "t CO2/(1e4 USD)", 1, false, true};
  const std::string unit = zone_column_unit(column);
  if (unit.empty()) return {};
  if (unit == "percent") return {"percent", "%"};
  if (unit.starts_with("t km-2")) return {"t km-2", "t CO2 km-2", 1, false, true};
  if (unit.starts_with("t ")) {
    const bool dioxide = is_total_of_dioxide(column);
    return {"t", dioxide ? "t CO2" : "t", 1, dioxide, dioxide};
  }
  return {unit, unit};
}

}  // namespace

ComparedColumn parse_compared_column(const std::string& text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() > 2 || parts.front().empty() || parts.back().empty()) {
    throw Error("'" + text + "' is no column, nor a share of two: ccs_t/sink_t");
  }
  if (parts.size() == 1) return {parts[0], parts[0], "", ""};
  const std::vector<std::string> below = split(parts[1], '.');
  if (below.size() > 2 || below.front().empty() || below.back().empty()) {
    throw Error("'" + parts[1] + "' is no column, nor one of a level: province.ccs_t");
  }
  return {parts[0] + "/" + parts[1], parts[0], below.size() == 2 ? below[0] : "", below.back()};
}

ComparedUnit compared_unit(const ComparedColumn& column) {
  const ComparedUnit above = plain_compared_unit(column.numerator);
  if (!column.is_share()) return above;
  const ComparedUnit below = plain_compared_unit(column.denominator);
  if (above.base.empty() || below.base.empty()) return {};
  if (above.base == below.base) return {"percent", "%", 100};
  ComparedUnit unit{above.base + "/(" + below.base + ")", above.shown + "/(" + below.shown + ")"};
  if (below.base == "persons") unit.shown = above.shown + " person-1";
  unit.is_dioxide = above.is_dioxide != below.is_dioxide;
  return unit;
}

double in_compared_unit(double value, const std::string& unit, const ComparedColumn& column) {
  const ComparedUnit target = compared_unit(column);
  if (target.base.empty()) return value;  // nothing is known to convert to
  if (unit.empty()) throw Error("the unit is absent; " + column.name + " is in " + target.shown);
  const io::ParsedUnit parsed = io::parse_unit(unit);
  if (parsed.per != io::Per::kNone && parsed.per != io::Per::kYear) {
    throw Error("the unit '" + unit + "' is not that of a year");
  }
  if (!io::convertible(parsed.base, target.base)) {
    throw Error("the unit '" + unit + "' cannot become that of " + column.name + ", " +
                target.shown);
  }
  if (target.is_dioxide && !parsed.substance) {
    throw Error("the unit '" + unit + "' does not say of what: t CO2 or t C");
  }
  if (!target.is_dioxide && parsed.substance) {
    throw Error("the unit '" + unit + "' is of carbon or CO2, " + column.name + " is in " +
                target.shown);
  }
  const io::LinearMap map = io::unit_map(parsed.base, target.base);
  const bool carbon = parsed.substance == io::Substance::kCarbon;
  return (map.a * value + map.b) * (carbon ? io::kCarbonToCarbonDioxide : 1);
}

}  // namespace cnci::jobs
