// A small tile for kernel tests: columns from lists in which NaN stands for a missing cell, and the
// outputs of a kernel as vectors. The kernel runs on the instruction set in use.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernels/lithology.h"
#include "kernels/registry.h"
#include "tests/kernels/run_pass.h"
#include "tests/kernels/targets.h"

namespace cnci::kernels::testing {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// |a - b| <= relative * |b|, and both NaN or neither.
inline ::testing::AssertionResult close(double actual, double expected, double relative = 1e-9) {
  if (std::isnan(expected) ? std::isnan(actual)
                           : std::abs(actual - expected) <= relative * std::abs(expected)) {
    return ::testing::AssertionSuccess();
  }
  ::testing::AssertionResult result = ::testing::AssertionFailure();
  result << actual << " is not " << expected << " within " << relative;
  return result;
}

class Tile {
 public:
  explicit Tile(std::size_t cells) : cells_(cells), inputs_(cells) {}

  /// NaN cells are invalid, with a value that must not be used.
  Tile& set(const std::string& name, const std::vector<double>& values) {
    inputs_.set(name, keep(values));
    layers_.columns.insert(name);
    return *this;
  }
  Tile& set_monthly(const std::string& name, const std::vector<std::array<double, 12>>& cells) {
    std::array<Column, 12> months;
    for (std::size_t month = 0; month < 12; ++month) {
      std::vector<double> values;
      for (const auto& cell : cells) {
        values.push_back(cell.at(month));
      }
      months.at(month) = keep(values);
    }
    inputs_.set_monthly(name, months);
    layers_.monthly.insert(name);
    return *this;
  }
  /// Planes by two-letter code; `known` (all 1 where empty) says which cells are valid.
  Tile& set_lithology(const std::map<std::string, std::vector<double>>& planes,
                      std::vector<std::uint8_t> known = {}) {
    std::map<int, std::vector<double>> by_id;
    for (const auto& [code, fractions] : planes) {
      by_id[lithology_id(code)] = fractions;
    }
    return set_planes(by_id, std::move(known));
  }
  Tile& set_planes(const std::map<int, std::vector<double>>& by_id,
                   std::vector<std::uint8_t> known = {}) {
    if (known.empty()) {
      known.assign(cells_, 1);
    }
    ClassColumns classes;
    for (const auto& [id, fractions] : by_id) {
      values_.push_back(fractions);
      classes.planes.push_back({id, values_.back()});
    }
    valid_.push_back(std::move(known));
    classes.valid = valid_.back();
    inputs_.set_classes("lithology", std::move(classes));
    layers_.classes.insert("lithology");
    return *this;
  }

  /// The class of each cell; 0: not known.
  Tile& set_only_class(const std::vector<std::int32_t>& classes) {
    classes_.push_back(classes);
    valid_.emplace_back();
    for (const std::int32_t id : classes) valid_.back().push_back(id != 0 ? 1 : 0);
    inputs_.set_classes("lithology", {{}, valid_.back(), classes_.back()});
    layers_.classes.insert("lithology");
    return *this;
  }

  /// A value that claims to be valid, finite or not.
  Tile& set_raw(const std::string& name, const std::vector<double>& values) {
    values_.push_back(values);
    valid_.emplace_back(cells_, std::uint8_t{1});
    inputs_.set(name, {values_.back(), valid_.back()});
    layers_.columns.insert(name);
    return *this;
  }

  Tile& number(const std::string& key, double value) {
    parameters_.set_number(key, value);
    return *this;
  }
  Tile& text(const std::string& key, const std::string& value) {
    parameters_.set_text(key, value);
    return *this;
  }

  /// Runs a kernel; all its outputs (NaN where missing, never infinite) become layers
  /// of the next.
  std::map<std::string, std::vector<double>> run(const std::string& name) {
    const Kernel& kernel = *find_kernel(name);
    const std::vector<std::string> outputs = outputs_of({&kernel});
    const Pass pass({&kernel}, parameters_, layers_, outputs);
    const auto columns = run_pass(pass, inputs_, outputs);
    std::map<std::string, std::vector<double>> results;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      for (const double value : columns[i]) {
        EXPECT_FALSE(std::isinf(value)) << outputs[i];
      }
      set(outputs[i], columns[i]);
      results[outputs[i]] = columns[i];
    }
    return results;
  }

  [[nodiscard]] const TileInputs& inputs() const { return inputs_; }
  [[nodiscard]] const LayerNames& layers() const { return layers_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }

 private:
  Column keep(const std::vector<double>& values) {
    values_.push_back(values);
    valid_.emplace_back(cells_, std::uint8_t{1});
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) {
        valid_.back()[i] = 0;
        values_.back()[i] = kUnusable;
      }
    }
    return {values_.back(), valid_.back()};
  }

  static constexpr double kUnusable = 123.0;  ///< plausible on purpose: only `valid` may reject it
  std::size_t cells_;
  TileInputs inputs_;
  LayerNames layers_;
  Parameters parameters_ = default_parameters();
  std::list<std::vector<double>> values_;
  std::list<std::vector<std::uint8_t>> valid_;
  std::list<std::vector<std::int32_t>> classes_;
};

/// Compares a column with what a reader wrote down; NaN means missing.
inline void expect_column(const std::vector<double>& actual, const std::vector<double>& expected,
                          double relative = 1e-9) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_TRUE(close(actual[i], expected[i], relative)) << "cell " << i;
  }
}

}  // namespace cnci::kernels::testing
