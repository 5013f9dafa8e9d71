// What the vectorised silicate function needs: columns, and the parameters in the form it uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/block.h"
#include "kernels/lithology.h"
#include "kernels/polynomial.h"
#include "kernels/silicate.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

/// Carbon of a class per mm of runoff where it covers a whole cell, t C km-2 mm-1.
struct ClassRates {
  std::size_t class_id = 0;
  double silicate = 0;
  double carbonate = 0;  ///< of carbonate minerals, times their weight cc
};

/// Powers of the common exponential go up to 2^kMultipleBits - 1.
inline constexpr std::size_t kMultipleBits = 8;

/// A power of the common exponential as a product of its squares b, b^2, b^4, ...
struct Squares {
  std::size_t count = 0;
  std::array<std::uint8_t, kMultipleBits> index{};
  [[nodiscard]] static Squares of(std::uint32_t multiple);
};

/// The silicate minerals of the classes with one activation energy.
struct ArrheniusTerm {
  double exponent = 0;  ///< 1000 E / R, K
  Squares power;        ///< of exp(base_exponent dx), where there is a common exponent
  std::vector<ClassRates> classes;
};

/// What the vectorised function needs: columns, and the parameters in the form it uses.
struct SilicateFunction {
  ClassSlots lithology;
  Slot runoff = 0;
  Slot temperature = 0;
  std::optional<Slot> carbonate;         ///< own layer, replaces class sc
  std::optional<Slot> shielding_factor;  ///< at most one of the two
  std::optional<Slot> shielded_fraction;
  Slot base_column = 0;  ///< scratch: exp(base_exponent dx)
  std::optional<Slot> scsf;
  std::optional<Slot> silicate_fraction;
  double inverse_reference_k = 0;
  double shielded_rate = 0;        ///< s = 1 - f + rate f
  std::vector<std::size_t> other;  ///< class ids but sc and nd
  /// By ascending energy and class. The order of additions in a cell is fixed, whatever occurs
  /// elsewhere.
  std::vector<ArrheniusTerm> terms;
  ArrheniusTerm carbonate_minerals;  ///< one energy for those of all classes
  /// Common divisor of all exponents, so that one exponential and its powers serve them all; 0:
  /// there is none, every term has an exponential of its own.
  double base_exponent = 0;
  /// That exponential, exp(base_exponent dx), over the declared temperatures in degC.
  std::optional<Polynomial> base;
};

/// The classes of SilicateFunction that occur in one block.
struct SilicatePlanes {
  struct Class {
    const double* fraction = nullptr;
    double silicate = 0;
    double carbonate = 0;
  };
  struct Term {
    double exponent = 0;
    Squares power;
    std::size_t mixed_end = 0;  ///< its classes start where those of the term before end, first
    std::size_t end = 0;        ///< those with carbonate minerals, then those without
  };
  std::size_t terms = 0;
  std::array<Term, kLithologyClassCount> term{};
  std::array<Class, kLithologyClassCount> classes{};
  Term carbonate_minerals;
  bool any_carbonate_minerals = false;
  std::size_t others = 0;
  std::array<const double*, kLithologyClassCount> other{};
  std::size_t squares = 0;  ///< how many are needed
};

[[nodiscard]] SilicateFunction silicate_function(const SilicateParameters& p);

}  // namespace cnci::kernels
