// The declared accuracy of the kernels, over dense grids of their inputs and over parameters far
// from the defaults, against the plain formulas in long double, on every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/calcite_fit.h"
#include "tests/kernels/against_plain.h"
#include "tests/kernels/run_pass.h"
#include "tests/kernels/targets.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

/// `steps` values from low to high.
std::vector<double> even(double low, double high, int steps) {
  std::vector<double> values;
  for (int i = 0; i < steps; ++i) {
    values.push_back(low + (high - low) * i / std::max(steps - 1, 1));
  }
  return values;
}

/// From low > 0 to high by a constant factor, after a zero.
std::vector<double> zero_and_by_factor(double low, double high, int steps) {
  std::vector<double> values{0};
  for (const double exponent : even(std::log(low), std::log(high), steps)) {
    values.push_back(std::min(std::exp(exponent), high));
  }
  return values;
}

using Axes = std::vector<std::pair<std::string, std::vector<double>>>;

/// A tile with a cell for every combination of values.
Tile grid(const Axes& axes) {
  std::size_t cells = 1;
  for (const auto& axis : axes) cells *= axis.second.size();
  Tile tile(cells);
  std::size_t stride = 1;
  for (const auto& [name, values] : axes) {
    std::vector<double> column;
    for (std::size_t i = 0; i < cells; ++i) {
      column.push_back(values[i / stride % values.size()]);
    }
    tile.set(name, column);
    stride *= values.size();
  }
  return tile;
}

/// Compares a kernel on every target; prints and returns the worst error of an output.
double worst_error(const std::string& kernel_name, const Tile& tile, const std::string& output,
                   const std::string& what, double bound) {
  SCOPED_TRACE(what);
  const Kernel* kernel = find_kernel(kernel_name);
  const std::vector<std::string> names = outputs_of({kernel});
  const auto truth = true_cells(tile.parameters(), tile.layers(), tile.inputs());
  const Pass pass({kernel}, tile.parameters(), tile.layers(), names);
  Worst worst;
  for_each_target([&](std::string_view) {
    worst.compare(truth, names, run_pass(pass, tile.inputs(), names), bound);
  });
  std::printf("[ accuracy ] %-4s %-46s %7zu cells  %.1e\n", output.c_str(), what.c_str(),
              truth.size(), worst.of(output));
  return worst.of(output);
}

constexpr double kDeclared = 1e-9;

Axes carbonate_axes() {
  return {{"runoff", {812.5}}, {"carbonate_fraction", {0.37}}, {"temperature", even(-40, 60, 121)}};
}

Tile carbonate_raster(const std::vector<double>& pressures_atm) {
  Axes axes = carbonate_axes();
  axes.emplace_back("pco2", pressures_atm);
  Tile tile = grid(axes);
  tile.text("carbonate.pco2", "raster");
  return tile;
}

Tile carbonate_raster(int pressures) {
  return carbonate_raster(zero_and_by_factor(1e-12, 1, pressures));
}

void expect_carbonate(const Tile& tile, const std::string& what) {
  EXPECT_LE(worst_error("carbonate", tile, "ccsf", what, kDeclared), kDeclared);
}

TEST(Accuracy, CarbonateOverAllTemperaturesAndPressures) {
  for (const std::string gamma : {"iterate", "fixed", "ideal"}) {
    for (const std::string freeze : {"clamp", "zero"}) {
      Tile tile = carbonate_raster(97);
      tile.text("carbonate.gamma", gamma).text("carbonate.freeze", freeze);
      expect_carbonate(tile, "raster, gamma " + gamma + ", freeze " + freeze);
    }
  }
}

TEST(Accuracy, CarbonateOverAllEvapotranspiration) {
  Axes axes = carbonate_axes();
  axes.emplace_back("evapotranspiration", even(0, 15000, 121));
  Tile tile = grid(axes);
  expect_carbonate(tile, "brook");
  tile.number("carbonate.brook_base", 0).number("carbonate.brook_range", 0);
  expect_carbonate(tile, "brook at 1 atm");
  tile.number("carbonate.brook_base", -6).number("carbonate.brook_range", 6);
  expect_carbonate(tile, "brook of 6 decades");
  tile.number("carbonate.brook_rate", 1);
  expect_carbonate(tile, "brook that rises at once");
}

TEST(Accuracy, CarbonateAtOnePressure) {
  for (const double pco2 : {0.0, 1e-300, 1e-12, 1e-6, 4e-4, 0.006, 0.1, 1.0}) {
    Tile tile = grid(carbonate_axes());
    tile.text("carbonate.pco2", "constant").number("carbonate.pco2_value", pco2);
    expect_carbonate(tile, "constant " + ::testing::PrintToString(pco2) + " atm");
  }
}

TEST(Accuracy, CarbonateWithOtherLimitsOfWater) {
  for (const auto& [min, max] : std::vector<std::pair<double, double>>{
           {0, 90}, {50, 90}, {0, 0}, {25, 25}, {20, 20.001}, {50, 10}}) {
    Tile tile = carbonate_raster(25);
    tile.number("carbonate.water_min", min).number("carbonate.water_max", max);
    expect_carbonate(tile, "water " + ::testing::PrintToString(min) + " to " +
                               ::testing::PrintToString(max) + " degC");
  }
}

TEST(Accuracy, CarbonateWithOddParameters) {
  const std::vector<std::pair<std::string, double>> odd{
      {"linear_ca", 1}, {"linear_ca", -1},      {"linear_hco3", 1}, {"linear_hco3", -1},
      {"size_ca", 0},   {"size_hco3", 0},       {"size_ca", 20},    {"ks_a", -168.9},
      {"k2_a", -100},   {"k1_b", -0.09},        {"k0_d", -41.3},    {"ks_e", 3e5},
      {"ks_c", 2000},   {"ionic_strength", 0.5}};
  for (const auto& [key, value] : odd) {
    Tile tile = carbonate_raster(25);
    tile.number("carbonate." + key, value);
    if (key == "ionic_strength") tile.text("carbonate.gamma", "fixed");
    expect_carbonate(tile, key + " = " + ::testing::PrintToString(value));
  }
}

/// sqrt(3 [Ca]) of an ideal solution in cold water.
double root_at(double pco2_atm, const CarbonateParameters& p) {
  return std::sqrt(3 * ideal_calcium_mol_l(p.water_min_c, pco2_atm, p));
}

TEST(Accuracy, CarbonateWherePolynomialsCoverSomeOfTheCellsOrNone) {
  for (const auto& [ks_a, linear_ca] :
       std::vector<std::pair<double, double>>{{-166, 0.165}, {-167.5, 1}}) {
    Tile some = carbonate_raster(49);
    some.number("carbonate.ks_a", ks_a).number("carbonate.linear_ca", linear_ca);
    const CarbonateParameters p = carbonate_parameters(some.parameters());
    EXPECT_LT(fit_calcite(p).root_max, root_at(1, p));
    EXPECT_GT(fit_calcite(p).root_max, root_at(1e-6, p));
    expect_carbonate(some, "much calcium, linear_ca = " + ::testing::PrintToString(linear_ca));
  }
  Tile none = carbonate_raster(zero_and_by_factor(1e-140, 1e-120, 49));
  none.number("carbonate.ks_d", 120);
  EXPECT_LT(fit_calcite(carbonate_parameters(none.parameters())).root_max, 0);
  expect_carbonate(none, "calcium beyond all measure");
}

const std::vector<std::string> kRocks{"su", "vb", "ss", "pb", "sm", "va", "mt", "pa",
                                      "vi", "wb", "py", "pi", "ev", "ig", "sc"};

/// Every class alone and mixtures of two to four, at all temperatures and beyond.
Tile silicate_tile() {
  const std::vector<double> temperatures = even(-140, 120, 301);
  std::vector<std::vector<double>> mixtures;  // fractions by class
  for (std::size_t rock = 0; rock < kRocks.size(); ++rock) {
    std::vector<double> one(kRocks.size());
    std::vector<double> two(kRocks.size());
    std::vector<double> four(kRocks.size());
    one[rock] = 1;
    two[rock] += 0.3;
    two[(rock + 4) % kRocks.size()] += 0.7;
    for (std::size_t part = 0; part < 4; ++part) {
      four[(rock + 3 * part) % kRocks.size()] += 0.1 * static_cast<double>(part + 1);
    }
    mixtures.insert(mixtures.end(), {one, two, four});
  }
  std::map<std::string, std::vector<double>> planes;
  std::vector<double> temperature;
  std::vector<double> shielded;
  for (const std::vector<double>& mixture : mixtures) {
    for (const double t : temperatures) {
      temperature.push_back(t);
      shielded.push_back(static_cast<double>(temperature.size() % 7) / 6);
      for (std::size_t rock = 0; rock < kRocks.size(); ++rock) {
        planes[kRocks[rock]].push_back(mixture[rock]);
      }
    }
  }
  Tile tile(temperature.size());
  tile.set("temperature", temperature).set("shielded_fraction", shielded);
  tile.set("runoff", std::vector<double>(temperature.size(), 1234.5)).set_lithology(planes);
  return tile;
}

void expect_silicate(const Tile& tile, const std::string& what) {
  EXPECT_LE(worst_error("silicate", tile, "scsf", what, kDeclared), kDeclared);
}

TEST(Accuracy, SilicateOverAllTemperaturesAndMixtures) {
  Tile tile = silicate_tile();
  expect_silicate(tile, "defaults");
  for (const double cc : {0.0, 0.25, 1.0}) {
    expect_silicate(tile.number("silicate.cc", cc), "cc = " + ::testing::PrintToString(cc));
  }
}

TEST(Accuracy, SilicateWithOtherEnergies) {
  const std::vector<std::vector<std::pair<std::string, double>>> variants{
      {{"sa_vb", 55.3217}},                         // no common step
      {{"sa_vb", 55.5}, {"ca", 14.25}},             // a step of 0.25
      {{"sa_su", 0}},                               // no temperature in one class
      {{"ca", 0}},                                  //
      {{"sa_mt", 200}, {"ca", 1}, {"sa_py", 199}},  // powers up to 200
      {{"sa_su", 59.999}, {"sa_va", 60.001}},       //
      {{"t_ref", 200}, {"shielded_rate", 0}},
      {{"t_ref", 400}, {"b_vb", 1}, {"cp_vb", 1}, {"b_su", 0}}};
  for (const auto& variant : variants) {
    Tile tile = silicate_tile();
    std::string what;
    for (const auto& [key, value] : variant) {
      tile.number("silicate." + key, value);
      what += key + " = " + ::testing::PrintToString(value) + " ";
    }
    expect_silicate(tile, what);
  }
}

Tile nep_tile() {
  return grid({{"npp", {-3000, 0, 712.5, 3270}},
               {"temperature", even(-90, 60, 31)},
               {"precipitation", zero_and_by_factor(1e-6, 15000, 25)},
               {"soc", zero_and_by_factor(1e-6, 500, 17)}});
}

/// In relation to the larger of NPP and 1000 Rh. NEP is a difference, so that its terms must be
/// good nearly to the last place.
void expect_nep(const Tile& tile, const std::string& what, double bound) {
  EXPECT_LE(worst_error("nep", tile, "nep", what, kDeclared), bound);
}

TEST(Accuracy, NepOverAllItsInputs) {
  constexpr double kBound = 1e-14;
  expect_nep(nep_tile(), "defaults", kBound);
  for (const std::string key : {"cap_rh", "clamp_negative"}) {
    Tile tile = nep_tile();
    expect_nep(tile.text("nep." + key, "true"), key, kBound);
  }
}

TEST(Accuracy, NepWithOtherParameters) {
  const std::vector<std::vector<std::pair<std::string, double>>> variants{
      {{"rs_q0", 100}},
      {{"rs_q0", 0}},
      {{"rs_beta", 0}},
      {{"rs_beta", 0.2}},
      {{"p_half", 1e-6}},
      {{"p_half", 100}},
      {{"soc_half", 1e-6}},
      {{"soc_half", 1000}},
      {{"rh_a", 0}},
      {{"rh_a", 10}},
      {{"rh_b", 0.01}},
      {{"rh_b", 2}},
      {{"rh_a", 1}, {"rh_b", 1}}};
  for (const auto& variant : variants) {
    Tile tile = nep_tile();
    std::string what;
    for (const auto& [key, value] : variant) {
      tile.number("nep." + key, value);
      what += key + " = " + ::testing::PrintToString(value) + " ";
    }
    expect_nep(tile, what, 2e-14);
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
