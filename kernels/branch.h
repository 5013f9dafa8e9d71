// Codes of the audit variable `branch`: which formula branch produced a cell's weathering flux, or
// why there is none. Codes 1..16 are the GLiM ids of the class that covers most of the cell.
#pragma once

namespace cnci::kernels {

enum class Branch : int {
  kCarbonate = 6,         ///< dominant class; the carbonate formula
  kNoDataLithology = 15,  ///< lithology (or carbonate_fraction) is missing
  kZeroRunoff = 17,       ///< rock that weathers, without water
  kNoCarbonate = 18,      ///< no lithology layer, and carbonate_fraction is 0
  kFrozen = 19,           ///< carbonate.freeze = zero, below 0 degC
  kZeroPressure = 20,     ///< carbonate with a CO2 pressure of 0
  kNoDataRunoff = 21,
  kNoDataTemperature = 22,
  kNoDataPressure = 23,  ///< pco2 layer, or evapotranspiration with carbonate.pco2 = brook
  kNoDataShielding = 24,
  kNotComputed = 25,  ///< the kernel of the dominant class does not run in this job
};

}  // namespace cnci::kernels
