#include <gtest/gtest.h>

#include "tests/kernels/plain.h"
#include "tests/kernels/reference.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Nep : public OnTarget {};
CNCI_ON_EVERY_TARGET(Nep);

using NepFlux = plain::NepFlux<double>;

NepFlux nep_flux(double npp, double t, double p, double soc) {
  return plain::nep_flux(npp, t, p, soc, plain::NepParameters<double>(default_parameters()));
}

/// 1e-9 of the larger term: NEP is a difference.
void expect_difference(double actual, double expected, double npp, double rh_g) {
  EXPECT_NEAR(actual, expected, 1e-9 * std::max({std::abs(npp), std::abs(rh_g), 1e-3}));
}

struct NepCase {
  const char* id;
  double npp, t, p, soc, rs, rh, nep_c, nep_co2;
};

const std::vector<NepCase> kNepCases{
    {"N01", 850, 15.2, 1266, 6.4, 1.197929627, 0.7110400703, 138.9599297, 509.1630194},
    {"N05 no SOC", 850, 15.2, 1266, 0, 0, 0, 850, 3114.484639},
    {"N06 no NPP", 0, 15.2, 1266, 6.4, 1.197929627, 0.7110400703, -711.0400703, -2605.32162},
    {"N07 cold", 300, -5.0, 400, 10.0, 0.4019997956, 0.2995147273, 0.4852727092, 1.778087528},
    {"N08 arid", 50, 8.0, 30, 1.0, 0.02598346786, 0.03424122884, 15.75877116, 57.74170673},
    {"N09 no rain", 850, 15.2, 0, 6.4, 0, 0, 850, 3114.484639},
    {"N11 by hand", 500, 0.0, 680, 2.23, 0.3875, 0.2909281231, 209.0718769, 766.0601752},
    {"N12 nothing", 0, 0, 0, 0, 0, 0, 0, 0},
    {"N14 negative NPP", -50, 10.0, 800, 5.0, 0.7899924963, 0.511363861, -561.363861, -2056.893085},
};

TEST(NepFormula, HalfSaturationCanBeCheckedByHand) {
  EXPECT_TRUE(close(nep_flux(500, 0, 680, 2.23).rs_kg_c_m2, 1.55 / 4, 1e-14));
}

TEST(NepFormula, FormulaGivesTheReferenceCasesWithAllIntermediates) {
  for (const NepCase& c : kNepCases) {
    SCOPED_TRACE(c.id);
    const NepFlux flux = nep_flux(c.npp, c.t, c.p, c.soc);
    EXPECT_TRUE(close(flux.rs_kg_c_m2, c.rs));
    EXPECT_TRUE(close(flux.rh_kg_c_m2, c.rh));
    expect_difference(flux.nep_t_c_km2, c.nep_c, c.npp, 1000 * c.rh);
    expect_difference(flux.nep_t_co2_km2, c.nep_co2, 3.7 * c.npp, 3700 * c.rh);
  }
}

TEST_P(Nep, AgreesWithEveryColumnOfTheReferenceTable) {
  const auto rows = reference_rows("reference_nep.csv");
  if (rows.empty()) {
    GTEST_SKIP() << "no file " << reference_file("reference_nep.csv")
                 << "; set CNCI_REFERENCE to its folder";
  }
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    const double npp = number(row, "NPP_gC_per_m2_per_yr");
    const double t = number(row, "T_degC");
    const double p = number(row, "P_mm_per_yr");
    const double soc = number(row, "SOC_0_20cm_kgC_per_m2");
    const double expected = number(row, "NEP_tCO2_per_km2_per_yr");
    Tile tile(1);
    tile.set("npp", {npp}).set("temperature", {t}).set("precipitation", {p});
    const double actual = tile.set_raw("soc", {soc}).run("nep").at("nep")[0];
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(actual));
      continue;
    }
    const NepFlux flux = nep_flux(npp, t, p, soc);
    EXPECT_TRUE(close(flux.rs_kg_c_m2, number(row, "Rs_kgC_per_m2_per_yr")));
    EXPECT_TRUE(close(flux.rh_kg_c_m2, number(row, "Rh_kgC_per_m2_per_yr")));
    const double rh_g = 1000 * flux.rh_kg_c_m2;
    expect_difference(flux.nep_t_c_km2, number(row, "NEP_tC_per_km2_per_yr"), npp, rh_g);
    expect_difference(actual, expected, 3.66 * npp, 3.66 * rh_g);
  }
}

TEST(NepFormula, WrongUnitsAreFarFromTheReference) {
  // P in mm and SOC in g m-2 saturate both factors: Rs = 1.55 exp(0.031 T).
  const NepFlux wrong = nep_flux(850, 15.2, 1266e3, 6400);
  EXPECT_NEAR(wrong.rs_kg_c_m2, 1.55 * std::exp(0.031 * 15.2), 3e-3);
  EXPECT_GT(wrong.rs_kg_c_m2 / nep_flux(850, 15.2, 1266, 6.4).rs_kg_c_m2, 2);
}

TEST_P(Nep, AnyMissingInputMakesTheCellMissing) {
  Tile tile(6);
  tile.set("npp", {850, kNaN, 850, 850, 850, kNaN});
  tile.set("temperature", {15.2, 15.2, kNaN, 15.2, 15.2, kNaN});
  tile.set("precipitation", {1266, 1266, 1266, kNaN, 1266, kNaN});
  tile.set("soc", {6.4, 6.4, 6.4, 6.4, kNaN, kNaN});
  const auto out = tile.run("nep");
  expect_column(out.at("nep"), {509.1630194, kNaN, kNaN, kNaN, kNaN, kNaN}, 1e-8);
  expect_column(out.at("rh_above_rs"), {0, kNaN, kNaN, kNaN, kNaN, kNaN});
}

TEST_P(Nep, AZeroOfRespirationIsNoZeroOfNepAndFillsNoGap) {
  Tile tile(3);
  tile.set("npp", {850, 850, 850}).set("temperature", {15, kNaN, 15});
  tile.set("precipitation", {0, 0, 0}).set("soc", {6.4, 6.4, kNaN});
  expect_column(tile.run("nep").at("nep"), {3114.484639, kNaN, kNaN});
}

TEST_P(Nep, ValuesThatAreNotFiniteOrNegativeStocksCountAsMissing) {
  Tile tile(5);
  tile.set_raw("npp", {kInf, 850, 850, 850, 850});
  tile.set_raw("temperature", {15, kNaN, 15, 15, -300});
  tile.set_raw("precipitation", {1266, 1266, -9999, 1266, 1266});
  tile.set_raw("soc", {6.4, 6.4, 6.4, -1, 6.4});
  expect_column(tile.run("nep").at("nep"), std::vector<double>(5, kNaN));
}

TEST_P(Nep, DesertsRespireMoreThanTheSoilUnlessCapped) {
  Tile tile(2);
  tile.set("npp", {50, 850}).set("temperature", {8, 15.2});
  tile.set("precipitation", {30, 1266}).set("soc", {1, 6.4});
  auto out = tile.run("nep");
  expect_column(out.at("nep"), {57.74170673, 509.1630194}, 1e-8);
  expect_column(out.at("rh_above_rs"), {1, 0});
  tile.text("nep.cap_rh", "true");
  out = tile.run("nep");
  // 50 - 25.98346786 = 24.01653214 t C
  expect_column(out.at("nep"), {24.01653214 * 3.664099575, 509.1630194}, 1e-8);
  expect_column(out.at("rh_above_rs"), {1, 0});
}

TEST_P(Nep, ClampNegativeTurnsSourcesIntoZeroAndLeavesSinksAlone) {
  Tile tile(2);
  tile.set("npp", {0, 850}).set("temperature", {15.2, 15.2});
  tile.set("precipitation", {1266, 1266}).set("soc", {6.4, 6.4});
  expect_column(tile.run("nep").at("nep"), {-2605.32162, 509.1630194}, 1e-8);
  tile.text("nep.clamp_negative", "true");
  expect_column(tile.run("nep").at("nep"), {0, 509.1630194}, 1e-8);
}

TEST_P(Nep, EveryNumberOfTheEquationCanBeVaried) {
  Tile tile(1);
  tile.set("npp", {1000}).set("temperature", {10}).set("precipitation", {500}).set("soc", {3});
  // Rs = 2 exp(0) (0.5 / 1.0) (3 / 4) = 0.75; Rh = 0.5 * 0.75^1 = 0.375; NEP = 625 t C
  tile.number("nep.rs_q0", 2).number("nep.rs_beta", 0).number("nep.p_half", 0.5);
  tile.number("nep.soc_half", 1).number("nep.rh_a", 0.5).number("nep.rh_b", 1);
  expect_column(tile.run("nep").at("nep"), {625 * 44.0095 / 12.011}, 1e-14);
}

}  // namespace
}  // namespace cnci::kernels::testing
