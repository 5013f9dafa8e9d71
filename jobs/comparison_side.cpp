#include "jobs/comparison_side.h"

#include <algorithm>
#include <limits>
#include <set>

#include "jobs/command_line.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

ComparisonSide::ComparisonSide(const ComparisonSource& source, std::optional<int> year)
    : source_(source) {
  const std::vector<int> years = years_of(source);
  if (!years.empty()) {
    year_ = year.value_or(years.back());
    const auto it = std::ranges::find(years, *year_);
    if (it == years.end()) {
      throw UsageError("--year: " + source.path + " has no year " + std::to_string(*year_) +
                       " (years: " + integer_list_text(years) +
                       "); give one for all, or one each: --year 2013,2019");
    }
    year_index_ = static_cast<std::size_t>(it - years.begin());
  }
  if (source.published) {
    take_figures();
  } else {
    take_table();
  }
}

std::vector<int> ComparisonSide::years_of(const ComparisonSource& source) {
  std::set<int> years;
  if (!source.published && source.has_years) {
    years.insert(source.table.years.begin(), source.table.years.end());
  }
  for (const PublishedFigure& figure : source.figures) {
    if (figure.year) years.insert(*figure.year);
  }
  return {years.begin(), years.end()};
}

void ComparisonSide::take_table() {
  for (const auto& node : source_.table.nodes) {
    add_once(levels_, node.level);
    nodes_.emplace(ZoneKey{node.level, node.code}, zones_.size());
    zones_.push_back({node.level, node.code, node.name});
  }
  for (const auto& column : source_.table.columns) columns_.push_back(column.name);
}

void ComparisonSide::take_figures() {
  for (const PublishedFigure& figure : source_.figures) {
    if (figure.year && figure.year != year_) continue;
    add_once(levels_, figure.level);
    add_once(columns_, figure.column);
    const ZoneKey zone{figure.level, figure.code};
    if (nodes_.emplace(zone, zones_.size()).second) {
      zones_.push_back({figure.level, figure.code, figure.name});
    }
    figures_[{zone, figure.column}].push_back(&figure);
  }
}

bool ComparisonSide::has_zone(const std::string& level, const std::string& code) const {
  return nodes_.contains({level, code});
}

bool ComparisonSide::has_column(const ComparedColumn& column) const {
  if (source_.published || !column.is_share()) {
    return std::ranges::find(columns_, column.name) != columns_.end();
  }
  const bool has_level = column.denominator_level.empty() ||
                         std::ranges::find(levels_, column.denominator_level) != levels_.end();
  return has_level && source_.table.find(column.numerator) != nullptr &&
         source_.table.find(column.denominator) != nullptr;
}

std::vector<SideFigure> ComparisonSide::figures(const std::string& level, const std::string& code,
                                                const ComparedColumn& column) const {
  std::vector<SideFigure> found;
  if (source_.published) {
    const auto it = figures_.find({{level, code}, column.name});
    if (it == figures_.end()) return {};
    for (const PublishedFigure* figure : it->second) found.push_back({figure->value, figure});
    return found;
  }
  const auto node = nodes_.find({level, code});
  if (node == nodes_.end() || !has_column(column)) return {};
  return {{table_value(node->second, column), nullptr}};
}

double ComparisonSide::table_value(std::size_t node, const ComparedColumn& column) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto value = [&](const std::string& name, std::size_t at) {
    return source_.table.find(name)->values[source_.table.index(year_index_, at)];
  };
  const double above = value(column.numerator, node);
  if (!column.is_share()) return above;
  const auto whole = column.denominator_level.empty() ? std::optional<std::size_t>(node)
                                                      : ancestor(node, column.denominator_level);
  const double below = whole ? value(column.denominator, *whole) : kNone;
  return below == 0 ? kNone : compared_unit(column).scale * above / below;
}

std::optional<std::size_t> ComparisonSide::ancestor(std::size_t node,
                                                    const std::string& level) const {
  while (source_.table.nodes[node].level != level) {
    const auto& child = source_.table.nodes[node];
    const auto at = std::ranges::find(levels_, child.level);
    if (at == levels_.begin()) return std::nullopt;
    const auto parent = nodes_.find({*std::prev(at), child.parent_code});
    if (parent == nodes_.end()) return std::nullopt;
    node = parent->second;
  }
  return node;
}

}  // namespace cnci::jobs
