#pragma once

#include <string>

namespace cnci::engine {

/// The text without the blanks (space, tab, ends of lines) before and behind it.
inline std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace cnci::engine
