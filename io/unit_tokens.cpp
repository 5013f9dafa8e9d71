#include "io/unit_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace cnci::io {
namespace {

using engine::Error;

// One factor of a unit: a name or a number, to a power.
struct Factor {
  std::string name;   ///< empty: a number
  double number = 1;  ///< where name is empty
  int exponent = 1;
};

using Replacement = std::pair<std::string_view, std::string_view>;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Signs outside ASCII, and spellings of several words, to one word of ASCII.
std::string normalised(std::string text) {
  static constexpr std::array<Replacement, 28> kReplacements = {{
      {"\u00b0C", "degC"},
      {"\u00b0 C", "degC"},
      {"\u2103", "degC"},
      {"deg C", "degC"},
      {"degrees Celsius", "degC"},
      {"degree Celsius", "degC"},
      {"degrees celsius", "degC"},
      {"degree celsius", "degC"},
      {"degrees C", "degC"},
      {"degree C", "degC"},
      {"\u00b2", "2"},
      {"\u00b3", "3"},
      {"\u00b9", "1"},
      {"\u2082", "2"},
      {"\u207b", "-"},
      {"\u2212", "-"},
      {"\u00b7", " "},
      {"\u22c5", " "},
      {"\u00d7", " "},
      {"\u00b5", "u"},
      {"\u03bc", "u"},
      {"\u00a0", " "},
      {"**", "^"},
      {"sq km", "km2"},
      {"sq. km", "km2"},
      {"sq m", "m2"},
      {"\t", " "},
      {"*", " "},
  }};
  for (const auto& [from, to] : kReplacements) replace_all(text, from, to);
  const auto is_blank = [](unsigned char c) { return std::isspace(c) != 0; };
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_blank));
  text.erase(std::find_if_not(text.rbegin(), text.rend(), is_blank).base(), text.end());
  return text;
}

// Factors of `a b-2/c`, `a/(b c)`, `a per b`; a slash or `per` holds for the next factor or group.
class Scanner {
 public:
  Scanner(std::string text, const std::string& original)
      : text_(std::move(text)), original_(original) {}

  std::vector<Factor> scan() {
    std::vector<Factor> factors;
    group(1, factors);
    if (at_ < text_.size()) fail();
    return factors;
  }

 private:
  [[noreturn]] void fail() const { throw Error(fmt::format("'{}' is no unit", original_)); }

  static bool letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%';
  }
  static bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void group(int sign, std::vector<Factor>& factors) {
    int next = sign;
    while (at_ < text_.size() && peek() != ')') {
      const char c = peek();
      if (c == ' ' || (c == '.' && !digit(peek(1))) || (c == '-' && letter(peek(1)))) {
        ++at_;
      } else if (c == '/') {
        if (next != sign) fail();
        ++at_;
        next = -sign;
      } else if (c == '(') {
        ++at_;
        group(next, factors);
        if (peek() != ')') fail();
        ++at_;
        next = sign;
      } else {
        Factor factor = one();
        if (factor.name == "per") {
          if (next != sign) fail();
          next = -sign;
          continue;
        }
        factor.exponent *= next;
        factors.push_back(std::move(factor));
        next = sign;
      }
    }
    if (next != sign) fail();
  }

  Factor one() {
    Factor factor;
    const char* begin = text_.data() + at_;
    if (letter(peek())) {
      std::size_t end = at_;
      while (end < text_.size() && letter(text_[end])) ++end;
      factor.name = text_.substr(at_, end - at_);
      at_ = end;
      // The 2 of CO2 is no exponent.
      if (factor.name.ends_with("CO") && peek() == '2' && !digit(peek(1))) {
        factor.name += '2';
        ++at_;
        while (letter(peek())) factor.name += text_[at_++];
      }
    } else if (digit(peek()) || (peek() == '.' && digit(peek(1)))) {
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), factor.number);
      if (error != std::errc{} || !(factor.number > 0)) fail();
      at_ += static_cast<std::size_t>(end - begin);
      if (peek() != '^') return factor;
    } else {
      fail();
    }
    factor.exponent = exponent();
    return factor;
  }

  int exponent() {
    const bool marked = peek() == '^';
    if (marked) ++at_;
    int sign = 1;
    if ((peek() == '-' || peek() == '+') && digit(peek(1))) {
      sign = peek() == '-' ? -1 : 1;
      ++at_;
    }
    if (!digit(peek())) {
      if (marked) fail();
      return 1;
    }
    int value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{} || value > 99) fail();
    at_ += static_cast<std::size_t>(end - begin);
    return sign * value;
  }

  std::string text_;
  const std::string& original_;
  std::size_t at_ = 0;
};

template <std::size_t N>
bool among(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Per period_of(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kSecond = {"s", "sec", "second", "seconds",
                                                              "secs"};
  static constexpr std::array<std::string_view, 5> kHour = {"h", "hr", "hour", "hours", "hrs"};
  static constexpr std::array<std::string_view, 3> kDay = {"d", "day", "days"};
  static constexpr std::array<std::string_view, 4> kMonth = {"month", "months", "mon", "mth"};
  static constexpr std::array<std::string_view, 8> kYear = {"yr",    "year",   "years", "a",
                                                            "annum", "annual", "y",     "yrs"};
  if (among(name, kSecond)) return Per::kSecond;
  if (among(name, kHour)) return Per::kHour;
  if (among(name, kDay)) return Per::kDay;
  if (among(name, kMonth)) return Per::kMonth;
  if (among(name, kYear)) return Per::kYear;
  return Per::kNone;
}

bool is_mass(std::string_view name) {
  static constexpr std::array<std::string_view, 21> kMass = {
      "g",    "kg",    "mg",       "ug",        "Mg",       "Gg",       "Tg",
      "Pg",   "t",     "kt",       "Mt",        "Gt",       "tonne",    "tonnes",
      "gram", "grams", "kilogram", "kilograms", "megagram", "teragram", "petagram"};
  return among(name, kMass);
}

std::optional<Substance> substance_of(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kCarbon = {"C", "carbon", "Carbon"};
  static constexpr std::array<std::string_view, 2> kDioxide = {"CO2", "co2"};
  if (among(name, kCarbon)) return Substance::kCarbon;
  if (among(name, kDioxide)) return Substance::kCarbonDioxide;
  return std::nullopt;
}

// Takes the substance off a name such as gC or ktCO2; the rest stays in `name`.
std::optional<Substance> take_substance(std::string& name) {
  if (const auto whole = substance_of(name)) {
    name.clear();
    return whole;
  }
  for (const std::string_view ending : {"CO2", "C"}) {
    if (!name.ends_with(ending)) continue;
    std::string rest = name.substr(0, name.size() - ending.size());
    if (rest.ends_with('_')) rest.pop_back();
    if (!is_mass(rest)) continue;
    name = std::move(rest);
    return substance_of(ending);
  }
  return std::nullopt;
}

void check_name(const std::string& name, const std::string& text) {
  if (name.ends_with("ton") || name.ends_with("tons")) {
    if (name != "short_ton" && name != "long_ton") {
      throw Error(fmt::format("the unit '{}' is ambiguous: say t for 1000 kg, or short_ton", text));
    }
  }
  if (name == "mt") {
    throw Error(fmt::format("the unit '{}' is ambiguous: say t for 1000 kg, or Mt", text));
  }
  if (name.ends_with("CO2e") || name.ends_with("CO2eq") || name == "eq" || name == "equivalent") {
    throw Error(fmt::format(
        "the unit '{}' is of CO2 equivalents, which hold other gases too; a layer of CO2 is needed",
        text));
  }
}

// Words for what UDUNITS writes differently.
std::string translated(const std::string& name) {
  static constexpr std::array<Replacement, 14> kWords = {{{"kt", "Gg"},  // a knot to UDUNITS
                                                          {"fraction", "1"},
                                                          {"unitless", "1"},
                                                          {"dimensionless", "1"},
                                                          {"proportion", "1"},
                                                          {"thousand", "1e3"},
                                                          {"thousands", "1e3"},
                                                          {"million", "1e6"},
                                                          {"millions", "1e6"},
                                                          {"billion", "1e9"},
                                                          {"billions", "1e9"},
                                                          {"hectare", "ha"},
                                                          {"sqkm", "km2"},
                                                          {"dollars", "USD"}}};
  for (const auto& [word, unit] : kWords) {
    if (name == word) return std::string(unit);
  }
  return name;
}

void append(std::string& base, const Factor& factor) {
  const std::string name = factor.name.empty() ? "" : translated(factor.name);
  // UDUNITS reads the beginning of " person" as a division.
  if (!base.empty()) base += name.starts_with("per") ? '.' : ' ';
  if (factor.name.empty()) {
    base += fmt::format("{}", std::pow(factor.number, factor.exponent));
    return;
  }
  if (factor.exponent == 1) {
    base += name;
  } else if (name == factor.name) {
    base += fmt::format("{}{}", name, factor.exponent);
  } else {
    base += fmt::format("({})^{}", name, factor.exponent);
  }
}

}  // namespace

ParsedUnit split_unit(const std::string& text) {
  const std::string clean = normalised(text);
  if (clean.empty()) throw Error("an empty unit: say 1 for a number without unit");
  ParsedUnit unit;
  unit.text = text;
  if (clean == "-") {
    unit.base = "1";
    return unit;
  }
  bool other = false;
  for (Factor& factor : Scanner(clean, text).scan()) {
    check_name(factor.name, text);
    if (factor.exponent == 1) {
      if (const auto substance = take_substance(factor.name)) {
        if (unit.substance && *unit.substance != *substance) {
          throw Error(fmt::format("the unit '{}' names both carbon and CO2", text));
        }
        unit.substance = substance;
        if (factor.name.empty()) continue;
      }
    }
    const Per per = factor.exponent == -1 ? period_of(factor.name) : Per::kNone;
    if (per != Per::kNone) {
      if (unit.per != Per::kNone) {
        throw Error(fmt::format("the unit '{}' names two periods", text));
      }
      unit.per = per;
      continue;
    }
    other = true;
    append(unit.base, factor);
  }
  if (!other) {
    if (unit.substance) {
      throw Error(
          fmt::format("the unit '{}' is no mass and no temperature: say g C, t CO2 or degC", text));
    }
    unit.base = "1";
  }
  return unit;
}

}  // namespace cnci::io
