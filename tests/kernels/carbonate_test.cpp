#include "kernels/carbonate.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/kernels/plain.h"
#include "tests/kernels/reference.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Carbonate : public OnTarget {};
CNCI_ON_EVERY_TARGET(Carbonate);

CarbonateParameters carbonate_defaults() { return carbonate_parameters(default_parameters()); }

CarbonateParameters with_gamma(CarbonateParameters::Gamma gamma, double strength = 0) {
  CarbonateParameters p = carbonate_defaults();
  p.gamma = gamma;
  p.ionic_strength = strength;
  return p;
}

struct CarbonateCase {
  const char* id;
  double p, et, t, pco2, fraction;
  const char* mode;
  double calcium, gamma_ca, gamma_hco3, mol, t_co2;
};

const std::vector<CarbonateCase> kCarbonateCases{
    {"C01", 1266, 667, 15.2, 0.009044824439, 1, "iterate", 0.001828097828, 0.7386341801,
     0.9271813241, 1095030.599, 48.19174915},
    {"C04", 1200, 750, 15.5, 0.000415, 1, "iterate", 0.0006138762858, 0.8314770913, 0.9549739068,
     276244.3286, 12.15737478},
    {"C05", 1200, 750, 15.5, 0.01, 1, "ideal", 0.001616873057, 1, 1, 727592.8756, 32.02099866},
    {"C06", 1200, 750, 15.5, 0.01, 1, "fixedI", 0.001869865106, 0.7475804009, 0.9299712378,
     841439.2977, 37.03132277},
    {"C07", 1000, 500, 25.0, 0.01, 1, "iterate", 0.0016047189, 0.7479925819, 0.9301074831,
     802359.4498, 35.31143821},
    {"C09 freezing", 800, 300, -5.0, 0.003, 1, "iterate", 0.00160674694, 0.755476831, 0.9324010753,
     803373.4699, 35.35606472},
    {"C10 P < ET", 600, 900, 18.0, 0.01, 1, "iterate", 0.001806395369, 0.7388742608, 0.9272591947,
     0, 0},
    {"C12 part of the cell", 1500, 700, 22.0, 0.03, 0.35, "iterate", 0.002503220026, 0.703769835,
     0.9160659314, 700901.6074, 30.84632929},
    {"C13 no CO2", 1200, 750, 15.5, 0, 1, "iterate", 0, 1, 1, 0, 0},
    {"C16 hot", 1200, 750, 60.0, 0.01, 1, "iterate", 0.001061223353, 0.7767862475, 0.938927087,
     477550.5087, 21.01675911},
    {"C17 no carbonate", 1200, 750, 15.5, 0.01, 0, "iterate", 0.001885174836, 0.7354800363,
     0.9261919259, 0, 0},
    {"C18 much CO2", 1600, 650, 10.0, 0.1, 1, "iterate", 0.004779100925, 0.6353132337, 0.8928909148,
     4540145.879, 199.8095501},
};

CarbonateParameters parameters_of(const std::string& mode, double strength) {
  using Gamma = CarbonateParameters::Gamma;
  return with_gamma(mode == "ideal"    ? Gamma::kIdeal
                    : mode == "fixedI" ? Gamma::kFixed
                                       : Gamma::kIterate,
                    strength);
}

TEST(CarbonateFormula, EquilibriumConstantsAt25DegreesAreThePublishedOnes) {
  EXPECT_NEAR(log10_k({-171.9065, -0.077993, 2839.319, 71.595, 0}, 298.15), -8.479830, 5e-7);
  EXPECT_NEAR(log10_k({-356.3094, -0.06091964, 21834.37, 126.8339, -1684915.0}, 298.15), -6.351864,
              5e-7);
  EXPECT_NEAR(log10_k({-107.8871, -0.03252849, 5151.79, 38.92561, -563713.9}, 298.15), -10.328854,
              5e-7);
  EXPECT_NEAR(log10_k({108.3865, 0.01985076, -6919.53, -40.45154, 669365.0}, 298.15), -1.467940,
              5e-7);
  // The kernel holds log10 of Ks K1 K0 / K2.
  EXPECT_NEAR(log10_k(carbonate_defaults().log_k, 298.15),
              -8.479830 - 6.351864 - 1.467940 + 10.328854, 2e-6);
}

TEST(CarbonateFormula, DebyeHueckelConstantsOfWaterAreThePublishedOnes) {
  EXPECT_NEAR(debye_hueckel(25).a, 0.509303, 5e-7);
  EXPECT_NEAR(debye_hueckel(25).b, 0.328306, 5e-7);
  EXPECT_NEAR(debye_hueckel(15).a, 0.501178, 5e-7);
  EXPECT_NEAR(debye_hueckel(15).b, 0.326768, 5e-7);
}

TEST(CarbonateFormula, IdealSolutionCanBeCheckedByHand) {
  // C05: X = 10^(sum of log K) pCO2 / 4 at 288.65 K, Ca = cbrt(X), 450 mm.
  const auto p = with_gamma(CarbonateParameters::Gamma::kIdeal);
  const double x = std::pow(10.0, log10_k(p.log_k, 288.65)) * 0.01 / 4;
  const Equilibrium state = calcite_equilibrium(15.5, 0.01, p);
  EXPECT_TRUE(close(state.calcium_mol_l, std::cbrt(x), 1e-12));
  EXPECT_NEAR(state.calcium_mol_l, 1.61687e-3, 5e-9);
  EXPECT_NEAR(plain::carbonate_flux_mol_km2<double>(450, state.calcium_mol_l, 1), 7.27593e5, 0.5);
  EXPECT_NEAR(plain::mol_to_t_co2<double>(727592.8756), 32.0210, 5e-5);
}

TEST(CarbonateFormula, FormulaGivesTheReferenceCasesWithAllIntermediates) {
  for (const CarbonateCase& c : kCarbonateCases) {
    SCOPED_TRACE(c.id);
    const auto p = parameters_of(c.mode, 0.005);
    const Equilibrium state = calcite_equilibrium(c.t, c.pco2, p);
    EXPECT_TRUE(close(state.calcium_mol_l, c.calcium));
    EXPECT_TRUE(close(state.gamma_calcium, c.gamma_ca));
    EXPECT_TRUE(close(state.gamma_bicarbonate, c.gamma_hco3));
    const double mol = plain::carbonate_flux_mol_km2<double>(plain::runoff_mm<double>(c.p, c.et),
                                                             state.calcium_mol_l, c.fraction);
    EXPECT_TRUE(close(mol, c.mol));
    EXPECT_TRUE(close(plain::mol_to_t_co2<double>(mol), c.t_co2));
  }
}

TEST_P(Carbonate, AgreesWithEveryColumnOfTheReferenceTable) {
  const auto rows = reference_rows("reference_carbonate.csv");
  if (rows.empty()) {
    GTEST_SKIP() << "no file " << reference_file("reference_carbonate.csv")
                 << "; set CNCI_REFERENCE to its folder";
  }
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    const double p = number(row, "P_mm_per_yr");
    const double et = number(row, "ET_mm_per_yr");
    const double t = number(row, "T_degC");
    const double fraction = number(row, "carbonate_fraction");
    const double q = plain::runoff_mm<double>(p, et);
    const bool brook = row.at("pCO2_source") == "brook";
    const double pco2 = brook ? brook_pco2_atm(et, carbonate_defaults()) : number(row, "pCO2_atm");
    EXPECT_TRUE(close(pco2, number(row, "pCO2_atm")));
    EXPECT_TRUE(close(q, number(row, "runoff_mm_per_yr")));
    const std::string& mode = row.at("gamma_mode");
    const double strength = number(row, "ionic_strength_fixed_mol_per_L");
    if (!std::isnan(p)) {
      const Equilibrium state = calcite_equilibrium(t, pco2, parameters_of(mode, strength));
      EXPECT_TRUE(close(state.calcium_mol_l, number(row, "Ca_eq_mol_per_L")));
      EXPECT_TRUE(close(state.gamma_calcium, number(row, "gamma_Ca")));
      EXPECT_TRUE(close(state.gamma_bicarbonate, number(row, "gamma_HCO3")));
      const double mol = plain::carbonate_flux_mol_km2<double>(q, state.calcium_mol_l, fraction);
      EXPECT_TRUE(close(mol, number(row, "CCSF_molCO2_per_km2_per_yr")));
    }
    Tile tile(1);
    tile.set("precipitation", {p}).set("evapotranspiration", {et}).set("temperature", {t});
    tile.set("carbonate_fraction", {fraction}).set("pco2", {number(row, "pCO2_atm")});
    tile.text("carbonate.pco2", brook ? "brook" : "raster");
    tile.text("carbonate.gamma", mode == "fixedI" ? "fixed" : mode);
    tile.number("carbonate.ionic_strength", strength);
    tile.run("runoff");
    expect_column(tile.run("carbonate").at("ccsf"), {number(row, "CCSF_tCO2_per_km2_per_yr")});
  }
}

TEST(CarbonateFormula, ActivityCoefficientsConvergeOverTheWholeValidRange) {
  const CarbonateParameters p = carbonate_defaults();
  int most = 0;
  for (double t = -90; t <= 60; t += 2.5) {
    for (double exponent = -12; exponent <= 0; exponent += 0.125) {
      const double pco2 = std::pow(10.0, exponent);
      const Equilibrium state = calcite_equilibrium(t, pco2, p);
      most = std::max(most, state.iterations);
      // The result solves its own equation.
      const DebyeHueckel water = debye_hueckel(std::min(std::max(t, 0.0), 50.0));
      const double strength = 3 * state.calcium_mol_l;
      EXPECT_TRUE(
          close(activity_coefficient(water, p.calcium, strength), state.gamma_calcium, 1e-12));
      EXPECT_TRUE(close(activity_coefficient(water, p.bicarbonate, strength),
                        state.gamma_bicarbonate, 1e-12));
    }
  }
  EXPECT_LT(most, 60);
  EXPECT_GT(most, 5);
}

TEST(CarbonateFormula, NonConvergenceIsAnErrorThatNamesTheCell) {
  CarbonateParameters p = carbonate_defaults();
  p.calcium.linear = -400;  // absurd: the ionic strength runs away
  try {
    static_cast<void>(calcite_equilibrium(15.25, 0.5, p));
    FAIL() << "must throw";
  } catch (const std::domain_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("15.25"), std::string::npos) << text;
    EXPECT_NE(text.find("0.5 atm"), std::string::npos) << text;
  }
}

TEST_P(Carbonate, NonConvergenceInATileIsThatErrorUnlessAZeroDecides) {
  Tile tile(9);
  std::vector<double> fraction(9, 0.0);
  tile.set("runoff", std::vector<double>(9, 450)).set("temperature", std::vector<double>(9, 15.25));
  tile.set("pco2", std::vector<double>(9, 0.75)).text("carbonate.pco2", "raster");
  tile.number("carbonate.ks_a", -166).number("carbonate.linear_ca", -1);
  tile.set("carbonate_fraction", fraction);
  expect_column(tile.run("carbonate").at("ccsf"), fraction);
  fraction[7] = 1;
  tile.set("carbonate_fraction", fraction);
  try {
    tile.run("carbonate");
    FAIL() << "must throw";
  } catch (const std::domain_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("15.25 degC"), std::string::npos) << text;
    EXPECT_NE(text.find("0.75 atm"), std::string::npos) << text;
  }
}

TEST(CarbonateFormula, WrongReadingsOfTheEquationAreFarFromTheReference) {
  const double right = calcite_equilibrium(15.2, 0.006, carbonate_defaults()).calcium_mol_l;
  EXPECT_TRUE(
      close(plain::mol_to_t_co2<double>(plain::carbonate_flux_mol_km2<double>(450, right, 1)),
            31.28, 1e-3));
  const double ppm = calcite_equilibrium(15.2, 0.000415, carbonate_defaults()).calcium_mol_l;
  EXPECT_GT(right / ppm, 2);
  const double ideal =
      calcite_equilibrium(15.2, 0.006, with_gamma(CarbonateParameters::Gamma::kIdeal))
          .calcium_mol_l;
  EXPECT_NEAR(ideal / right, 0.87, 0.015);
}

TEST(CarbonateFormula, BrookRunsFromThreeHundredPpmToFourPercent) {
  EXPECT_TRUE(close(brook_pco2_atm(0, carbonate_defaults()), std::pow(10.0, -3.47), 1e-14));
  EXPECT_TRUE(close(brook_pco2_atm(667, carbonate_defaults()), 0.009044824439));
  EXPECT_TRUE(close(brook_pco2_atm(1e6, carbonate_defaults()), std::pow(10.0, -1.38), 1e-12));
}

/// Six cells: complete; then P, T, ET (as pCO2), lithology and everything missing.
Tile tile_with_gaps(double fraction, double runoff) {
  Tile tile(6);
  tile.set("runoff", {runoff, kNaN, runoff, runoff, runoff, kNaN});
  tile.set("temperature", {15, 15, kNaN, 15, 15, kNaN});
  tile.set("evapotranspiration", {700, 700, 700, kNaN, 700, kNaN});
  const std::vector<double> sc(6, fraction);
  const std::vector<double> sm(6, 1 - fraction);
  tile.set_lithology({{"sc", sc}, {"sm", sm}}, {1, 1, 1, 1, 0, 0});
  return tile;
}

TEST_P(Carbonate, AMissingFactorMakesTheCellMissing) {
  const auto out = tile_with_gaps(0.5, 400).run("carbonate");
  const auto& ccsf = out.at("ccsf");
  EXPECT_GT(ccsf[0], 10);
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_TRUE(std::isnan(ccsf[i])) << i;
  }
  expect_column(out.at("carbonate_fraction_used"), {0.5, 0.5, 0.5, 0.5, kNaN, kNaN});
  const double pco2 = brook_pco2_atm(700, carbonate_defaults());
  expect_column(out.at("pco2"), {pco2, pco2, pco2, kNaN, pco2, kNaN});
}

TEST_P(Carbonate, WithoutCarbonateTheFluxIsZeroWhateverElseIsMissing) {
  expect_column(tile_with_gaps(0, 400).run("carbonate").at("ccsf"), {0, 0, 0, 0, kNaN, kNaN});
}

TEST_P(Carbonate, WithoutRunoffTheFluxIsZeroWhereTheRockIsKnown) {
  expect_column(tile_with_gaps(1, 0).run("carbonate").at("ccsf"), {0, kNaN, 0, 0, kNaN, kNaN});
}

TEST_P(Carbonate, WithoutCo2TheFluxIsZeroWhereTheRockIsKnown) {
  Tile tile = tile_with_gaps(1, 400);
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0);
  expect_column(tile.run("carbonate").at("ccsf"), {0, 0, 0, 0, kNaN, kNaN});
}

TEST_P(Carbonate, FreezeDecidesWhatHappensBelowZero) {
  Tile tile(3);
  tile.set("runoff", {500, 500, kNaN}).set("temperature", {-5, 0, -5});
  tile.set("carbonate_fraction", {1, 1, 1});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.003);
  const auto clamped = tile.run("carbonate").at("ccsf");
  expect_column(clamped, {35.35606472, clamped[1], kNaN});
  EXPECT_EQ(clamped[0], clamped[1]);
  tile.text("carbonate.freeze", "zero");
  expect_column(tile.run("carbonate").at("ccsf"), {0, clamped[1], 0});
}

TEST_P(Carbonate, OwnLayerReplacesClassScAndIsNotFilledFromIt) {
  Tile tile(3);
  tile.set("runoff", {450, 450, 450}).set("temperature", {15.5, 15.5, 15.5});
  tile.set_lithology({{"sc", {1, 1, 1}}}, {1, 0, 1});
  tile.set("carbonate_fraction", {0.5, 1, kNaN});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.004);
  const auto out = tile.run("carbonate");
  expect_column(out.at("ccsf"), {26.94295291 / 2, 26.94295291, kNaN});
  expect_column(out.at("carbonate_fraction_used"), {0.5, 1, kNaN});
}

TEST_P(Carbonate, AnyRockOfClassNoDataMakesTheCellMissing) {
  Tile tile(2);
  tile.set("runoff", {450, 450}).set("temperature", {15.5, 15.5});
  tile.set_lithology({{"sc", {1, 0.9}}, {"nd", {0, 0.1}}});
  tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", 0.004);
  expect_column(tile.run("carbonate").at("ccsf"), {26.94295291, kNaN});
}

TEST_P(Carbonate, AFluxBeyondAllNumbersIsMissing) {
  Tile tile(2);
  tile.set("runoff", {1, std::numeric_limits<double>::max()}).set("temperature", {0, 0});
  tile.set("carbonate_fraction", {1, 1}).text("carbonate.pco2", "constant");
  tile.number("carbonate.pco2_value", 1).number("carbonate.ks_a", -168);
  const auto flux = tile.run("carbonate").at("ccsf");
  EXPECT_GT(flux[0], 2);
  EXPECT_TRUE(std::isnan(flux[1]));
}

TEST_P(Carbonate, ValuesThatAreNotFiniteOrNotPossibleCountAsMissing) {
  Tile tile(6);
  tile.set_raw("runoff", {kNaN, kInf, 450, 450, 450, 450});
  tile.set_raw("temperature", {15.5, 15.5, kNaN, -kInf, 15.5, 15.5});
  tile.set_raw("carbonate_fraction", {1, 1, 1, 1, 1, -9999});
  tile.set_raw("pco2", {0.004, 0.004, 0.004, 0.004, 4000, 0.004}).text("carbonate.pco2", "raster");
  expect_column(tile.run("carbonate").at("ccsf"), std::vector<double>(6, kNaN));
}

TEST(CarbonateDeclaration, SaysWhatItLacks) {
  const auto& kernel = *find_kernel("carbonate");
  Parameters p = default_parameters();
  using Names = std::vector<std::string>;
  EXPECT_EQ(kernel.lacking({}, p),
            (Names{"lithology", "runoff", "temperature", "evapotranspiration"}));
  EXPECT_EQ(
      kernel.lacking({"carbonate_fraction", "runoff", "temperature", "evapotranspiration"}, p),
      Names{});
  p.set_text("carbonate.pco2", "raster");
  EXPECT_EQ(kernel.lacking({"lithology", "runoff", "temperature"}, p), Names{"pco2"});
  p.set_text("carbonate.pco2", "constant");
  EXPECT_EQ(kernel.lacking({"lithology", "runoff", "temperature"}, p), Names{});
}

}  // namespace
}  // namespace cnci::kernels::testing
