#include "jobs/job_file_quantity.h"

#include <array>
#include <string_view>

#include "io/units.h"

namespace cnci::jobs {
namespace {

constexpr double kLargestSummedAmount = 1e15;

io::Kind kind_of(kernels::Nature nature) {
  switch (nature) {
    case kernels::Nature::kClasses:
      return io::Kind::kClass;
    case kernels::Nature::kAmount:
      return io::Kind::kAmount;
    case kernels::Nature::kDensity:
      break;
  }
  return io::Kind::kDensity;
}

/// The unit of a cell's amount: `t km-2` -> `t`.
std::string without_area(std::string unit) {
  constexpr std::array<std::string_view, 7> kAreas = {" km-2", " m-2", " ha-1", "/km2",
                                                      "/m2",   "/ha",  " km^-2"};
  for (const std::string_view area : kAreas) {
    if (const auto at = unit.find(area); at != std::string::npos) unit.erase(at, area.size());
  }
  return unit;
}

/// Without substance and period, as the quantity's own flags say those.
std::string plain_unit(const std::string& unit) {
  const io::ParsedUnit parsed = io::parse_unit(unit);
  const bool plain = parsed.per == io::Per::kNone && !parsed.substance;
  return plain ? unit : parsed.base;
}

}  // namespace

io::Quantity quantity_of(const kernels::Input& input) {
  io::Quantity quantity;
  quantity.kind = kind_of(input.nature);
  quantity.unit = plain_unit(std::string(input.unit));
  quantity.annual = input.period == kernels::Period::kAnnual;
  quantity.carbon = input.carbon;
  quantity.min = input.min;
  quantity.max = input.max;
  quantity.hint_above = input.hint_above;
  quantity.hint_below = input.hint_below;
  if (quantity.kind == io::Kind::kAmount) {
    quantity.unit = without_area(quantity.unit);
  } else if (input.carbon) {
    // Stocks and fluxes of living carbon are measured as carbon; emissions must say which they are.
    quantity.deliver = io::Substance::kCarbon;
    quantity.default_substance = io::Substance::kCarbon;
  }
  // A share of the area or a factor: interpolating between coarse cells would invent mixtures.
  quantity.average_finer_near_coarser = quantity.kind == io::Kind::kDensity && input.unit == "1";
  return quantity;
}

io::Quantity summed_quantity(const std::string& unit) {
  const io::ParsedUnit parsed = io::parse_unit(unit);
  io::Quantity quantity;
  quantity.kind = io::Kind::kAmount;
  quantity.annual = parsed.per != io::Per::kNone;
  quantity.carbon = parsed.substance.has_value();
  quantity.unit = without_area(parsed.base);
  for (const char* canonical : {"persons", "USD", "t"}) {
    if (io::convertible(quantity.unit, canonical)) quantity.unit = canonical;
  }
  quantity.min = 0;
  quantity.max = kLargestSummedAmount;
  quantity.hint_below = "a negative amount; it looks like a fill value";
  return quantity;
}

}  // namespace cnci::jobs
