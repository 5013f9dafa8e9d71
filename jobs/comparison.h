// Figures of two or more sides beside each other, by column and zone, with differences from the
// first side and ratios to it. Plain data, from which table, CSV, JSON and pages are printed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "jobs/comparison_source.h"
#include "jobs/comparison_unit.h"
#include "jobs/options.h"

namespace cnci::jobs {

struct ComparedZone {
  std::string level;
  std::string code;
  std::string name;
};

struct ComparedSide {
  std::string path;
  std::optional<int> year;  ///< absent where its figures are of no year
  bool published = false;
  /// Zones and columns, within what is compared, that are not in the first side; of the first side:
  /// in no other one.
  std::vector<ComparedZone> zones_alone;
  std::vector<std::string> columns_alone;
};

struct ComparisonRow {
  ComparedZone zone;
  std::size_t column = 0;      ///< of Comparison::columns
  std::vector<double> values;  ///< by side, in the column's unit; NaN is missing
  /// By further side (the second is 0): its value minus the first's, and over it; NaN where either
  /// is missing, of the ratio also where the first is 0.
  std::vector<double> differences;
  std::vector<double> ratios;
  /// Of the figure that is published, where one side's is.
  FigureGroup group = FigureGroup::kNone;
  std::string source;
  std::string note;
};

struct Comparison {
  std::vector<ComparedSide> sides;
  std::vector<ComparedColumn> columns;
  std::vector<ComparedUnit> units;        ///< of the columns
  std::vector<ComparisonRow> rows;        ///< by level, column, and then as asked for
  std::size_t published = 0;              ///< figures of the sides that are published
  std::vector<PublishedFigure> doubtful;  ///< those of them that do not add up
};

/// Throws UsageError on a level, year or column that there is not.
[[nodiscard]] Comparison compare(const std::vector<ComparisonSource>& sources,
                                 const CompareOptions& options);

}  // namespace cnci::jobs
