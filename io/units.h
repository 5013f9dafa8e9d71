// Units of layers, by UDUNITS-2 with persons, USD and ppm added. C and CO2 tokens are taken out
// before UDUNITS sees them (it would read C as coulomb); time in the denominator is taken out too,
// since a year here is a calendar year, not UDUNITS' 365.2422 days.
#pragma once

#include <optional>
#include <string>

namespace cnci::io {

enum class Substance { kCarbon, kCarbonDioxide };

/// Molar mass ratio CO2 / C (IUPAC: 44.0095 / 12.011).
inline constexpr double kCarbonToCarbonDioxide = 44.0095 / 12.011;

/// The period that a unit's denominator names.
enum class Per { kNone, kSecond, kHour, kDay, kMonth, kYear };

/// A unit string taken apart.
struct ParsedUnit {
  std::string text;  ///< as written
  std::string base;  ///< without substance and period, for UDUNITS
  Per per = Per::kNone;
  std::optional<Substance> substance;
};

/// Accepts `g C m-2 yr-1`, `kg/m2/s`, `mm month-1`, `Tg`, `t CO2`, `degC`, `1`, `%`, `persons`, ...
/// Throws Error on text that is no unit.
[[nodiscard]] ParsedUnit parse_unit(const std::string& text);

/// Linear map y = a x + b from one base unit to another (temperatures need b). Water in kg m-2 is
/// mm; ppm is 1e-6 atm where the target is atm. Throws Error where they are not convertible.
struct LinearMap {
  double a = 1;
  double b = 0;
};
[[nodiscard]] LinearMap unit_map(const std::string& from_base, const std::string& to_base);
/// Whether UDUNITS-2 reads a text as a unit, without anything of ours.
[[nodiscard]] bool is_udunits_unit(const std::string& text);
[[nodiscard]] bool convertible(const std::string& from_base, const std::string& to_base);

/// Days of a month of a year; 365-day year where `year` is 0.
[[nodiscard]] int days_in_month(int year, int month);
[[nodiscard]] int days_in_year(int year);

}  // namespace cnci::io
