#include "jobs/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "io/csv.h"
#include "jobs/text_table.h"

namespace cnci::jobs {
namespace {

using Json = nlohmann::ordered_json;

/// Names that a remark lists before it counts the rest.
constexpr std::size_t kNamed = 8;

std::string year_text(const std::optional<int>& year) {
  return year ? std::to_string(*year) : std::string{};
}

std::string side_title(const ComparedSide& side) {
  return side.path + (side.year ? ", " + std::to_string(*side.year) : "") +
         (side.published ? " (published)" : "");
}

std::string zone_text(const ComparedZone& zone) {
  return zone.level + " " + zone.code + (zone.name.empty() ? "" : " " + zone.name);
}

/// "a, b and 7 more"
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kNamed ? fmt::format("{} and {} more", text, names.size() - kNamed) : text;
}

/// By column: the unit in which its masses are shown; of all levels, so that they can be compared.
std::vector<MassUnit> shown_masses(const Comparison& comparison, MassUnit asked) {
  std::vector<std::vector<double>> masses(comparison.columns.size());
  for (const ComparisonRow& row : comparison.rows) {
    if (!comparison.units[row.column].is_mass) continue;
    auto& values = masses[row.column];
    values.insert(values.end(), row.values.begin(), row.values.end());
  }
  std::vector<MassUnit> units;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    units.push_back(comparison.units[i].is_mass ? readable_unit(asked, masses[i])
                                                : MassUnit::kTonnes);
  }
  return units;
}

Tone tone_of_group(FigureGroup group) {
  switch (group) {
    case FigureGroup::kConsistent:
      return Tone::kGood;
    case FigureGroup::kInconsistent:
      return Tone::kBad;
    case FigureGroup::kUnsupported:
      return Tone::kDoubtful;
    case FigureGroup::kNone:
    case FigureGroup::kUnchecked:
      break;
  }
  return Tone::kPlain;
}

std::string ratio_text(double ratio) {
  if (std::isnan(ratio)) return "-";
  return std::abs(ratio) < 1000 ? fmt::format("{:.3f}", ratio) : fmt::format("{:.4g}", ratio);
}

/// A column that has something to say for a row at least.
void add_where_used(std::vector<TextColumn>& columns, TextColumn column) {
  const bool used =
      std::ranges::any_of(column.cells, [](const TextCell& cell) { return !cell.text.empty(); });
  if (used) columns.push_back(std::move(column));
}

std::vector<TextColumn> table_columns(const Comparison& comparison, MassUnit mass) {
  const std::vector<MassUnit> masses = shown_masses(comparison, mass);
  const std::size_t sides = comparison.sides.size();
  TextColumn level{{"level"}, true};
  TextColumn code{{"code"}, true};
  TextColumn name{{"name"}, true};
  TextColumn figure{{"figure"}, true};
  TextColumn unit{{"unit"}, true};
  std::vector<TextColumn> values;
  std::vector<TextColumn> differences;
  std::vector<TextColumn> ratios;
  for (std::size_t i = 1; i <= sides; ++i) values.push_back({{fmt::format("[{}]", i)}});
  for (std::size_t i = 2; i <= sides; ++i) {
    differences.push_back({{fmt::format("[{}]-[1]", i)}});
    ratios.push_back({{fmt::format("[{}]/[1]", i)}});
  }
  TextColumn group{{"arithmetic"}, true};
  TextColumn source{{"published in"}, true};
  for (const ComparisonRow& row : comparison.rows) {
    const ComparedUnit& measured = comparison.units[row.column];
    const double scale = measured.is_mass ? tonnes_of(masses[row.column]) : 1;
    level.cells.push_back({row.zone.level});
    code.cells.push_back({row.zone.code});
    name.cells.push_back({row.zone.name});
    figure.cells.push_back({comparison.columns[row.column].name});
    unit.cells.push_back({measured.is_mass
                              ? fmt::format("{} CO2", mass_unit_text(masses[row.column]))
                              : measured.shown});
    for (std::size_t i = 0; i < sides; ++i) {
      values[i].cells.push_back({short_number(row.values[i] / scale)});
    }
    for (std::size_t i = 0; i + 1 < sides; ++i) {
      differences[i].cells.push_back({short_number(row.differences[i] / scale)});
      ratios[i].cells.push_back({ratio_text(row.ratios[i])});
    }
    group.cells.push_back({figure_group_name(row.group), tone_of_group(row.group)});
    source.cells.push_back({row.source});
  }
  std::vector<TextColumn> columns = {level, code, name, figure, unit};
  for (auto* more : {&values, &differences, &ratios}) {
    std::ranges::move(*more, std::back_inserter(columns));
  }
  add_where_used(columns, std::move(group));
  add_where_used(columns, std::move(source));
  return columns;
}

Json number_or_null(double value) { return std::isnan(value) ? Json() : Json(value); }

Json numbers_json(const std::vector<double>& values) {
  Json array = Json::array();
  for (const double value : values) array.push_back(number_or_null(value));
  return array;
}

Json zone_json(const ComparedZone& zone) {
  return {{"level", zone.level}, {"code", zone.code}, {"name", zone.name}};
}

Json side_json(const ComparedSide& side) {
  Json zones = Json::array();
  for (const ComparedZone& zone : side.zones_alone) zones.push_back(zone_json(zone));
  return {{"path", side.path},
          {"year", side.year ? Json(*side.year) : Json()},
          {"published", side.published},
          {"zones_alone", std::move(zones)},
          {"columns_alone", side.columns_alone}};
}

Json row_json(const Comparison& comparison, const ComparisonRow& row) {
  Json json = zone_json(row.zone);
  json["column"] = comparison.columns[row.column].name;
  json["unit"] = comparison.units[row.column].shown;
  json["values"] = numbers_json(row.values);
  json["differences"] = numbers_json(row.differences);
  json["ratios"] = numbers_json(row.ratios);
  json["group"] = figure_group_name(row.group);
  json["source"] = row.source;
  json["note"] = row.note;
  return json;
}

Json doubtful_json(const PublishedFigure& figure) {
  return {{"level", figure.level},     {"code", figure.code},
          {"name", figure.name},       {"column", figure.column},
          {"printed", figure.printed}, {"group", figure_group_name(figure.group)},
          {"source", figure.source},   {"note", figure.note}};
}

}  // namespace

std::string comparison_table(const Comparison& comparison, MassUnit mass, bool colours) {
  std::string text;
  for (std::size_t i = 0; i < comparison.sides.size(); ++i) {
    text += fmt::format("[{}] {}\n", i + 1, side_title(comparison.sides[i]));
  }
  return text + laid_out(table_columns(comparison, mass), colours);
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text =
      "level,code,name,column,unit,first,other,difference,ratio,first_year,other_year,other_path,"
      "group,source,note\n";
  for (const ComparisonRow& row : comparison.rows) {
    for (std::size_t i = 1; i < comparison.sides.size(); ++i) {
      const ComparedSide& other = comparison.sides[i];
      const std::string fields[] = {row.zone.level,
                                    row.zone.code,
                                    row.zone.name,
                                    comparison.columns[row.column].name,
                                    comparison.units[row.column].shown,
                                    io::number_text(row.values.front()),
                                    io::number_text(row.values[i]),
                                    io::number_text(row.differences[i - 1]),
                                    io::number_text(row.ratios[i - 1]),
                                    year_text(comparison.sides.front().year),
                                    year_text(other.year),
                                    other.path,
                                    figure_group_name(row.group),
                                    row.source,
                                    row.note};
      bool first = true;
      for (const std::string& field : fields) {
        text += (first ? "" : ",") + io::csv_field(field);
        first = false;
      }
      text += '\n';
    }
  }
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  Json json = {{"sides", Json::array()}, {"rows", Json::array()}};
  for (const ComparedSide& side : comparison.sides) json["sides"].push_back(side_json(side));
  for (const ComparisonRow& row : comparison.rows) {
    json["rows"].push_back(row_json(comparison, row));
  }
  json["published_figures"] = comparison.published;
  json["do_not_add_up"] = Json::array();
  for (const PublishedFigure& figure : comparison.doubtful) {
    json["do_not_add_up"].push_back(doubtful_json(figure));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparison_remarks(const Comparison& comparison) {
  std::string text;
  for (std::size_t i = 0; i < comparison.sides.size(); ++i) {
    const ComparedSide& side = comparison.sides[i];
    const std::string elsewhere = i > 0 ? "[1]" : comparison.sides.size() > 2 ? "any other" : "[2]";
    if (!side.zones_alone.empty()) {
      std::vector<std::string> zones;
      for (const ComparedZone& zone : side.zones_alone) zones.push_back(zone_text(zone));
      text += fmt::format("[{}] {} {} not in {}: {}\n", i + 1, zones.size(),
                          zones.size() == 1 ? "zone is" : "zones are", elsewhere, listed(zones));
    }
    if (!side.columns_alone.empty()) {
      text += fmt::format("[{}] {} {} not in {}: {}\n", i + 1, side.columns_alone.size(),
                          side.columns_alone.size() == 1 ? "column is" : "columns are", elsewhere,
                          listed(side.columns_alone));
    }
  }
  if (comparison.published == 0) return text;
  if (comparison.doubtful.empty()) {
    return text +
           fmt::format("Of the {} figures in published tables none is known not to add up.\n",
                       comparison.published);
  }
  text +=
      fmt::format("Of the {} figures in published tables {} {} not add up:\n", comparison.published,
                  comparison.doubtful.size(), comparison.doubtful.size() == 1 ? "does" : "do");
  for (const PublishedFigure& figure : comparison.doubtful) {
    text += fmt::format("  {} of {}: {}{}{}\n", figure.column,
                        zone_text({figure.level, figure.code, figure.name}), figure.printed,
                        figure.source.empty() ? "" : " (" + figure.source + ")",
                        figure.note.empty() ? "" : ": " + figure.note);
  }
  return text;
}

}  // namespace cnci::jobs
