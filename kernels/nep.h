// Net ecosystem production: NPP less heterotrophic respiration, which follows from soil respiration
// by temperature, precipitation and soil organic carbon (Chen et al. 2010, 2012).
#pragma once

#include <optional>

#include "kernels/block.h"
#include "kernels/constants.h"

namespace cnci::kernels {

/// What the vectorised function needs: columns, and the parameters in the form it uses.
struct NepFunction {
  Slot npp = 0;            ///< t C km-2
  Slot temperature = 0;    ///< degC
  Slot precipitation = 0;  ///< mm
  Slot soc = 0;            ///< kg C m-2
  Slot log_rs = 0;         ///< scratch: ln Rs, kg C m-2 yr-1
  std::optional<Slot> nep;
  std::optional<Slot> rh_above_rs;
  double log_rs_base = 0;  ///< ln rs_q0, kg C m-2
  double rs_beta = 0;      ///< per degC
  double p_half_mm = 0;
  double soc_half = 0;
  double log_g_per_kg = 0;   ///< ln 1000
  double log_rh_factor = 0;  ///< ln(1000 rh_a)
  double rh_exponent = 0;
  bool cap_rh = false;
  bool clamp_negative = false;
};

}  // namespace cnci::kernels
