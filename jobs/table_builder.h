// Builds the columns of the table by zone, year by year and node by node, from the exact sums.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exact_sum.h"
#include "engine/sum_tree.h"
#include "io/zone_table.h"
#include "jobs/job.h"
#include "jobs/selection.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kTonneQuantum = 0x1p-30;
inline constexpr const char* kTonnesPerYear = "t year-1";
// What a value is of its zone and year, in CF's words.
inline constexpr const char* kTotalOfArea = "area: sum";
inline constexpr const char* kTotalAYear = "area: sum time: mean";
inline constexpr const char* kMeanOfArea = "area: mean time: mean";

/// Missing unless b is positive.
[[nodiscard]] inline double ratio(double a, double b) { return b > 0 ? a / b : kNoValue; }

class TableBuilder {
 public:
  TableBuilder(const Job& job, const Selection& selection, const engine::SumTree& sums)
      : job_(job), selection_(selection), sums_(sums) {
    const engine::ZoneTree& tree = sums.zones();
    table_.years = job.years;
    for (const engine::ZoneNode& node : tree.nodes) {
      const std::string parent =
          node.parent < 0 ? std::string{} : tree.nodes[static_cast<std::size_t>(node.parent)].code;
      table_.nodes.push_back(
          {tree.levels.at(static_cast<std::size_t>(node.level)), node.code, node.name, parent});
    }
  }

  using Cell = std::function<double(std::size_t year, std::size_t node)>;
  void add(const std::string& name, const std::string& unit, const std::string& long_name,
           const Cell& cell, const char* cell_methods = "") {
    io::ZoneTable::Column column{name, unit, long_name, {}, cell_methods};
    for (std::size_t year = 0; year < table_.years.size(); ++year) {
      for (std::size_t node = 0; node < table_.nodes.size(); ++node) {
        column.values.push_back(cell(year, node));
      }
    }
    table_.columns.push_back(std::move(column));
  }
  [[nodiscard]] double value(const std::string& name, std::size_t year, std::size_t node) const {
    const io::ZoneTable::Column* column = table_.find(name);
    return column == nullptr ? kNoValue : column->values[table_.index(year, node)];
  }
  [[nodiscard]] bool has(const std::string& name) const { return table_.find(name) != nullptr; }

  /// Index of the summed output with this total name ("ccs"), if the job computes it.
  [[nodiscard]] std::optional<std::size_t> total(const std::string& name) const {
    for (std::size_t v = 0; v < selection_.sums.size(); ++v) {
      const kernels::Output* output = selection_.sums[v].output;
      if (output != nullptr && output->total_name == name) return v;
    }
    return std::nullopt;
  }
  /// Indices of the outputs of one role.
  [[nodiscard]] std::vector<std::size_t> of_role(kernels::Role role) const {
    std::vector<std::size_t> out;
    for (std::size_t v = 0; v < selection_.sums.size(); ++v) {
      const kernels::Output* output = selection_.sums[v].output;
      if (output != nullptr && output->role == role) out.push_back(v);
    }
    return out;
  }
  [[nodiscard]] engine::ExactSum amount(const std::vector<std::size_t>& variables, std::size_t year,
                                        std::size_t node) const {
    engine::ExactSum sum;
    for (const std::size_t v : variables) sum += sums_.at(year, v, node).amount;
    return sum;
  }
  /// Whether any cell of a zone has a value of any of these variables: a sum of nothing is missing.
  [[nodiscard]] bool has_value(const std::vector<std::size_t>& variables, std::size_t year,
                               std::size_t node) const {
    return std::any_of(variables.begin(), variables.end(),
                       [&](std::size_t v) { return sums_.at(year, v, node).area.value != 0; });
  }
  [[nodiscard]] const engine::SumTree& sums() const { return sums_; }
  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] const Selection& selection() const { return selection_; }
  [[nodiscard]] io::ZoneTable take() { return std::move(table_); }
  [[nodiscard]] const io::ZoneTable& table() const { return table_; }

  /// Where a joined column lacks zones below a node: its sum there is a lower bound, of which no
  /// ratio is made.
  void set_incomplete(const std::string& name, std::vector<bool> where) {
    incomplete_[name] = std::move(where);
  }
  [[nodiscard]] bool complete(const std::string& name, std::size_t year, std::size_t node) const {
    const auto it = incomplete_.find(name);
    return it == incomplete_.end() || !it->second[table_.index(year, node)];
  }

 private:
  std::map<std::string, std::vector<bool>> incomplete_;
  const Job& job_;
  const Selection& selection_;
  const engine::SumTree& sums_;
  io::ZoneTable table_;
};

}  // namespace cnci::jobs
