#include "kernels/calcite_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "kernels/registry.h"

namespace cnci::kernels::testing {
namespace {

/// z = sqrt(3 [Ca]) of an ideal solution.
double root(double water_c, double pco2_atm, const CarbonateParameters& p) {
  return std::sqrt(3 * ideal_calcium_mol_l(water_c, pco2_atm, p));
}

TEST(CalciteFit, CoversEveryTemperatureAndPressureOfOrdinaryJobs) {
  for (const std::string gamma : {"iterate", "fixed", "ideal"}) {
    for (const std::string pressure : {"brook", "constant", "raster"}) {
      SCOPED_TRACE(gamma + " " + pressure);
      Parameters parameters = default_parameters();
      parameters.set_text("carbonate.gamma", gamma);
      parameters.set_text("carbonate.pco2", pressure);
      const CarbonateParameters p = carbonate_parameters(parameters);
      const CalciteFit fit = fit_calcite(p);
      const bool brook = pressure == "brook";
      const double least = brook ? brook_pco2_atm(0, p) : pressure == "raster" ? 0.0 : p.pco2_atm;
      const double most = brook ? brook_pco2_atm(1e9, p) : pressure == "raster" ? 1.0 : p.pco2_atm;
      for (double water_c = p.water_min_c; water_c <= p.water_max_c; water_c += 0.5) {
        EXPECT_LE(fit.root_min, root(water_c, least, p)) << water_c;
        EXPECT_GE(fit.root_max, root(water_c, most, p)) << water_c;
      }
      EXPECT_EQ(fit.brook.has_value(), brook);
    }
  }
}

TEST(CalciteFit, GivesUpHighPressuresWhereTheIterationDoesNotConverge) {
  Parameters parameters = default_parameters();
  parameters.set_text("carbonate.pco2", "raster");
  CarbonateParameters p = carbonate_parameters(parameters);
  const double whole = fit_calcite(p).root_max;
  p.calcium.linear = -30;
  EXPECT_FALSE(calcite_equilibrium_of_ideal(0, ideal_calcium_mol_l(0, 1, p), p).converged);
  const double part = fit_calcite(p).root_max;
  EXPECT_LT(part, whole);
  EXPECT_GT(part, 0);
}

}  // namespace
}  // namespace cnci::kernels::testing
