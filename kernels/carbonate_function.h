// What the vectorised carbonate function needs: columns, and the parameters in the form it uses.
#pragma once

#include <optional>

#include "kernels/block.h"
#include "kernels/calcite_fit.h"
#include "kernels/carbonate.h"
#include "kernels/inputs.h"

namespace cnci::kernels {

struct CarbonateFunction {
  std::optional<Slot> fraction;  ///< own layer; else from class sc
  Slot class_known = 0;
  Slot class_sc = 0;
  Slot runoff = 0;
  Slot temperature = 0;
  std::optional<Slot> pressure;  ///< evapotranspiration or pCO2; none where it is constant
  Slot root_column = 0;          ///< scratch: z of CalciteFit
  Slot factor_column = 0;        ///< scratch: q f, mm
  std::optional<Slot> ccsf;
  std::optional<Slot> fraction_used;
  std::optional<Slot> pco2;
  CarbonateParameters parameters;
  CalciteFit fit;
  double brook_log_range = 0;  ///< ln pCO2 = limit - range exp(-rate ET)
  double brook_log_limit = 0;
  double sixth_root = 0;  ///< of a constant pressure
};

}  // namespace cnci::kernels
