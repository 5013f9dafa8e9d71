#include "jobs/keys_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "engine/error.h"
#include "engine/text.h"
#include "jobs/keys_nearest.h"

namespace cnci::jobs {
namespace {

using engine::trimmed;

constexpr int kMostYears = 1000;

[[noreturn]] void fail(const std::string& text, const std::string& what) {
  throw engine::Error(text.empty() ? "the value is empty; " + what + " is needed"
                                   : "'" + text + "' is not " + what);
}

/// Where the hyphen of `A-B` stands: one that follows a digit or a point (not an exponent's sign).
std::size_t range_hyphen(const std::string& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '-') continue;
    const std::size_t before = text.find_last_not_of(" \t", i - 1);
    if (before != std::string::npos && text[before] != 'e' && text[before] != 'E') return i;
  }
  return std::string::npos;
}

std::int64_t parse_integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    fail(text, "a whole number");
  }
  return value;
}

}  // namespace

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find(separator, start);
    parts.push_back(trimmed(text.substr(start, end == std::string::npos ? end : end - start)));
    if (end == std::string::npos) return parts;
    start = end + 1;
  }
}

double parse_number(const std::string& text) {
  double value = 0;
  const char* first = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, value);
  if (first == last || error != std::errc{} || end != last || !std::isfinite(value)) {
    fail(text, "a number");
  }
  return value;
}

double parse_number_in(const std::string& text, double min, double max) {
  const double value = parse_number(text);
  if (value < min || value > max) {
    fail(text, "in the range " + plain_number(min) + " to " + plain_number(max));
  }
  return value;
}

std::int64_t parse_integer_in(const std::string& text, std::int64_t min, std::int64_t max) {
  const std::int64_t value = parse_integer(text);
  if (value < min || value > max) fail(text, fmt::format("in the range {} to {}", min, max));
  return value;
}

bool parse_flag(const std::string& text) { return parse_choice(text, {"true", "false"}) == 0; }

std::vector<int> parse_integer_list(const std::string& text, int min, int max) {
  std::vector<int> values;
  std::set<int> seen;
  for (const std::string& part : split(text, ',')) {
    const std::size_t hyphen = range_hyphen(part);
    const bool is_range = hyphen != std::string::npos;
    const auto first =
        parse_integer_in(is_range ? trimmed(part.substr(0, hyphen)) : part, min, max);
    const auto last =
        is_range ? parse_integer_in(trimmed(part.substr(hyphen + 1)), min, max) : first;
    if (last < first) fail(part, "a range: its end is before its start");
    if (last - first >= 100'000) fail(part, "a range of at most 100000 numbers");
    for (auto value = static_cast<int>(first); value <= last; ++value) {
      if (!seen.insert(value).second) {
        throw engine::Error(fmt::format("'{}' names {} twice", text, value));
      }
      values.push_back(value);
    }
  }
  return values;
}

std::vector<int> parse_years(const std::string& text) {
  std::vector<int> years;
  try {
    years = parse_integer_list(text, 1, 9999);
  } catch (const engine::Error& error) {
    throw engine::Error(std::string(error.what()) +
                        "; years look like 2019, 2000-2019 or 2000,2010");
  }
  if (years.size() > kMostYears) {
    throw engine::Error(fmt::format("'{}' names {} years; at most {} fit into one output", text,
                                    years.size(), kMostYears));
  }
  std::sort(years.begin(), years.end());
  return years;
}

std::vector<io::NodataRange> parse_nodata(const std::string& text) {
  std::vector<io::NodataRange> ranges;
  for (const std::string& part : split(text, ',')) {
    const std::size_t hyphen = range_hyphen(part);
    try {
      io::NodataRange range;
      range.min =
          parse_number(hyphen == std::string::npos ? part : trimmed(part.substr(0, hyphen)));
      range.max =
          hyphen == std::string::npos ? range.min : parse_number(trimmed(part.substr(hyphen + 1)));
      if (range.max < range.min) fail(part, "a range: its end is below its start");
      ranges.push_back(range);
    } catch (const engine::Error& error) {
      throw engine::Error(std::string(error.what()) +
                          "; nodata looks like -9999 or 32761-32767, -1");
    }
  }
  return ranges;
}

std::map<int, double> parse_classes(const std::string& text) {
  std::map<int, double> classes;
  for (const std::string& part : split(text, ',')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos) fail(part, "a pair code: value, as in 1:1, 2:0.1");
    const auto code = static_cast<int>(
        parse_integer_in(trimmed(part.substr(0, colon)), -2'147'483'648LL, 2'147'483'647LL));
    const double value = parse_number(trimmed(part.substr(colon + 1)));
    if (!classes.emplace(code, value).second) {
      throw engine::Error(fmt::format("'{}' names the code {} twice", text, code));
    }
  }
  return classes;
}

std::vector<double> parse_numbers(const std::string& text, std::size_t n) {
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() != n) fail(text, fmt::format("{} numbers separated by commas", n));
  std::vector<double> numbers;
  for (const std::string& part : parts) numbers.push_back(parse_number(part));
  return numbers;
}

std::vector<std::string> parse_names(const std::string& text) {
  std::vector<std::string> names;
  for (const std::string& part : split(text, ',')) {
    const bool legal = !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
    if (!legal) fail(part, "a name of letters, digits, '_' and '-'");
    if (std::find(names.begin(), names.end(), part) != names.end()) {
      throw engine::Error("'" + text + "' names '" + part + "' twice");
    }
    names.push_back(part);
  }
  return names;
}

io::ZoneField parse_zone_field(const std::string& text) {
  if (text.empty()) fail(text, "an attribute or ='constant'");
  io::ZoneField field;
  if (text[0] != '=') {
    field.attribute = text;
    return field;
  }
  const std::string quoted = trimmed(text.substr(1));
  if (quoted.size() < 3 || quoted.front() != '\'' || quoted.back() != '\'') {
    fail(text, "an attribute or a constant in quotes, as in ='CHN'");
  }
  field.is_constant = true;
  field.constant = quoted.substr(1, quoted.size() - 2);
  return field;
}

Crosswalk parse_crosswalk(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto columns =
      split(colon == std::string::npos ? std::string{} : text.substr(colon + 1), ',');
  if (colon == std::string::npos || trimmed(text.substr(0, colon)).empty() || columns.size() != 2 ||
      columns[0].empty() || columns[1].empty()) {
    fail(text, "a crosswalk FILE.csv:from,to (the columns with the table's and the zones' codes)");
  }
  return {trimmed(text.substr(0, colon)), columns[0], columns[1]};
}

std::size_t parse_choice(const std::string& text, const std::vector<std::string>& choices) {
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    fail(text, (choices.size() > 1 ? "one of " : "") + joined(choices));
  }
  return static_cast<std::size_t>(found - choices.begin());
}

std::string plain_number(double value) { return fmt::format("{}", value); }

std::string numbers_text(const std::vector<double>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

std::string integer_list_text(const std::vector<int>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[end - 1] + 1) ++end;
    const bool range = end - i > 2;
    if (!range) end = i + 1;
    text += fmt::format("{}{}", text.empty() ? "" : ",", values[i]);
    if (range) text += fmt::format("-{}", values[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace cnci::jobs
