// One side of a comparison in one year: which zones and columns it has, and its figures.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobs/comparison_source.h"
#include "jobs/comparison_unit.h"

namespace cnci::jobs {

/// A figure as a side has it; what is said of it is empty where it is not published.
struct SideFigure {
  double value = 0;
  const PublishedFigure* published = nullptr;
};

class ComparisonSide {
 public:
  /// `source` must outlive it. Throws UsageError where the year is not there; a side without years
  /// takes any.
  ComparisonSide(const ComparisonSource& source, std::optional<int> year);

  [[nodiscard]] const ComparisonSource& source() const { return source_; }
  [[nodiscard]] std::optional<int> year() const { return year_; }

  /// Those that there are, coarse to fine; published ones in order of appearance.
  [[nodiscard]] const std::vector<std::string>& levels() const { return levels_; }
  struct Zone {
    std::string level;
    std::string code;
    std::string name;
  };
  [[nodiscard]] const std::vector<Zone>& zones() const { return zones_; }
  [[nodiscard]] bool has_zone(const std::string& level, const std::string& code) const;

  /// Names of its columns, in order.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// Whether it has the column, or both of a share.
  [[nodiscard]] bool has_column(const ComparedColumn& column) const;

  /// What it says of a zone: nothing, a value (perhaps missing), or what was published in several
  /// places.
  [[nodiscard]] std::vector<SideFigure> figures(const std::string& level, const std::string& code,
                                                const ComparedColumn& column) const;

  /// Years that a source has, ascending; none where it speaks of no year.
  [[nodiscard]] static std::vector<int> years_of(const ComparisonSource& source);

 private:
  using ZoneKey = std::pair<std::string, std::string>;

  void take_table();
  void take_figures();
  [[nodiscard]] double table_value(std::size_t node, const ComparedColumn& column) const;
  /// The node of a coarser level that a node lies in.
  [[nodiscard]] std::optional<std::size_t> ancestor(std::size_t node,
                                                    const std::string& level) const;

  const ComparisonSource& source_;
  std::optional<int> year_;
  std::size_t year_index_ = 0;
  std::vector<std::string> levels_;
  std::vector<Zone> zones_;
  std::vector<std::string> columns_;
  std::map<ZoneKey, std::size_t> nodes_;  ///< position in zones_
  std::map<std::pair<ZoneKey, std::string>, std::vector<const PublishedFigure*>> figures_;
};

}  // namespace cnci::jobs
