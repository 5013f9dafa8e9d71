#include "io/units.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/error.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

struct Case {
  const char* text;
  const char* same_as;  ///< base is convertible to this with factor `factor`
  double factor;
  Per per;
  std::optional<Substance> substance;
};

TEST(Units, CarbonAndPeriodAreTakenOutOfEveryUsualSpelling) {
  const auto c = Substance::kCarbon;
  const auto co2 = Substance::kCarbonDioxide;
  const Case cases[] = {
      {"g C m-2", "kg m-2", 1e-3, Per::kNone, c},
      {"gC m-2 d-1", "kg m-2", 1e-3, Per::kDay, c},
      {"g C/m2/day", "kg m-2", 1e-3, Per::kDay, c},
      {"gC m^-2 month^-1", "kg m-2", 1e-3, Per::kMonth, c},
      {"gC m**-2 mon-1", "kg m-2", 1e-3, Per::kMonth, c},
      {"kg-C m-2 yr-1", "kg m-2", 1, Per::kYear, c},
      {"kg(C)/(m2 a)", "kg m-2", 1, Per::kYear, c},
      {"kgC/m\u00b2/yr", "kg m-2", 1, Per::kYear, c},
      {"MgC/ha", "kg m-2", 0.1, Per::kNone, c},
      {"t C ha-1", "kg m-2", 0.1, Per::kNone, c},
      {"kg CO2 m-2 s-1", "kg m-2", 1, Per::kSecond, co2},
      {"kg m-2 s-1", "kg m-2", 1, Per::kSecond, std::nullopt},
      {"kg/m2/s", "kg m-2", 1, Per::kSecond, std::nullopt},
      {"t CO2/km2/yr", "kg m-2", 1e-3, Per::kYear, co2},
      {"tCO2 year-1", "kg", 1e3, Per::kYear, co2},
      {"Tg C", "t", 1e6, Per::kNone, c},
      {"ktCO2", "t", 1e3, Per::kNone, co2},
      {"10^6 t C", "t", 1e6, Per::kNone, c},
      {"million t", "t", 1e6, Per::kNone, std::nullopt},
      {"0.1 mm", "mm", 0.1, Per::kNone, std::nullopt},
      {"mm per day", "mm", 1, Per::kDay, std::nullopt},
      {"mm/month", "mm", 1, Per::kMonth, std::nullopt},
      {"mm h-1", "mm", 1, Per::kHour, std::nullopt},
      {"mm a-1", "mm", 1, Per::kYear, std::nullopt},
      {"m s-1", "mm", 1e3, Per::kSecond, std::nullopt},
      {"persons", "person", 1, Per::kNone, std::nullopt},
      {"t CO2 person-1", "kg capita-1", 1000, Per::kNone, co2},
      {"inhabitants km-2", "person km-2", 1, Per::kNone, std::nullopt},
      {"capita", "people", 1, Per::kNone, std::nullopt},
      {"1e6 USD", "USD", 1e6, Per::kNone, std::nullopt},
      {"%", "1", 0.01, Per::kNone, std::nullopt},
      {"fraction", "1", 1, Per::kNone, std::nullopt},
      {"1", "%", 100, Per::kNone, std::nullopt},
  };
  for (const Case& expected : cases) {
    const ParsedUnit unit = parse_unit(expected.text);
    EXPECT_EQ(unit.text, expected.text);
    EXPECT_EQ(unit.per, expected.per) << expected.text << " -> " << unit.base;
    EXPECT_EQ(unit.substance, expected.substance) << expected.text;
    const LinearMap map = unit_map(unit.base, expected.same_as);
    EXPECT_NEAR(map.a, expected.factor, 1e-12 * expected.factor) << expected.text;
    EXPECT_EQ(map.b, 0) << expected.text;
  }
}

TEST(Units, TemperaturesKeepTheirOffset) {
  for (const char* text : {"K", "kelvin"}) {
    const LinearMap map = unit_map(parse_unit(text).base, "degC");
    EXPECT_NEAR(300 * map.a + map.b, 26.85, 1e-13) << text;
  }
  for (const char* text :
       {"degC", "\u00b0C", "\u2103", "deg C", "Celsius", "degrees Celsius", "degree_Celsius"}) {
    const LinearMap map = unit_map(parse_unit(text).base, "degC");
    EXPECT_DOUBLE_EQ(map.a, 1) << text;
    EXPECT_NEAR(map.b, 0, 1e-12) << text;
  }
  const LinearMap tenths = unit_map(parse_unit("0.1 K").base, "degC");
  EXPECT_NEAR(2981.5 * tenths.a + tenths.b, 25, 1e-9);
}

TEST(Units, WaterInKilogramsIsMillimetres) {
  EXPECT_DOUBLE_EQ(unit_map("kg m-2", "mm").a, 1);
  EXPECT_DOUBLE_EQ(unit_map("g m-2", "cm").a, 1e-4);
  EXPECT_FALSE(convertible("mm", "kg m-2")) << "a height of carbon is no mass of carbon";
}

TEST(Units, MixingRatiosBecomeAtmospheresAndPlainNumbersDoNot) {
  EXPECT_DOUBLE_EQ(unit_map(parse_unit("ppm").base, "atm").a, 1e-6);
  EXPECT_DOUBLE_EQ(unit_map(parse_unit("ppmv").base, "atm").a, 1e-6);
  EXPECT_NEAR(unit_map(parse_unit("\u00b5atm").base, "atm").a, 1e-6, 1e-18);
  EXPECT_NEAR(unit_map("Pa", "atm").a, 1 / 101325.0, 1e-18);
  EXPECT_FALSE(convertible("1", "atm"));
  EXPECT_FALSE(convertible("%", "atm"));
}

TEST(Units, WhatIsNoUnitOrAmbiguousIsAnErrorThatShowsIt) {
  for (const char* text :
       {"", "  ", "furlogs", "mm //yr", "mm/", "(mm", "mm)", "kg C CO2", "mm d-1 yr-1", "C", "CO2",
        "ton", "mt", "Mton CO2", "t CO2eq", "-1 mm"}) {
    EXPECT_THROW((void)parse_unit(text), engine::Error) << text;
  }
  const std::string message = testing::error_of([] { (void)parse_unit("furlogs km-2"); });
  EXPECT_NE(message.find("furlogs km-2"), std::string::npos) << message;
  EXPECT_THROW((void)unit_map("kg", "mm"), engine::Error);
}

TEST(Units, CarbonIsNeverReadAsCoulombNorAsPartOfCelsius) {
  EXPECT_EQ(parse_unit("degC").substance, std::nullopt);
  EXPECT_TRUE(convertible(parse_unit("g C").base, "kg"));
}

// A library with state between calls: what is wrong in it kills, hangs or answers wrongly.
TEST(Units, ThreadsAskAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 4000; ++i) {
        if (t % 2 == 0 && (is_udunits_unit("persons") || !is_udunits_unit("t km-2 year-1")))
          ++wrong;
        if (t % 2 == 1 && (!convertible("persons km-2", "persons m-2") || convertible("t", "km"))) {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Calendar, LeapYearsAndTheNominalYear) {
  EXPECT_EQ(days_in_year(0), 365);
  EXPECT_EQ(days_in_year(2019), 365);
  EXPECT_EQ(days_in_year(2020), 366);
  EXPECT_EQ(days_in_year(1900), 365);
  EXPECT_EQ(days_in_year(2000), 366);
  EXPECT_EQ(days_in_month(2020, 2), 29);
  EXPECT_EQ(days_in_month(0, 2), 28);
  EXPECT_EQ(days_in_month(2019, 12), 31);
  EXPECT_THROW((void)days_in_month(2019, 13), engine::Error);
}

}  // namespace
}  // namespace cnci::io
