// Short ways to write a kernel's declaration: parameters by type, and the properties that outputs
// of one role share.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "kernels/kernel.h"

namespace cnci::kernels {

/// Fluxes are summed in units of 2^-30 t (1 mg), areas in units of 2^-40 km2 (1 mm2). The bounds
/// leave room in 64 bits: bound / quantum = 2^61. A cell of 2^31 t exceeds any cell up to 4
/// degrees.
inline constexpr double kTonneQuantum = 0x1p-30;
inline constexpr double kTonneBound = 0x1p31;
inline constexpr double kAreaQuantum = 0x1p-40;
inline constexpr double kAreaBoundKm2 = 0x1p21;

inline constexpr std::string_view kFluxUnit = "t km-2 year-1";
inline constexpr std::string_view kMeanOverCellAndYear = "area: mean time: mean";

inline Parameter number_parameter(std::string_view key, std::string_view unit,
                                  std::string_view default_text, double min, double max,
                                  std::string_view about) {
  return {.key = key,
          .unit = unit,
          .type = Parameter::Type::kNumber,
          .default_text = default_text,
          .min = min,
          .max = max,
          .about = about};
}

inline Parameter choice_parameter(std::string_view key, std::string_view default_text,
                                  std::vector<std::string_view> choices, std::string_view about) {
  return {.key = key,
          .type = Parameter::Type::kChoice,
          .default_text = default_text,
          .choices = std::move(choices),
          .about = about};
}

inline Parameter flag_parameter(std::string_view key, std::string_view about) {
  return {.key = key,
          .type = Parameter::Type::kFlag,
          .default_text = "false",
          .choices = {"true", "false"},
          .about = about};
}

}  // namespace cnci::kernels
