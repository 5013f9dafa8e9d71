// Results of kernels against the plain formulas in long double.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tests/kernels/plain_tile.h"

namespace cnci::kernels::testing {

using TrueCell = plain::Cell<long double>;

inline std::vector<TrueCell> true_cells(const Parameters& parameters, const LayerNames& layers,
                                        const TileInputs& tile) {
  const plain::TileReference<long double> reference(parameters, layers, tile);
  std::vector<TrueCell> cells;
  for (std::size_t i = 0; i < tile.cells(); ++i) {
    cells.push_back(reference(i));
  }
  return cells;
}

/// Worst error seen of every output, relative to the larger term of a difference, else to itself.
class Worst {
 public:
  /// Compares columns `names` with the truth. Fails where one is missing and the other is not, and
  /// where the error exceeds `bound`; at most a few times.
  void compare(const std::vector<TrueCell>& truth, const std::vector<std::string>& names,
               const std::vector<std::vector<double>>& columns, double bound = 1e-9) {
    for (std::size_t column = 0; column < names.size(); ++column) {
      for (const TrueCell::Member& member : TrueCell::members()) {
        if (member.name == names[column]) {
          compare(truth, member, columns[column], bound);
        }
      }
    }
  }

  [[nodiscard]] double of(const std::string& name) const { return worst_.at(name); }
  [[nodiscard]] const std::map<std::string, double>& all() const { return worst_; }

 private:
  void compare(const std::vector<TrueCell>& truth, const TrueCell::Member& member,
               const std::vector<double>& column, double bound) {
    constexpr int kMostFailures = 5;
    ASSERT_EQ(truth.size(), column.size());
    double& worst = worst_[std::string(member.name)];
    for (std::size_t i = 0; i < column.size() && failures_ < kMostFailures; ++i) {
      const double error = error_of(truth[i], member, column[i]);
      worst = std::max(worst, error);
      if (!(error <= bound)) {
        ++failures_;
        ADD_FAILURE() << member.name << " of cell " << i << " is " << column[i] << " and not "
                      << static_cast<double>(truth[i].*member.value) << ", error " << error;
      }
    }
  }

  static double error_of(const TrueCell& truth, const TrueCell::Member& member, double actual) {
    const long double expected = truth.*member.value;
    if (std::isnan(expected) || std::isnan(actual)) {
      return std::isnan(expected) && std::isnan(actual) ? 0.0
                                                        : std::numeric_limits<double>::infinity();
    }
    if (member.name == "rh_above_rs" && truth.rh_near_rs) {
      return 0;
    }
    // Numbers that double cannot hold in full are no matter of accuracy.
    constexpr long double kTiny = 1e-290L;
    const long double scale =
        std::abs(member.scale == nullptr ? expected : truth.*member.scale) + kTiny;
    return static_cast<double>(std::abs(actual - expected) / scale);
  }

  std::map<std::string, double> worst_;
  int failures_ = 0;
};

}  // namespace cnci::kernels::testing
