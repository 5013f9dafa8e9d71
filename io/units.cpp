#include "io/units.h"

#include <fmt/format.h>
#include <udunits2.h>

#include <memory>
#include <mutex>

#include "engine/error.h"
#include "io/unit_tokens.h"

namespace cnci::io {
namespace {

using engine::Error;

struct UnitFree {
  void operator()(ut_unit* unit) const { ut_free(unit); }
};
using UnitPtr = std::unique_ptr<ut_unit, UnitFree>;
struct SystemFree {
  void operator()(ut_system* system) const { ut_free_system(system); }
};
struct ConverterFree {
  void operator()(cv_converter* converter) const { cv_free(converter); }
};

// UDUNITS' database as it is, and with persons and USD. The library keeps its parser's state
// between calls, of whichever database: one lock for both, and both are read at once.
class Database {
 public:
  Database() {
    ut_set_error_message_handler(ut_ignore);
    // The same unit means the same whoever runs the job.
    ::unsetenv("UDUNITS2_XML_PATH");
    plain_.reset(ut_read_xml(nullptr));
    system_.reset(ut_read_xml(nullptr));
    if (!plain_ || !system_) {
      throw Error("the database of units of UDUNITS-2 (udunits2.xml) cannot be read");
    }
    add_base({"person", "persons", "people", "inhabitants", "inhabitant", "capita"});
    add_base({"USD"});
  }

  [[nodiscard]] bool knows(const std::string& base) const {
    const std::lock_guard lock(mutex_);
    return parse(base) != nullptr;
  }
  /// Without persons and USD.
  [[nodiscard]] bool knows_by_itself(const std::string& base) const {
    const std::lock_guard lock(mutex_);
    return UnitPtr(ut_parse(plain_.get(), base.c_str(), UT_ASCII)) != nullptr;
  }

  /// a and b of the map between two units, or nothing.
  [[nodiscard]] std::optional<LinearMap> map(const std::string& from, const std::string& to) const {
    const std::lock_guard lock(mutex_);
    const UnitPtr a = parse(from);
    const UnitPtr b = parse(to);
    if (!a || !b || ut_are_convertible(a.get(), b.get()) == 0) return std::nullopt;
    const std::unique_ptr<cv_converter, ConverterFree> converter(
        ut_get_converter(a.get(), b.get()));
    if (!converter) return std::nullopt;
    const double at_zero = cv_convert_double(converter.get(), 0.0);
    if (at_zero == 0) return LinearMap{cv_convert_double(converter.get(), 1.0), 0};
    constexpr double kFar = 1 << 20;  // a long lever, so that the slope loses no digits to at_zero
    return LinearMap{(cv_convert_double(converter.get(), kFar) - at_zero) / kFar, at_zero};
  }

 private:
  void add_base(std::initializer_list<const char*> names) {
    const UnitPtr unit(ut_new_base_unit(system_.get()));
    bool ok = unit != nullptr;
    for (const char* name : names) {
      ok = ok && ut_map_name_to_unit(name, UT_ASCII, unit.get()) == UT_SUCCESS;
    }
    if (!ok) throw Error(fmt::format("UDUNITS-2 does not take the unit '{}'", *names.begin()));
  }

  [[nodiscard]] UnitPtr parse(const std::string& text) const {
    return UnitPtr(ut_parse(system_.get(), text.c_str(), UT_ASCII));
  }

  std::unique_ptr<ut_system, SystemFree> plain_;
  std::unique_ptr<ut_system, SystemFree> system_;
  mutable std::mutex mutex_;
};

const Database& database() {
  static const Database instance;
  return instance;
}

bool is_mixing_ratio(const std::string& base) {
  for (const char* name : {"ppm", "ppmv", "ppb", "ppbv", "micromol mol-1", "umol mol-1"}) {
    if (base == name) return true;
  }
  return false;
}

std::optional<LinearMap> find_map(const std::string& from, const std::string& to) {
  if (auto map = database().map(from, to)) return map;
  if (database().map(to, "mm")) {
    // 1 kg of water over 1 m2 stands 1 mm high.
    const auto water = database().map(from, "kg m-2");
    const auto height = database().map("mm", to);
    if (water && height) return LinearMap{water->a * height->a, 0};
  }
  if (is_mixing_ratio(from)) {
    // At one atmosphere a mixing ratio is a partial pressure in atm.
    const auto ratio = database().map(from, "1");
    const auto pressure = database().map("atm", to);
    if (ratio && pressure) return LinearMap{ratio->a * pressure->a, 0};
  }
  return std::nullopt;
}

}  // namespace

ParsedUnit parse_unit(const std::string& text) {
  ParsedUnit unit = split_unit(text);
  if (!database().knows(unit.base)) {
    throw Error(fmt::format("'{}' is no unit that UDUNITS-2 knows{}", text,
                            unit.base == text ? "" : " (read as '" + unit.base + "')"));
  }
  return unit;
}

LinearMap unit_map(const std::string& from_base, const std::string& to_base) {
  if (auto map = find_map(from_base, to_base)) return *map;
  throw Error(fmt::format("the unit '{}' cannot become '{}'", from_base, to_base));
}

bool is_udunits_unit(const std::string& text) { return database().knows_by_itself(text); }

bool convertible(const std::string& from_base, const std::string& to_base) {
  return find_map(from_base, to_base).has_value();
}

int days_in_year(int year) {
  if (year == 0) return 365;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return leap ? 366 : 365;
}

int days_in_month(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) throw Error(fmt::format("there is no month {}", month));
  return month == 2 && days_in_year(year) == 366 ? 29 : kDays[month - 1];
}

}  // namespace cnci::io
