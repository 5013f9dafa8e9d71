#include "jobs/zones_command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "jobs/zones_command.h"

namespace cnci::jobs {
namespace {

using io::ZoneTable;

constexpr double kMuchMissing = 0.05;
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

/// Digits that a person reads: no decimals from 1000 on, else about four figures.
std::string short_number(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 1) return fmt::format("{:.2f}", value);
  return fmt::format("{:.4g}", value);
}

bool is_wide(std::uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

struct TextColumn {
  std::vector<std::string> cells;  ///< header lines first
  bool left = false;
  [[nodiscard]] std::size_t width() const {
    std::size_t width = 0;
    for (const std::string& cell : cells) width = std::max(width, display_width(cell));
    return width;
  }
};

std::string laid_out(const std::vector<TextColumn>& columns) {
  std::string text;
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    std::string line;
    for (const TextColumn& column : columns) {
      const std::string& cell = column.cells[row];
      const std::string blanks(column.width() - display_width(cell), ' ');
      line += (line.empty() ? "" : "  ") + (column.left ? cell + blanks : blanks + cell);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace

std::size_t display_width(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    std::uint32_t c = length == 1 ? byte : byte & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      c = (c << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    const bool combining = c >= 0x300 && c <= 0x36F;
    width += combining ? 0 : is_wide(c) ? 2 : 1;
    i += length;
  }
  return width;
}

std::string aligned_table(const ZoneTable& table, std::size_t year,
                          const std::vector<std::size_t>& nodes) {
  TextColumn code{{"code", ""}, true};
  TextColumn name{{"name", ""}, true};
  bool marked = false;
  for (const std::size_t node : nodes) {
    const bool mark = much_missing(table, year, node);
    marked = marked || mark;
    code.cells.push_back(table.nodes[node].code);
    name.cells.push_back(table.nodes[node].name + (mark ? " *" : ""));
  }
  std::vector<TextColumn> columns = {code, name};
  for (const char* shown : kShown) {
    const ZoneTable::Column* column = table.find(shown);
    if (column == nullptr) continue;
    const std::string title(shown);
    TextColumn numbers{{title.substr(0, title.rfind('_')), zone_column_unit(title)}, false};
    for (const std::size_t node : nodes) {
      numbers.cells.push_back(short_number(column->values[table.index(year, node)]));
    }
    columns.push_back(std::move(numbers));
  }
  std::string text = fmt::format("{}, {}; t is t CO2\n", table.years[year],
                                 nodes.empty() ? "no zones" : table.nodes[nodes.front()].level);
  text += laid_out(columns);
  if (marked) text += "* more than 5 % of the area has no value of some component\n";
  return text;
}

}  // namespace cnci::jobs
