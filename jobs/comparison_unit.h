// What a column of a comparison is measured in, and published figures as values of it.
#pragma once

#include <optional>
#include <string>

namespace cnci::jobs {

/// A column of zones.csv, or a share of two of them: `ccs_t/sink_t`, or with the denominator of the
/// zone that this one lies in, `ccs_t/province.ccs_t`.
struct ComparedColumn {
  std::string name;  ///< as text, without blanks; what figures are matched by
  std::string numerator;
  std::string denominator_level;  ///< empty: the zone's own
  std::string denominator;        ///< empty: no share

  [[nodiscard]] bool is_share() const { return !denominator.empty(); }
};

/// Throws engine::Error on a text that is neither.
[[nodiscard]] ComparedColumn parse_compared_column(const std::string& text);

struct ComparedUnit {
  std::string base;      ///< for UDUNITS; empty: not known
  std::string shown;     ///< for people: "t CO2 km-2"
  double scale = 1;      ///< values per base: 100 of a share in percent
  bool is_mass = false;  ///< a plain mass of CO2 in t, that may be shown in another unit
  bool is_dioxide = false;
};
/// By the names of the columns, as in zones.csv.
[[nodiscard]] ComparedUnit compared_unit(const ComparedColumn& column);

/// A published number in the unit of a column. Masses of carbon become CO2. Throws engine::Error
/// where the unit is absent, does not say C or CO2 and must, or cannot become the column's.
[[nodiscard]] double in_compared_unit(double value, const std::string& unit,
                                      const ComparedColumn& column);

}  // namespace cnci::jobs
