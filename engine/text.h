// Texts of files and command lines: blanks, and whether they are UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cnci::engine {

/// The text without the blanks (space, tab, ends of lines) before and behind it.
[[nodiscard]] std::string trimmed(const std::string& text);

/// Where the first byte stands that is no part of UTF-8 (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF); nothing in a text that is UTF-8.
[[nodiscard]] std::optional<std::size_t> not_utf8(std::string_view text);

/// The text where it is UTF-8; else with every byte that is no part of it as \xHH. For messages and
/// JSON: names of files may hold any bytes.
[[nodiscard]] std::string printable(std::string_view text);

/// 0:07, 12:30, 1:02:03.
[[nodiscard]] std::string clock_text(double seconds);

}  // namespace cnci::engine
