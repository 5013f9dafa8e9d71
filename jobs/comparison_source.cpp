#include "jobs/comparison_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "engine/error.h"
#include "engine/text.h"
#include "io/csv.h"
#include "jobs/comparison_unit.h"
#include "jobs/keys_nearest.h"
#include "jobs/zones_command.h"

namespace cnci::jobs {
namespace {

using engine::Error;

constexpr double kNoFigure = std::numeric_limits<double>::quiet_NaN();

const std::vector<std::string>& group_names() {
  static const std::vector<std::string> names = {"", "consistent", "inconsistent", "unsupported",
                                                 "unchecked"};
  return names;
}

/// A CSV whose fields are asked for by column name; errors name file and line.
class TextRows {
 public:
  explicit TextRows(const std::string& path) : file_(io::read_csv(path)) {
    check_text(file_.header, 1);
    for (std::size_t row = 0; row < size(); ++row) check_text(file_.rows[row], file_.lines[row]);
    std::set<std::string> seen;
    for (const std::string& name : file_.header) {
      if (!seen.insert(name).second) throw Error(path + ": two columns are called '" + name + "'");
    }
    if (file_.rows.empty()) throw Error(path + ": holds no rows");
  }

  [[nodiscard]] std::size_t size() const { return file_.rows.size(); }
  [[nodiscard]] const std::vector<std::string>& header() const { return file_.header; }
  [[nodiscard]] bool has(const std::string& column) const {
    return file_.column(column).has_value();
  }
  [[nodiscard]] std::size_t line(std::size_t row) const { return file_.lines[row]; }

  /// Empty where there is no such column.
  [[nodiscard]] std::string text(std::size_t row, const std::string& column) const {
    const auto at = file_.column(column);
    return at ? engine::trimmed(file_.rows[row][*at]) : std::string{};
  }
  [[nodiscard]] std::string need(std::size_t row, const std::string& column) const {
    std::string field = text(row, column);
    if (field.empty()) fail(row, "'" + column + "' is empty");
    return field;
  }
  /// An empty field is NaN.
  [[nodiscard]] double number(std::size_t row, const std::string& column) const {
    const std::string field = text(row, column);
    if (field.empty()) return kNoFigure;
    const auto value = io::parse_number(field);
    if (!value) fail(row, "'" + field + "' is no number (" + column + ")");
    return *value;
  }
  [[nodiscard]] std::optional<int> year(std::size_t row) const {
    const double value = number(row, "year");
    if (std::isnan(value)) return std::nullopt;
    if (value != std::floor(value) || value < 1 || value > 9999) {
      fail(row, "'" + text(row, "year") + "' is no year");
    }
    return static_cast<int>(value);
  }
  void need_columns(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      if (!has(name)) {
        throw Error(file_.path + ": no column '" + name + "'; there are " + joined(header()) +
                    "; a table like zones.csv has level, code and its columns, one of published "
                    "figures has level, code, column, value, unit");
      }
    }
  }
  [[noreturn]] void fail(std::size_t row, const std::string& what) const {
    throw Error(file_.path + ": line " + std::to_string(line(row)) + ": " + what);
  }

 private:
  void check_text(const std::vector<std::string>& fields, std::size_t line) const {
    for (const std::string& field : fields) {
      if (engine::not_utf8(field)) {
        throw Error(file_.path + ": line " + std::to_string(line) + ": '" +
                    engine::printable(field) + "' is no UTF-8; save the table as UTF-8");
      }
    }
  }

  io::CsvFile file_;
};

FigureGroup parse_group(const TextRows& rows, std::size_t row) {
  const std::string text = rows.text(row, "group");
  const auto& names = group_names();
  const auto it = std::ranges::find(names, text);
  if (it != names.end()) return static_cast<FigureGroup>(it - names.begin());
  const std::vector<std::string> choices(names.begin() + 1, names.end());
  rows.fail(row, "the group '" + text + "' is not one of " + joined(choices) +
                     did_you_mean(text, choices));
}

/// "160 Tg CO2", "345.49 x 1e4 t CO2"
std::string as_printed(const std::string& value, const std::string& unit) {
  if (unit.empty()) return value;
  return value + (unit.front() >= '0' && unit.front() <= '9' ? " x " : " ") + unit;
}

std::vector<PublishedFigure> published_figures(const TextRows& rows) {
  rows.need_columns({"level", "code", "column", "value", "unit"});
  using Key = std::tuple<std::string, std::string, std::optional<int>, std::string, std::string>;
  std::map<Key, std::size_t> lines;
  std::vector<PublishedFigure> figures;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    PublishedFigure figure;
    figure.level = rows.need(row, "level");
    figure.code = rows.need(row, "code");
    figure.name = rows.text(row, "name");
    figure.year = rows.year(row);
    figure.group = parse_group(rows, row);
    figure.source = rows.text(row, "source");
    figure.note = rows.text(row, "note");
    const std::string unit = rows.text(row, "unit");
    const std::string column = rows.need(row, "column");
    const double value = rows.number(row, "value");
    try {
      const ComparedColumn parsed = parse_compared_column(column);
      figure.column = parsed.name;
      figure.value = in_compared_unit(value, unit, parsed);
    } catch (const Error& error) {
      rows.fail(row, error.what());
    }
    figure.printed = as_printed(rows.text(row, "value"), unit);
    const Key key{figure.level, figure.code, figure.year, figure.column, figure.source};
    const auto [first, is_new] = lines.emplace(key, rows.line(row));
    if (!is_new) {
      rows.fail(row, figure.column + " of " + figure.level + " " + figure.code +
                         " stands in line " + std::to_string(first->second) +
                         " already; where a figure is published twice, 'source' tells them apart");
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

bool is_key(const std::string& column) {
  return column == "year" || column == "level" || column == "code" || column == "name" ||
         column == "parent_code";
}

/// A table in which every row is a zone of a year; zones that a year has not are missing in it.
io::ZoneTable zone_rows(const TextRows& rows) {
  rows.need_columns({"level", "code"});
  io::ZoneTable table;
  std::map<std::pair<std::string, std::string>, std::size_t> nodes;
  std::set<int> years;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    years.insert(rows.year(row).value_or(0));
    const std::pair key{rows.need(row, "level"), rows.need(row, "code")};
    if (nodes.emplace(key, table.nodes.size()).second) {
      table.nodes.push_back(
          {key.first, key.second, rows.text(row, "name"), rows.text(row, "parent_code")});
    }
  }
  table.years.assign(years.begin(), years.end());
  for (const std::string& name : rows.header()) {
    if (is_key(name)) continue;
    table.columns.push_back({name, zone_column_unit(name), "", {}});
    table.columns.back().values.assign(table.years.size() * table.nodes.size(), kNoFigure);
  }
  if (table.columns.empty()) rows.need_columns({"ccs_t"});
  std::map<std::size_t, std::size_t> lines;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto year = std::ranges::find(table.years, rows.year(row).value_or(0));
    const std::size_t at = table.index(static_cast<std::size_t>(year - table.years.begin()),
                                       nodes.at({rows.text(row, "level"), rows.text(row, "code")}));
    const auto [first, is_new] = lines.emplace(at, rows.line(row));
    if (!is_new) {
      rows.fail(row, rows.text(row, "level") + " " + rows.text(row, "code") + " stands in line " +
                         std::to_string(first->second) + " already");
    }
    for (auto& column : table.columns) column.values[at] = rows.number(row, column.name);
  }
  return table;
}

}  // namespace

const std::string& figure_group_name(FigureGroup group) {
  return group_names()[static_cast<std::size_t>(group)];
}

ComparisonSource read_comparison_source(const std::string& path) {
  namespace fs = std::filesystem;
  ComparisonSource source;
  source.path = engine::printable(path);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    source.table = read_output_zones(path);
    return source;
  }
  if (!fs::exists(path, ignored)) {
    throw Error(source.path +
                ": there is no such folder or file; give the output.path of a run, or a CSV");
  }
  const TextRows rows(path);
  source.published = rows.has("column") || rows.has("value");
  if (source.published) {
    source.figures = published_figures(rows);
  } else {
    source.table = zone_rows(rows);
    source.has_years = rows.has("year");
  }
  return source;
}

}  // namespace cnci::jobs
