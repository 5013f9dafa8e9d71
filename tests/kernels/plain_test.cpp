// The plain formulas, which stand behind every other test of accuracy, against the reference tables
// and cases written by hand.
#include "tests/kernels/plain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/kernels/plain_tile.h"
#include "tests/kernels/random_tile.h"
#include "tests/kernels/reference.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

template <class Real>
class Plain : public ::testing::Test {};
using Reals = ::testing::Types<double, long double>;
TYPED_TEST_SUITE(Plain, Reals);

#define CNCI_ROWS_OR_SKIP(rows, name)                                                           \
  const auto rows = reference_rows(name);                                                       \
  if (rows.empty()) {                                                                           \
    GTEST_SKIP() << "no file " << reference_file(name) << "; set CNCI_REFERENCE to its folder"; \
  }

TYPED_TEST(Plain, CarbonateAgreesWithTheReferenceTable) {
  using Real = TypeParam;
  CNCI_ROWS_OR_SKIP(rows, "reference_carbonate.csv")
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    if (std::isnan(number(row, "P_mm_per_yr"))) continue;
    Parameters parameters = default_parameters();
    const std::string& mode = row.at("gamma_mode");
    parameters.set_text("carbonate.gamma", mode == "fixedI" ? "fixed" : mode);
    parameters.set_number("carbonate.ionic_strength",
                          number(row, "ionic_strength_fixed_mol_per_L"));
    const plain::CarbonateParameters<Real> p(parameters);
    const Real et = number(row, "ET_mm_per_yr");
    const Real q = plain::runoff_mm<Real>(number(row, "P_mm_per_yr"), et);
    const Real pco2 = row.at("pCO2_source") == "brook" ? plain::brook_pco2_atm(et, p)
                                                       : Real{number(row, "pCO2_atm")};
    const Real t = number(row, "T_degC");
    const Real fraction = number(row, "carbonate_fraction");
    const auto state = plain::calcite_equilibrium(t, pco2, p);
    const auto expect = [&](Real actual, const char* column) {
      EXPECT_TRUE(close(static_cast<double>(actual), number(row, column))) << column;
    };
    expect(pco2, "pCO2_atm");
    expect(state.calcium_mol_l, "Ca_eq_mol_per_L");
    expect(state.gamma_calcium, "gamma_Ca");
    expect(state.gamma_bicarbonate, "gamma_HCO3");
    expect(plain::carbonate_flux(q, fraction, t, pco2, p), "CCSF_tCO2_per_km2_per_yr");
  }
}

TYPED_TEST(Plain, SilicateAgreesWithTheReferenceTable) {
  using Real = TypeParam;
  CNCI_ROWS_OR_SKIP(rows, "reference_silicate.csv")
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    if (row.at("glim_class") == "nd") continue;
    Parameters parameters = default_parameters();
    parameters.set_number("silicate.cc", number(row, "cc_carbonate_weight"));
    const plain::SilicateParameters<Real> p(parameters);
    const auto flux =
        plain::silicate_flux<Real>(number(row, "runoff_mm_per_yr"), number(row, "T_degC"),
                                   number(row, "soil_shield"), p.rock(row.at("glim_class")), p);
    EXPECT_TRUE(
        close(static_cast<double>(flux.total_t_co2_km2), number(row, "SCSF_tCO2_per_km2_per_yr")));
  }
}

TYPED_TEST(Plain, NepAgreesWithTheReferenceTable) {
  using Real = TypeParam;
  CNCI_ROWS_OR_SKIP(rows, "reference_nep.csv")
  const plain::NepParameters<Real> p(default_parameters());
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    if (std::isnan(number(row, "NEP_tCO2_per_km2_per_yr"))) continue;
    const auto flux =
        plain::nep_flux<Real>(number(row, "NPP_gC_per_m2_per_yr"), number(row, "T_degC"),
                              number(row, "P_mm_per_yr"), number(row, "SOC_0_20cm_kgC_per_m2"), p);
    const double scale =
        std::abs(number(row, "NPP_gC_per_m2_per_yr")) + 1000 * number(row, "Rh_kgC_per_m2_per_yr");
    EXPECT_TRUE(close(static_cast<double>(flux.rh_kg_c_m2), number(row, "Rh_kgC_per_m2_per_yr")));
    EXPECT_NEAR(static_cast<double>(flux.nep_t_co2_km2), number(row, "NEP_tCO2_per_km2_per_yr"),
                1e-9 * 3.67 * scale);
  }
}

// Class vb of 500 mm at 284.2 K: 500 x 0.007015 x 44.0095 / 12.011 t CO2.
//   what is missing or zero     carbonate  vb   q     T     pCO2  |  ccsf  scsf
TYPED_TEST(Plain, RulesOfValidityHoldCellByCell) {
  struct Row {
    double carbonate, vb, q, t, et, ccsf, scsf, used, silicate;
  };
  constexpr double kSome = -1;  // any value but zero
  constexpr double kT = 284.2 - 273.15;
  const double rock = 500 * 0.007015 * 44.0095 / 12.011;
  const std::vector<Row> rows{
      {0.4, 0.6, 500, kT, 700, kSome, 0.6 * rock, 0.4, 0.6},      // nothing
      {0.4, 0.6, kNaN, kT, 700, kNaN, kNaN, 0.4, 0.6},            // runoff
      {0.4, 0.6, 500, kNaN, 700, kNaN, kNaN, 0.4, 0.6},           // temperature
      {0.4, 0.6, 500, kT, kNaN, kNaN, 0.6 * rock, 0.4, 0.6},      // evapotranspiration
      {0.4, 0.6, 0, kNaN, kNaN, 0, 0, 0.4, 0.6},                  // dry, whatever else is missing
      {0, 1, kNaN, kNaN, kNaN, 0, kNaN, 0, 1},                    // no carbonate
      {1, 0.5, kNaN, kNaN, kNaN, kNaN, 0, 1, 0},                  // no silicate
      {1 + 5e-7, 0.5, 500, kT, 700, kSome, 0, 1, 0},              // a little above 1 is 1
      {1 + 2e-6, 0.5, 500, kT, 700, kNaN, kNaN, kNaN, kNaN},      // more is not
      {-1e-9, 0.5, 500, kT, 700, kNaN, kNaN, kNaN, kNaN},         //
      {kNaN, 0.5, 0, kT, 700, kNaN, kNaN, kNaN, kNaN},            // carbonate unknown
      {0.25, 0.5, 500, kT, 700, kSome, 0.75 * rock, 0.25, 0.75},  // rescaled to 1 - f
      {0.25, 0, 500, kT, 700, kSome, kNaN, 0.25, kNaN}};          // the rest has no class
  std::vector<std::vector<double>> columns(5);
  for (const Row& row : rows) {
    const std::array<double, 5> values{row.carbonate, row.vb, row.q, row.t, row.et};
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(values.at(i));
  }
  Tile tile(rows.size());
  tile.set("carbonate_fraction", columns[0]).set_lithology({{"vb", columns[1]}});
  tile.set("runoff", columns[2]).set("temperature", columns[3]);
  tile.set("evapotranspiration", columns[4]);
  const plain::TileReference<TypeParam> reference(tile.parameters(), tile.layers(), tile.inputs());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE("cell " + std::to_string(i));
    const auto cell = reference(i);
    const auto expect = [](TypeParam actual, double expected) {
      if (expected == kSome) {
        EXPECT_GT(actual, 0);
      } else {
        EXPECT_TRUE(close(static_cast<double>(actual), expected, 1e-12));
      }
    };
    expect(cell.ccsf, rows[i].ccsf);
    expect(cell.scsf, rows[i].scsf);
    expect(cell.carbonate_fraction_used, rows[i].used);
    expect(cell.silicate_fraction, rows[i].silicate);
    EXPECT_TRUE(std::isnan(cell.nep));
    EXPECT_TRUE(std::isnan(cell.ce));
    EXPECT_TRUE(std::isnan(cell.balance));
  }
}

TEST(PlainTile, DoubleAndLongDoubleAgree) {
  const RandomTile random(2000, {.shielded_fraction = true, .rubbish = 0}, 20250120);
  const TileInputs tile = random.inputs();
  const plain::TileReference<double> in_double(default_parameters(), random.layers(), tile);
  const plain::TileReference<long double> truth(default_parameters(), random.layers(), tile);
  for (std::size_t i = 0; i < tile.cells(); ++i) {
    const auto a = in_double(i);
    const auto b = truth(i);
    EXPECT_TRUE(close(a.ccsf, static_cast<double>(b.ccsf), 1e-11)) << i;
    EXPECT_TRUE(close(a.scsf, static_cast<double>(b.scsf), 1e-11)) << i;
    EXPECT_TRUE(close(a.ce, static_cast<double>(b.ce), 1e-14)) << i;
    EXPECT_EQ(std::isnan(a.balance), std::isnan(b.balance)) << i;
    if (!std::isnan(b.balance)) {
      EXPECT_LE(std::abs(a.balance - b.balance), 1e-13L * b.balance_scale) << i;
    }
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
