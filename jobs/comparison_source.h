// What is compared: the zone table of a finished run, a CSV like it, or a CSV of published figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/zone_table.h"

namespace cnci::jobs {

/// What is known of a published figure's arithmetic: nothing, it agrees with the others, they
/// contradict it, it rests on one that they contradict, or there is nothing to check it by.
enum class FigureGroup { kNone, kConsistent, kInconsistent, kUnsupported, kUnchecked };
[[nodiscard]] const std::string& figure_group_name(FigureGroup group);
[[nodiscard]] inline bool does_not_add_up(FigureGroup group) {
  return group == FigureGroup::kInconsistent || group == FigureGroup::kUnsupported;
}

struct PublishedFigure {
  std::string level;
  std::string code;
  std::string name;
  std::optional<int> year;
  std::string column;
  double value = 0;     ///< in the unit of its column; NaN: known to be missing
  std::string printed;  ///< as published, with its unit
  FigureGroup group = FigureGroup::kNone;
  std::string source;  ///< where it stands; the same figure may stand in several places
  std::string note;
};

struct ComparisonSource {
  std::string path;
  io::ZoneTable table;     ///< empty where figures are published
  bool has_years = true;   ///< else the table's one year says nothing
  bool published = false;  ///< `figures` holds, not `table`
  std::vector<PublishedFigure> figures;
};

/// A folder is read as the output of a run, a file as CSV: with columns `column` and `value` a
/// figure a row, else like zones.csv, of which `level` and `code` must be there. Throws
/// engine::Error: no such path, incomplete output, columns, units, numbers, duplicates, no UTF-8.
[[nodiscard]] ComparisonSource read_comparison_source(const std::string& path);

}  // namespace cnci::jobs
