#include "io/tables.h"

#include <cmath>
#include <limits>
#include <utility>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr std::size_t kKeyColumns = 5;
constexpr const char* kKeyHeader = "year,level,code,name,parent_code";

void check_sizes(const std::vector<ZoneTable::Column>& columns, std::size_t rows,
                 const std::string& path) {
  for (const ZoneTable::Column& column : columns) {
    if (column.values.size() != rows) {
      throw Error(path + ": column " + column.name + " has " +
                  std::to_string(column.values.size()) + " values for " + std::to_string(rows) +
                  " rows");
    }
  }
}

int parse_year(const CsvFile& file, std::size_t row, std::size_t column) {
  const auto number = parse_number(file.rows[row][column]);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 1e6) {
    throw Error(file.path + ": line " + std::to_string(file.lines[row]) + ": '" +
                file.rows[row][column] + "' is no year");
  }
  return static_cast<int>(*number);
}

double parse_value(const CsvFile& file, std::size_t row, std::size_t column) {
  const std::string& text = file.rows[row][column];
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto number = parse_number(text);
  if (number) return *number;
  throw Error(file.path + ": line " + std::to_string(file.lines[row]) + ": '" + text +
              "' is no number (" + file.header[column] + ")");
}

ZoneTable::Node node_of(const std::vector<std::string>& row) {
  return {row[1], row[2], row[3], row[4]};
}

bool same_node(const ZoneTable::Node& a, const ZoneTable::Node& b) {
  return a.level == b.level && a.code == b.code && a.name == b.name &&
         a.parent_code == b.parent_code;
}

/// Years in order, and the nodes of the first year; every year must have the same nodes.
void read_keys(const CsvFile& file, ZoneTable& table) {
  for (std::size_t row = 0; row < file.rows.size(); ++row) {
    const int year = parse_year(file, row, 0);
    if (table.years.empty() || table.years.back() != year) {
      if (table.years.size() > 1 && row % table.nodes.size() != 0) break;
      table.years.push_back(year);
    }
    if (table.years.size() == 1) {
      table.nodes.push_back(node_of(file.rows[row]));
    } else if (!same_node(table.nodes[row % table.nodes.size()], node_of(file.rows[row]))) {
      throw Error(file.path + ": line " + std::to_string(file.lines[row]) +
                  ": not the zones of the first year, in their order");
    }
  }
  if (table.years.size() * table.nodes.size() != file.rows.size()) {
    throw Error(file.path + ": not every year has the same zones; is the file complete?");
  }
}

}  // namespace

void write_zones_csv(const std::string& path, const ZoneTable& table) {
  check_sizes(table.columns, table.years.size() * table.nodes.size(), path);
  std::string text = kKeyHeader;
  for (const ZoneTable::Column& column : table.columns) text += "," + csv_field(column.name);
  text += '\n';
  for (std::size_t year = 0; year < table.years.size(); ++year) {
    for (std::size_t node = 0; node < table.nodes.size(); ++node) {
      const ZoneTable::Node& zone = table.nodes[node];
      text += std::to_string(table.years[year]);
      for (const std::string* key : {&zone.level, &zone.code, &zone.name, &zone.parent_code}) {
        text += ',';
        text += csv_field(*key);
      }
      for (const ZoneTable::Column& column : table.columns) {
        text += ',';
        text += number_text(column.values[table.index(year, node)]);
      }
      text += '\n';
    }
  }
  write_text_durably(path, text);
}

ZoneTable read_zones_csv(const std::string& path) {
  const CsvFile file = read_csv(path);
  std::string keys;
  for (std::size_t i = 0; i < std::min(kKeyColumns, file.header.size()); ++i) {
    keys += (i == 0 ? "" : ",") + file.header[i];
  }
  if (keys != kKeyHeader) {
    throw Error(path + ": not a zones.csv, its columns do not begin with " + kKeyHeader);
  }
  ZoneTable table;
  read_keys(file, table);
  for (std::size_t column = kKeyColumns; column < file.header.size(); ++column) {
    ZoneTable::Column values{file.header[column], {}, {}, {}};
    values.values.reserve(file.rows.size());
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      values.values.push_back(parse_value(file, row, column));
    }
    table.columns.push_back(std::move(values));
  }
  return table;
}

void write_profile_csv(const std::string& path, const ProfileTable& table) {
  const std::size_t bands = table.lat_south.size();
  check_sizes(table.columns, table.years.size() * bands, path);
  std::string text = "year,lat_south,lat_north";
  for (const ZoneTable::Column& column : table.columns) text += "," + csv_field(column.name);
  text += '\n';
  for (std::size_t year = 0; year < table.years.size(); ++year) {
    for (std::size_t band = 0; band < bands; ++band) {
      const double south = table.lat_south[band];
      text += std::to_string(table.years[year]) + "," + number_text(south) + ",";
      // The same decimal as the next band's southern edge where the bands touch.
      const bool touches = band + 1 < bands && std::abs(table.lat_south[band + 1] - south -
                                                        table.step_deg) < 1e-9 * table.step_deg;
      const double north = std::round((south + table.step_deg) * 1e9) / 1e9;
      text += number_text(touches ? table.lat_south[band + 1] : north);
      for (const ZoneTable::Column& column : table.columns) {
        text += ',';
        text += number_text(column.values[year * bands + band]);
      }
      text += '\n';
    }
  }
  write_text_durably(path, text);
}

}  // namespace cnci::io
