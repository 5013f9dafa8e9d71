// Where the land of a synthetic sample is, on its 30 arc-second lattice: runs of cells by row, so
// that a planet's mask is a few megabytes. A cell that the coast only touches is land too: every
// cell with a part in a zone has data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "jobs/sample_size.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {

class SampleLand {
 public:
  /// Columns first..last-1 of one row.
  struct Run {
    std::int64_t first = 0;
    std::int64_t last = 0;
    bool operator==(const Run&) const = default;
  };

  SampleLand(const SampleBox& box, const std::vector<SamplePolyline>& coast);

  [[nodiscard]] std::int64_t cols() const { return cols_; }
  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(runs_.size()); }
  /// Ascending, disjoint; rows count from the north.
  [[nodiscard]] std::span<const Run> row(std::int64_t index) const;
  /// Number of land cells in a rectangle of cells.
  [[nodiscard]] std::int64_t count(std::int64_t col, std::int64_t row, std::int64_t cols,
                                   std::int64_t rows) const;

 private:
  std::int64_t cols_;
  std::vector<std::vector<Run>> runs_;
};

}  // namespace cnci::jobs
