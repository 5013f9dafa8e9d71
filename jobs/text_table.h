// Columns of text as a table that is aligned on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "jobs/terminal.h"

namespace cnci::jobs {

/// Columns of a terminal that a UTF-8 text takes: Chinese characters take two, accents none.
[[nodiscard]] std::size_t display_width(const std::string& text);

/// Digits that a person reads: no decimals from 1000 on, else about four figures; "-" for NaN.
[[nodiscard]] std::string short_number(double value);

struct TextCell {
  std::string text;
  Tone tone = Tone::kPlain;
};

struct TextColumn {
  std::vector<std::string> header;  ///< as many lines in every column
  bool left = false;                ///< texts; numbers stand at the right
  std::vector<TextCell> cells = {};
};

/// Lines of the table, two blanks between columns, none at the end of a line. Escape sequences take
/// no room.
[[nodiscard]] std::string laid_out(const std::vector<TextColumn>& columns, bool colours);

}  // namespace cnci::jobs
