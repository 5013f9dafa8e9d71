#include "jobs/mass_unit.h"

#include <algorithm>
#include <cmath>

namespace cnci::jobs {
namespace {

// A province's total is read in 1e4 t, as statistics of China print it; a nation's in Tg.
constexpr double kFromTenThousandTonnes = 1e6;
constexpr double kFromTeragrams = 1e9;

}  // namespace

const std::vector<std::string>& mass_unit_names() {
  static const std::vector<std::string> names = {"auto", "t", "1e4t", "Tg"};
  return names;
}

MassUnit readable_unit(MassUnit asked, std::span<const double> values_t) {
  if (asked != MassUnit::kAuto) return asked;
  double largest = 0;
  for (const double value : values_t) {
    if (!std::isnan(value)) largest = std::max(largest, std::abs(value));
  }
  return largest >= kFromTeragrams           ? MassUnit::kTeragrams
         : largest >= kFromTenThousandTonnes ? MassUnit::kTenThousandTonnes
                                             : MassUnit::kTonnes;
}

std::string_view mass_unit_text(MassUnit unit) {
  return unit == MassUnit::kTeragrams ? "Tg" : unit == MassUnit::kTenThousandTonnes ? "1e4 t" : "t";
}

double tonnes_of(MassUnit unit) {
  return unit == MassUnit::kTeragrams ? 1e6 : unit == MassUnit::kTenThousandTonnes ? 1e4 : 1;
}

}  // namespace cnci::jobs
