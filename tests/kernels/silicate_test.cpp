#include "kernels/silicate.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "tests/kernels/plain.h"
#include "tests/kernels/reference.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Silicate : public OnTarget {};
CNCI_ON_EVERY_TARGET(Silicate);

using SilicateParameters = plain::SilicateParameters<double>;
using SilicateFlux = plain::SilicateFlux<double>;

SilicateParameters silicate_defaults() { return SilicateParameters(default_parameters()); }

struct SilicateCase {
  const char* id;
  double q, t;
  const char* code;
  double s, cc, silicate, carbonate, total_c, total_co2;
};

const std::vector<SilicateCase> kSilicateCases{
    {"S01", 599.3, 15.2, "sm", 1, 0.5, 2.587165164, 6.190728319, 5.682529324, 20.82135328},
    {"S02", 599.3, 15.2, "sm", 0.1, 0.5, 0.2587165164, 0.6190728319, 0.5682529324, 2.082135328},
    {"S04", 599.3, 15.2, "ss", 1, 0, 2.952338037, 1.25488477, 2.952338037, 10.81766055},
    {"S05", 599.3, 15.2, "ss", 1, 1, 2.952338037, 1.25488477, 4.207222808, 15.4156833},
    {"S06", 650, 16.5, "mt", 1, 0.5, 1.998265515, 4.156126848, 4.076328939, 14.93607514},
    {"S07", 500, 13.0, "vb", 1, 0.5, 4.051581729, 0, 4.051581729, 14.84539889},
    {"S09", 700, 17.0, "pa", 1, 0.5, 3.48192843, 1.691452331, 4.327654595, 15.85695737},
    {"S10", 500, 11.05, "py", 1, 0.5, 3.05, 0, 3.05, 11.1755037},
    {"S11", 500, -8.0, "va", 1, 0.5, 0.1980130633, 0, 0.1980130633, 0.725539581},
    {"S12", 0, 15.2, "vb", 1, 0.5, 0, 0, 0, 0},
    {"S13", -120, 15.2, "vb", 1, 0.5, 0, 0, 0, 0},
    {"S14", 600, 15.2, "sc", 1, 0.5, 0, 0, 0, 0},
    {"S16", 600, 15.2, "wb", 1, 0.5, 0, 0, 0, 0},
    {"S17", 1800, 27.0, "pi", 0.1, 0.5, 2.823342176, 0.7265927341, 3.186638543, 11.67616093},
    {"S18", 300, 8.0, "su", 1, 0.5, 0.766197753, 0, 0.766197753, 2.807424861},
    {"S20", 600, 20.0, "pb", 0.55, 0.5, 4.416919148, 0, 4.416919148, 16.18403157},
};

/// One cell of one class through the tile function.
double tile_flux(double q, double t, const std::string& code, double s, double cc) {
  Tile tile(1);
  tile.set("runoff", {q}).set("temperature", {t}).set("shielding_factor", {s});
  tile.set_lithology({{code, {1}}}).number("silicate.cc", cc);
  return tile.run("silicate").at("scsf")[0];
}

TEST(SilicateFormula, AtTheReferenceTemperatureTheFluxIsRunoffTimesConcentration) {
  // S10: 500 mm x 0.0061 g C per kg = 3.05 t C km-2
  const SilicateParameters p = silicate_defaults();
  const SilicateFlux flux = plain::silicate_flux<double>(500, 284.2 - 273.15, 1, p.rock("py"), p);
  EXPECT_TRUE(close(flux.total_t_c_km2, 3.05, 1e-12));
  EXPECT_TRUE(close(flux.total_t_co2_km2, 11.1755037));
}

TEST_P(Silicate, FormulaGivesTheReferenceCasesWithAllIntermediates) {
  for (const SilicateCase& c : kSilicateCases) {
    SCOPED_TRACE(c.id);
    SilicateParameters p = silicate_defaults();
    p.cc = c.cc;
    const SilicateFlux flux = plain::silicate_flux<double>(c.q, c.t, c.s, p.rock(c.code), p);
    EXPECT_TRUE(close(flux.silicate_t_c_km2, c.silicate));
    EXPECT_TRUE(close(flux.carbonate_t_c_km2, c.carbonate));
    EXPECT_TRUE(close(flux.total_t_c_km2, c.total_c));
    EXPECT_TRUE(close(flux.total_t_co2_km2, c.total_co2));
    EXPECT_TRUE(close(tile_flux(c.q, c.t, c.code, c.s, c.cc), c.total_co2));
  }
}

TEST_P(Silicate, AgreesWithEveryColumnOfTheReferenceTable) {
  const auto rows = reference_rows("reference_silicate.csv");
  if (rows.empty()) {
    GTEST_SKIP() << "no file " << reference_file("reference_silicate.csv")
                 << "; set CNCI_REFERENCE to its folder";
  }
  for (const ReferenceRow& row : rows) {
    SCOPED_TRACE(row.at("case"));
    const double q = number(row, "runoff_mm_per_yr");
    const double t = number(row, "T_degC");
    const double s = number(row, "soil_shield");
    SilicateParameters p = silicate_defaults();
    p.cc = number(row, "cc_carbonate_weight");
    const std::string& code = row.at("glim_class");
    EXPECT_TRUE(close(tile_flux(q, t, code, s, p.cc), number(row, "SCSF_tCO2_per_km2_per_yr")));
    if (code == "nd") {
      continue;
    }
    const SilicateFlux flux = plain::silicate_flux<double>(q, t, s, p.rock(code), p);
    EXPECT_TRUE(close(flux.silicate_t_c_km2, number(row, "silicate_tC_per_km2_per_yr")));
    EXPECT_TRUE(
        close(flux.carbonate_t_c_km2, number(row, "carbonate_tC_per_km2_per_yr_before_cc")));
    EXPECT_TRUE(close(flux.total_t_c_km2, number(row, "SCSF_tC_per_km2_per_yr")));
    EXPECT_TRUE(close(flux.total_t_co2_km2, number(row, "SCSF_tCO2_per_km2_per_yr")));
  }
}

TEST_P(Silicate, PresetSetsTheWeightOfCarbonateMineralsAndAnExplicitWeightWins) {
  // Class ss at 599.3 mm, 15.2 degC: S04, S03, S05.
  for (const auto& [preset, expected] :
       std::map<std::string, double>{{"silicate_only", 10.81766055},
                                     {"co2_consumption", 13.11667193},
                                     {"paper_literal", 15.4156833}}) {
    SCOPED_TRACE(preset);
    Tile tile(1);
    tile.set("runoff", {599.3}).set("temperature", {15.2}).set_lithology({{"ss", {1}}});
    tile.text("silicate.preset", preset);
    expect_column(tile.run("silicate").at("scsf"), {expected});
    tile.number("silicate.cc", 0.5);
    expect_column(tile.run("silicate").at("scsf"), {13.11667193});
    Parameters parameters = default_parameters();
    parameters.set_text("silicate.preset", preset);
    EXPECT_FALSE(parameters.has_number("silicate.cc"));
    const double weight = silicate_carbonate_weight(parameters);
    apply_presets(parameters);
    EXPECT_EQ(parameters.number("silicate.cc"), weight);
  }
}

TEST_P(Silicate, ShieldingComesAsFactorOrAsFractionAndIsOneWithoutEither) {
  const auto run = [](const std::string& layer, double value) {
    Tile tile(1);
    tile.set("runoff", {600}).set("temperature", {20}).set_lithology({{"pb", {1}}});
    if (!layer.empty()) {
      tile.set(layer, {value});
    }
    return tile.run("silicate").at("scsf")[0];
  };
  const double open = 29.42551195;  // S19: vi has the rates of pb
  EXPECT_TRUE(close(run("", 0), open));
  EXPECT_TRUE(close(run("shielding_factor", 0.55), 16.18403157));  // S20
  EXPECT_TRUE(close(run("shielded_fraction", 0.5), 16.18403157));  // 1 - 0.9 x 0.5
  EXPECT_TRUE(close(run("shielded_fraction", 1), open * 0.1));
  EXPECT_TRUE(close(run("shielded_fraction", 0), open));
  EXPECT_TRUE(std::isnan(run("shielded_fraction", kNaN)));
  EXPECT_TRUE(std::isnan(run("shielding_factor", kNaN)));
}

TEST_P(Silicate, TwoLayersOfShieldingAreAnError) {
  Tile tile(1);
  tile.set("runoff", {600}).set("temperature", {20}).set_lithology({{"pb", {1}}});
  tile.set("shielding_factor", {1}).set("shielded_fraction", {0});
  EXPECT_THROW(tile.run("silicate"), std::invalid_argument);
}

TEST_P(Silicate, CellIsTheAreaWeightedSumOfItsClasses) {
  Tile tile(1);
  tile.set("runoff", {700}).set("temperature", {17});
  tile.set_lithology({{"su", {0.1}}, {"sm", {0.2}}, {"sc", {0.3}}, {"py", {0.25}}, {"wb", {0.15}}});
  const SilicateParameters p = silicate_defaults();
  double expected = 0;
  for (const auto& [code, f] :
       std::map<std::string, double>{{"su", 0.1}, {"sm", 0.2}, {"py", 0.25}}) {
    expected += f * plain::silicate_flux<double>(700, 17, 1, p.rock(code), p).total_t_co2_km2;
  }
  const auto out = tile.run("silicate");
  expect_column(out.at("scsf"), {expected});
  expect_column(out.at("silicate_fraction"), {0.55}, 1e-14);
}

/// Six cells: complete; then runoff, temperature, shielding, lithology and everything missing.
Tile tile_with_gaps(const std::string& code, double runoff) {
  Tile tile(6);
  tile.set("runoff", {runoff, kNaN, runoff, runoff, runoff, kNaN});
  tile.set("temperature", {15, 15, kNaN, 15, 15, kNaN});
  tile.set("shielding_factor", {1, 1, 1, kNaN, 1, kNaN});
  tile.set_lithology({{code, std::vector<double>(6, 1)}}, {1, 1, 1, 1, 0, 0});
  return tile;
}

TEST_P(Silicate, AMissingFactorMakesTheCellMissing) {
  const auto out = tile_with_gaps("vb", 500).run("silicate");
  const double flux = out.at("scsf")[0];
  EXPECT_GT(flux, 10);
  expect_column(out.at("scsf"), {flux, kNaN, kNaN, kNaN, kNaN, kNaN});
  expect_column(out.at("silicate_fraction"), {1, 1, 1, 1, kNaN, kNaN});
}

TEST_P(Silicate, WaterIceEvaporitesAndCarbonateHaveNoFluxWhateverElseIsMissing) {
  for (const std::string code : {"wb", "ig", "ev", "sc"}) {
    SCOPED_TRACE(code);
    const auto out = tile_with_gaps(code, 500).run("silicate");
    expect_column(out.at("scsf"), {0, 0, 0, 0, kNaN, kNaN});
    expect_column(out.at("silicate_fraction"), {0, 0, 0, 0, kNaN, kNaN});
  }
}

TEST_P(Silicate, WithoutRunoffTheFluxIsZeroWhereTheRockIsKnown) {
  expect_column(tile_with_gaps("vb", 0).run("silicate").at("scsf"), {0, kNaN, 0, 0, kNaN, kNaN});
}

TEST_P(Silicate, ClassNoDataIsMissingWhateverElseIsZero) {
  Tile tile(3);
  tile.set("runoff", {0, 600, 600}).set("temperature", {15, 15, 15});
  tile.set_lithology({{"nd", {1, 0.001, 0}}, {"wb", {0, 0.999, 1}}});
  expect_column(tile.run("silicate").at("scsf"), {kNaN, kNaN, 0});
}

// f of the carbonate layer |  sm    wb   sc  |  silicate area
//   0.65                   |  0.5   0.2  0.3 |  0.5 (1 - 0.65) / 0.7 = 0.25
//   0                      |  0.5   0    0.5 |  0.5 x 1 / 0.5        = 1
//   1                      |  0.5   0.5  0   |  none
//   0.4                    |  0     0    1   |  unknown: the rest has no class
//   1                      |  0     0    1   |  none
//   missing                |  1     0    0   |  unknown
//   missing                |  0     1    0   |  none: water is no silicate
//   1                      |  unknown        |  none
//   0.5                    |  unknown        |  unknown
TEST_P(Silicate, CarbonateLayerReplacesClassScAndRescalesTheOthers) {
  Tile tile(9);
  tile.set("runoff", std::vector<double>(9, 599.3))
      .set("temperature", std::vector<double>(9, 15.2));
  tile.set_lithology({{"sm", {0.5, 0.5, 0.5, 0, 0, 1, 0, 1, 1}},
                      {"wb", {0.2, 0, 0.5, 0, 0, 0, 1, 0, 0}},
                      {"sc", {0.3, 0.5, 0, 1, 1, 0, 0, 0, 0}}},
                     {1, 1, 1, 1, 1, 1, 1, 0, 0});
  tile.set("carbonate_fraction", {0.65, 0, 1, 0.4, 1, kNaN, kNaN, 1, 0.5});
  const auto out = tile.run("silicate");
  expect_column(out.at("silicate_fraction"), {0.25, 1, 0, kNaN, 0, kNaN, 0, 0, kNaN}, 1e-14);
  const double sm = 20.82135328;  // S01
  expect_column(out.at("scsf"), {0.25 * sm, sm, 0, kNaN, 0, kNaN, 0, 0, kNaN});
}

TEST_P(Silicate, ValuesThatAreNotFiniteCountAsMissing) {
  Tile tile(4);
  tile.set_raw("runoff", {kNaN, kInf, 500, 500}).set_raw("temperature", {15, 15, kNaN, 15});
  tile.set_lithology({{"vb", {1, 1, 1, kNaN}}});
  const auto out = tile.run("silicate");
  expect_column(out.at("scsf"), std::vector<double>(4, kNaN));
}

TEST_P(Silicate, AFluxBeyondAllNumbersIsMissing) {
  Tile tile(2);
  tile.set("runoff", {1, std::numeric_limits<double>::max()}).set("temperature", {15, 15});
  tile.set_lithology({{"vb", {1, 1}}}).number("silicate.b_vb", 1);
  const auto flux = tile.run("silicate").at("scsf");
  EXPECT_GT(flux[0], 3);
  EXPECT_TRUE(std::isnan(flux[1]));
}

TEST_P(Silicate, ClassesElsewhereInTheTileCannotChangeABit) {
  const unsigned seed = 20240611;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  const std::vector<std::string> all{"su", "vb", "ss", "pb", "sm", "va", "mt",
                                     "pa", "vi", "wb", "py", "pi", "ev", "ig"};
  for (int trial = 0; trial < 200; ++trial) {
    std::map<std::string, std::vector<double>> few;
    std::map<std::string, std::vector<double>> many;
    for (const std::string& code : all) {
      const bool present = uniform(random) < 0.4;
      const double f = present ? uniform(random) / 14 : 0.0;
      many[code] = {f};
      if (present) {
        few[code] = {f};
      }
    }
    const double q = 3000 * uniform(random);
    const double t = 40 * uniform(random) - 10;
    const auto run = [&](const std::map<std::string, std::vector<double>>& planes) {
      Tile tile(1);
      tile.set("runoff", {q}).set("temperature", {t}).set_lithology(planes);
      return tile.run("silicate").at("scsf")[0];
    };
    EXPECT_EQ(run(few), run(many));
  }
}

TEST_P(Silicate, RatesOfAClassCanBeVaried) {
  Tile tile(1);
  tile.set("runoff", {100}).set("temperature", {284.2 - 273.15}).set_lithology({{"su", {1}}});
  tile.number("silicate.b_su", 0.01).number("silicate.cp_su", 0.4).number("silicate.cc", 0.25);
  // 100 x 0.01 x (0.6 + 0.25 x 0.4) = 0.7 t C
  expect_column(tile.run("silicate").at("scsf"), {0.7 * 44.0095 / 12.011});
  tile.number("silicate.b_su", 0);
  expect_column(tile.run("silicate").at("silicate_fraction"), {0});
}

TEST(SilicateDeclaration, NeedsLithologyEvenWithACarbonateLayer) {
  EXPECT_EQ(find_kernel("silicate")
                ->lacking({"carbonate_fraction", "runoff", "temperature"}, default_parameters()),
            std::vector<std::string>{"lithology"});
}

}  // namespace
}  // namespace cnci::kernels::testing
