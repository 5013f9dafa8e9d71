#include "jobs/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace cnci::jobs {
namespace {

bool is_wide(std::uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

std::size_t column_width(const TextColumn& column) {
  std::size_t width = 0;
  for (const std::string& line : column.header) width = std::max(width, display_width(line));
  for (const TextCell& cell : column.cells) width = std::max(width, display_width(cell.text));
  return width;
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

std::string short_number(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 1) return fmt::format("{:.2f}", value);
  return fmt::format("{:.4g}", value);
}

std::string laid_out(const std::vector<TextColumn>& columns, bool colours) {
  std::vector<std::size_t> widths;
  for (const TextColumn& column : columns) widths.push_back(column_width(column));
  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    std::size_t owed = 0;  // blanks that only a further text makes good
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const TextCell cell = cell_of(columns[i]);
      const std::size_t blanks = widths[i] - display_width(cell.text);
      if (i > 0) owed += 2;
      if (!columns[i].left) owed += blanks;
      if (!cell.text.empty()) {
        line.append(owed, ' ');
        line += colours ? toned(cell.tone, cell.text) : cell.text;
        owed = 0;
      }
      if (columns[i].left) owed += blanks;
    }
    text += line + '\n';
  };
  for (std::size_t row = 0; row < columns.front().header.size(); ++row) {
    add_line([&](const TextColumn& column) {
      return TextCell{column.header[row], Tone::kHeading};
    });
  }
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    add_line([&](const TextColumn& column) { return column.cells[row]; });
  }
  return text;
}

}  // namespace cnci::jobs
