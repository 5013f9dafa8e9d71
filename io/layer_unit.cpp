#include "io/layer_unit.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace cnci::io {
namespace {

using engine::Error;

const char* name_of(Per per) {
  switch (per) {
    case Per::kSecond:
      return "per second";
    case Per::kHour:
      return "per hour";
    case Per::kDay:
      return "per day";
    case Per::kMonth:
      return "per month";
    case Per::kYear:
      return "per year";
    case Per::kNone:
      break;
  }
  return "without a period";
}

const char* name_of(Substance substance) { return substance == Substance::kCarbon ? "C" : "CO2"; }

// A unit per area, whatever it counts.
bool is_per_area(const std::string& base) {
  return convertible(base, "kg m-2") || convertible(base, "persons m-2") ||
         convertible(base, "USD m-2") || convertible(base, "J m-2");
}

std::string times_km2(const std::string& base) { return "(" + base + ") km2"; }

Substance substance_of(const LayerSpec& spec, const ParsedUnit& unit) {
  if (unit.substance && spec.substance && *unit.substance != *spec.substance) {
    throw Error(fmt::format("the unit '{}' says {}, layer.{}.substance says {}", unit.text,
                            name_of(*unit.substance), spec.name, name_of(*spec.substance)));
  }
  if (unit.substance) return *unit.substance;
  if (spec.substance) return *spec.substance;
  if (spec.quantity.default_substance) return *spec.quantity.default_substance;
  throw Error(fmt::format("carbon or CO2? Say layer.{}.substance = C or CO2", spec.name));
}

double substance_factor(const LayerSpec& spec, const ParsedUnit& unit) {
  if (!spec.quantity.carbon) {
    if (unit.substance) {
      throw Error(fmt::format("the unit '{}' is of {}, but '{}' is asked for", unit.text,
                              name_of(*unit.substance), spec.quantity.unit));
    }
    if (spec.substance) {
      throw Error(
          fmt::format("layer.{}.substance has no meaning here: the layer is neither carbon "
                      "nor CO2",
                      spec.name));
    }
    return 1;
  }
  const Substance from = substance_of(spec, unit);
  if (from == spec.quantity.deliver) return 1;
  return from == Substance::kCarbon ? kCarbonToCarbonDioxide : 1 / kCarbonToCarbonDioxide;
}

[[noreturn]] void unit_mismatch(const LayerSpec& spec, const ParsedUnit& unit,
                                const std::string& wanted) {
  throw Error(fmt::format("the unit '{}' cannot become '{}'; say the right one in layer.{}.unit",
                          unit.text, wanted, spec.name));
}

void convert_amount(const LayerSpec& spec, const ParsedUnit& unit, Conversion& conversion) {
  const std::string mass = amount_unit(spec.quantity);
  const std::string as_density = times_km2(unit.base);
  const bool density = convertible(as_density, mass);
  const bool amount = convertible(unit.base, mass);
  if (spec.kind == Kind::kAmount && density) {
    throw Error(fmt::format("the unit '{}' is per area, but layer.{}.kind = amount means per pixel",
                            unit.text, spec.name));
  }
  if (spec.kind == Kind::kDensity && amount) {
    throw Error(
        fmt::format("the unit '{}' is per pixel, but layer.{}.kind = density means per area",
                    unit.text, spec.name));
  }
  if (!density && !amount) unit_mismatch(spec, unit, mass);
  conversion.per_area = density;
  conversion.map = unit_map(density ? as_density : unit.base, mass);
}

}  // namespace

std::string amount_unit(const Quantity& quantity) {
  const std::string base = parse_unit(quantity.unit).base;
  return is_per_area(base) ? times_km2(base) : base;
}

Conversion conversion_of(const LayerSpec& spec, const std::string& text) {
  const Quantity& quantity = spec.quantity;
  const ParsedUnit unit = parse_unit(text);
  Conversion conversion;
  conversion.per = unit.per;
  if (quantity.kind == Kind::kAmount) {
    convert_amount(spec, unit, conversion);
  } else {
    const std::string wanted = parse_unit(quantity.unit).base;
    if (!convertible(unit.base, wanted)) unit_mismatch(spec, unit, quantity.unit);
    conversion.map = unit_map(unit.base, wanted);
  }
  if (!quantity.annual && unit.per != Per::kNone) {
    throw Error(fmt::format("the unit '{}' is a rate, but '{}' is asked for, which has no period",
                            unit.text, quantity.unit));
  }
  const double substance = substance_factor(spec, unit);
  conversion.map.a *= substance;
  conversion.map.b *= substance;
  if (quantity.annual && conversion.map.b != 0) unit_mismatch(spec, unit, quantity.unit);
  conversion.description = fmt::format("{} -> {}", unit.text, quantity.unit);
  return conversion;
}

void check_reduction(const LayerSpec& spec, Per per, std::size_t count) {
  const std::string key = "layer." + spec.name;
  const bool annual = spec.quantity.annual;
  switch (spec.reduce) {
    case Reduce::kNone:
      if (count == 1) return;
      throw Error(fmt::format("{} bands: say {}.bands = N, or {}.reduce = sum | mean | days", count,
                              key, key));
    case Reduce::kSum:
      if (!annual) break;
      if (per == Per::kMonth && count != 12) {
        throw Error(
            fmt::format("amounts per month add up to a year from 12 months, not {}", count));
      }
      if (per == Per::kNone || per == Per::kMonth) return;
      throw Error(fmt::format("{}.reduce = sum adds amounts, but the unit is a rate {}; say {}",
                              key, name_of(per),
                              per == Per::kYear ? "reduce = mean" : "reduce = mean or days"));
    case Reduce::kMean:
      if (!annual || per != Per::kNone) return;
      throw Error(
          fmt::format("{}.reduce = mean needs a rate, but the unit names no period; say "
                      "`month-1` (or `d-1`, `yr-1`) in {}.unit, or reduce = sum",
                      key, key));
    case Reduce::kDays:
      if (!annual) break;
      if (per != Per::kDay && per != Per::kSecond && per != Per::kHour) {
        throw Error(
            fmt::format("{}.reduce = days multiplies rates per day (hour, second) by the "
                        "length of months, but the unit is {}",
                        key, name_of(per)));
      }
      if (count == 12) return;
      throw Error(fmt::format("{}.reduce = days needs 12 months, not {}", key, count));
  }
  throw Error(fmt::format("'{}' is no sum over the year: {}.reduce can only be mean",
                          spec.quantity.unit, key));
}

double periods_in_year(Per per, int year) {
  const double days = days_in_year(year);
  switch (per) {
    case Per::kSecond:
      return days * 86400;
    case Per::kHour:
      return days * 24;
    case Per::kDay:
      return days;
    case Per::kMonth:
      return 12;
    case Per::kYear:
    case Per::kNone:
      break;
  }
  return 1;
}

double periods_in_month(Per per, int year, int month) {
  const double days = days_in_month(year, month);
  if (per == Per::kSecond) return days * 86400;
  if (per == Per::kHour) return days * 24;
  if (per == Per::kDay) return days;
  throw Error(fmt::format("a rate {} has no amount of a month", name_of(per)));
}

}  // namespace cnci::io
