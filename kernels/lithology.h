// The lithology classes that kernels know (GLiM level 1).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cnci::kernels {

/// Lithology class: GLiM id (1..16), two-letter code, name.
struct LithologyClass {
  int id = 0;
  std::string_view code;
  std::string_view name;
};

inline constexpr std::size_t kLithologyClassCount = 16;
inline constexpr int kLithologyCarbonate = 6;
/// Class nd is no rock: a cell that holds any of it is unknown.
inline constexpr int kLithologyNoData = 15;

/// By ascending id, which counts from 1 without gaps.
[[nodiscard]] std::span<const LithologyClass> lithology_classes();
/// GLiM id of a two-letter code; 0 where unknown.
[[nodiscard]] int lithology_id(std::string_view code);

}  // namespace cnci::kernels
