#include "jobs/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>

#include "engine/error.h"
#include "engine/zone_tree.h"
#include "jobs/command_line.h"
#include "jobs/comparison_side.h"
#include "jobs/keys_nearest.h"

namespace cnci::jobs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool among(const std::string& name, const std::vector<std::string>& names) {
  return std::ranges::find(names, name) != names.end();
}

/// The year of each side: as asked, else the latest that all have, else each one's latest.
std::vector<std::optional<int>> years_of_sides(const std::vector<ComparisonSource>& sources,
                                               const std::vector<int>& asked) {
  std::vector<std::optional<int>> years(sources.size());
  if (!asked.empty()) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      years[i] = asked.size() == 1 ? asked.front() : asked[i];
    }
    return years;
  }
  std::vector<int> common;
  bool first = true;
  for (const ComparisonSource& source : sources) {
    const std::vector<int> here = ComparisonSide::years_of(source);
    if (here.empty()) continue;
    if (first) common = here;
    first = false;
    std::erase_if(common, [&](int year) { return std::ranges::find(here, year) == here.end(); });
  }
  if (!common.empty()) years.assign(sources.size(), common.back());
  return years;
}

class Comparer {
 public:
  Comparer(const std::vector<ComparisonSource>& sources, const CompareOptions& options)
      : options_(options) {
    const auto years = years_of_sides(sources, options.years);
    for (std::size_t i = 0; i < sources.size(); ++i) sides_.emplace_back(sources[i], years[i]);
    published_ = std::ranges::any_of(sources, &ComparisonSource::published);
    choose_levels();
    choose_columns();
  }

  Comparison operator()() {
    for (const ComparisonSide& side : sides_) {
      result_.sides.push_back({side.source().path, side.year(), side.source().published, {}, {}});
    }
    find_those_alone();
    for (const std::string& level : levels_) {
      const std::vector<ComparedZone> zones = zones_of(level);
      for (std::size_t column = 0; column < result_.columns.size(); ++column) {
        add_rows(zones, column);
      }
    }
    for (const ComparisonSide& side : sides_) judge(side.source());
    return std::move(result_);
  }

 private:
  [[nodiscard]] const ComparisonSide& first() const { return sides_.front(); }
  [[nodiscard]] const ComparisonSide& second() const { return *std::next(sides_.begin()); }
  template <typename Condition>
  [[nodiscard]] bool any_other(const Condition& condition) const {
    return std::any_of(std::next(sides_.begin()), sides_.end(), condition);
  }

  /// The one whose order of levels and zones is taken: a table has one, published figures have not.
  [[nodiscard]] const ComparisonSide& ordered() const {
    const auto it = std::ranges::find_if(
        sides_, [](const ComparisonSide& side) { return !side.source().published; });
    return it == sides_.end() ? first() : *it;
  }

  void choose_levels() {
    if (options_.level.empty() && published_) {
      levels_ = ordered().levels();
      for (const ComparisonSide& side : sides_) {
        for (const std::string& level : side.levels()) {
          if (!among(level, levels_)) levels_.push_back(level);
        }
      }
      return;
    }
    levels_ = {options_.level.empty() ? first().levels().back() : options_.level};
    for (const ComparisonSide& side : sides_) {
      if (among(levels_.front(), side.levels())) continue;
      throw UsageError("--level: " + side.source().path + " has no level '" + levels_.front() +
                       "'" + did_you_mean(levels_.front(), side.levels()) +
                       " (levels: " + joined(side.levels()) + ")");
    }
  }

  [[nodiscard]] bool compares_level(const std::string& level) const {
    return among(level, levels_);
  }

  /// On the first side and on another: only such a column has anything to compare.
  [[nodiscard]] bool is_shared(const ComparedColumn& column) const {
    return first().has_column(column) &&
           any_other([&](const auto& side) { return side.has_column(column); });
  }

  void add_column(const ComparedColumn& column) {
    for (const ComparedColumn& known : result_.columns) {
      if (known.name == column.name) return;
    }
    result_.columns.push_back(column);
    result_.units.push_back(compared_unit(column));
  }

  void choose_columns() {
    if (!options_.columns.empty()) {
      for (const std::string& text : options_.columns) add_column(column_asked_for(text));
      return;
    }
    for (const std::string& name : default_columns()) {
      const ComparedColumn column = parse_compared_column(name);
      if (is_shared(column)) add_column(column);
    }
    if (result_.columns.empty()) {
      throw UsageError("no column is on both sides; " + first().source().path + " has " +
                       joined(first().columns()) + "; " + second().source().path + " has " +
                       joined(second().columns()));
    }
  }

  /// Those that are published; else in a table what a terminal has room for; else all.
  [[nodiscard]] std::vector<std::string> default_columns() const {
    if (published_) {
      std::vector<std::string> names;
      for (const ComparisonSide& side : sides_) {
        if (!side.source().published) continue;
        names.insert(names.end(), side.columns().begin(), side.columns().end());
      }
      return names;
    }
    if (options_.format != TableFormat::kTable) return first().columns();
    std::vector<std::string> main = {"area_km2", "ccs_t", "scs_t",     "vscs_t",
                                     "sink_t",   "ce_t",  "balance_t", "cnci_pct"};
    const bool any = std::ranges::any_of(main, [&](const std::string& name) {
      return is_shared({name, name, "", ""});
    });
    return any ? main : first().columns();
  }

  [[nodiscard]] std::vector<std::string> known_columns() const {
    std::vector<std::string> names;
    for (const ComparisonSide& side : sides_) {
      for (const std::string& name : side.columns()) {
        if (!among(name, names)) names.push_back(name);
      }
    }
    return names;
  }

  /// By its name, or by its stem: `cnci` is cnci_pct, `sink` is sink_t.
  [[nodiscard]] ComparedColumn column_asked_for(const std::string& text) const {
    try {
      for (const char* suffix : {"", "_pct", "_t", "_km2"}) {
        const ComparedColumn column = parse_compared_column(text + suffix);
        if (is_shared(column)) return column;
      }
    } catch (const engine::Error& error) {
      throw UsageError(std::string("--columns: ") + error.what());
    }
    const auto known = known_columns();
    throw UsageError("--columns: '" + text + "' is not on both sides" +
                     (among(text, known) ? "" : did_you_mean(text, known)) +
                     " (columns: " + joined(known) + ")");
  }

  /// Zones of the level that the first side and another have, by code.
  [[nodiscard]] std::vector<ComparedZone> zones_of(const std::string& level) const {
    std::vector<ComparedZone> zones;
    for (const auto& zone : first().zones()) {
      if (zone.level != level || !has_other(zone.level, zone.code)) continue;
      zones.push_back({zone.level, zone.code, name_of(zone)});
    }
    std::stable_sort(zones.begin(), zones.end(), [](const auto& a, const auto& b) {
      return engine::code_less(a.code, b.code);
    });
    return zones;
  }

  [[nodiscard]] bool has_other(const std::string& level, const std::string& code) const {
    return any_other([&](const auto& side) { return side.has_zone(level, code); });
  }

  /// A published table need not repeat the names.
  [[nodiscard]] std::string name_of(const ComparisonSide::Zone& zone) const {
    if (!first().source().published || ordered().source().published) return zone.name;
    for (const auto& known : ordered().zones()) {
      if (known.level == zone.level && known.code == zone.code) return known.name;
    }
    return zone.name;
  }

  void find_those_alone() {
    std::size_t i = 0;
    for (const ComparisonSide& side : sides_) {
      ComparedSide& found = result_.sides[i];
      const bool is_first = i++ == 0;
      for (const auto& zone : side.zones()) {
        if (!compares_level(zone.level)) continue;
        const bool there =
            is_first ? has_other(zone.level, zone.code) : first().has_zone(zone.level, zone.code);
        if (!there) found.zones_alone.push_back({zone.level, zone.code, zone.name});
      }
      // Whoever publishes chooses; that the rest of a table is not published says nothing.
      if (!options_.columns.empty() || (published_ && !side.source().published)) continue;
      for (const std::string& name : side.columns()) {
        const ComparedColumn column = parse_compared_column(name);
        const bool there =
            is_first ? any_other([&](const auto& other) { return other.has_column(column); })
                     : first().has_column(column);
        if (!there) found.columns_alone.push_back(name);
      }
    }
  }

  void add_rows(const std::vector<ComparedZone>& zones, std::size_t column) {
    std::vector<ComparisonRow> rows;
    for (const ComparedZone& zone : zones) add_rows_of_zone(zone, column, rows);
    if (options_.sort == "difference" || options_.sort == "ratio") {
      const auto size = [&](const ComparisonRow& row) {
        return options_.sort == "ratio" ? row.ratios.front() : std::abs(row.differences.front());
      };
      const auto missing = std::stable_partition(
          rows.begin(), rows.end(), [&](const auto& row) { return !std::isnan(size(row)); });
      std::stable_sort(rows.begin(), missing,
                       [&](const auto& a, const auto& b) { return size(a) > size(b); });
    }
    if (options_.top && rows.size() > *options_.top) rows.resize(*options_.top);
    std::ranges::move(rows, std::back_inserter(result_.rows));
  }

  /// A row for each place where a figure is published; what is not published stands beside each.
  void add_rows_of_zone(const ComparedZone& zone, std::size_t column,
                        std::vector<ComparisonRow>& rows) const {
    std::vector<std::vector<SideFigure>> all;
    std::vector<std::string> places;
    for (const ComparisonSide& side : sides_) {
      all.push_back(side.figures(zone.level, zone.code, result_.columns[column]));
      for (const SideFigure& figure : all.back()) {
        const std::string place = figure.published ? figure.published->source : "";
        if (figure.published && !among(place, places)) places.push_back(place);
      }
    }
    if (places.empty()) places.emplace_back();
    for (const std::string& place : places) {
      ComparisonRow row;
      row.zone = zone;
      row.column = column;
      row.source = place;
      bool any_other = false;
      bool is_first = true;
      bool has_first = false;
      for (const std::vector<SideFigure>& figures : all) {
        const SideFigure* figure = figure_at(figures, place);
        row.values.push_back(figure == nullptr ? kMissing : figure->value);
        (is_first ? has_first : any_other) |= figure != nullptr;
        is_first = false;
        if (figure == nullptr || figure->published == nullptr) continue;
        if (row.group == FigureGroup::kNone) row.group = figure->published->group;
        if (row.note.empty()) row.note = figure->published->note;
      }
      if (!has_first || !any_other) continue;
      for (std::size_t i = 1; i < row.values.size(); ++i) {
        const double from = row.values.front();
        row.differences.push_back(row.values[i] - from);
        row.ratios.push_back(from == 0 ? kMissing : row.values[i] / from);
      }
      rows.push_back(std::move(row));
    }
  }

  /// What a side says in a place; what stands in no place in particular goes with any.
  [[nodiscard]] static const SideFigure* figure_at(const std::vector<SideFigure>& figures,
                                                   const std::string& place) {
    const SideFigure* anywhere = nullptr;
    for (const SideFigure& figure : figures) {
      const std::string here = figure.published ? figure.published->source : "";
      if (here == place && figure.published) return &figure;
      if (here.empty()) anywhere = &figure;
    }
    return anywhere;
  }

  /// Figures that are published of what is compared, whether or not another side has them.
  void judge(const ComparisonSource& source) {
    for (const PublishedFigure& figure : source.figures) {
      if (!compares_level(figure.level)) continue;
      if (!options_.columns.empty() &&
          std::ranges::find(result_.columns, figure.column, &ComparedColumn::name) ==
              result_.columns.end()) {
        continue;
      }
      ++result_.published;
      if (does_not_add_up(figure.group)) result_.doubtful.push_back(figure);
    }
  }

  const CompareOptions& options_;
  std::list<ComparisonSide> sides_;
  bool published_ = false;
  std::vector<std::string> levels_;
  Comparison result_;
};

}  // namespace

Comparison compare(const std::vector<ComparisonSource>& sources, const CompareOptions& options) {
  return Comparer(sources, options)();
}

}  // namespace cnci::jobs
