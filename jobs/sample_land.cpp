#include "jobs/sample_land.h"

#include <algorithm>
#include <cmath>

namespace cnci::jobs {
namespace {

struct Row {
  std::vector<double> crossings;  // of the coast with the line through the cells' centres
  std::vector<SampleLand::Run> touched;
};

class CoastWalker {
 public:
  CoastWalker(const SampleBox& box, std::int64_t cols, std::vector<Row>& rows)
      : box_(box), cols_(cols), rows_(rows) {}

  void add(const SamplePoint& from, const SamplePoint& to) {
    double ax = (from.lon - box_.west) * kSampleCellsPerDegree;
    double ay = (box_.north - from.lat) * kSampleCellsPerDegree;
    double bx = (to.lon - box_.west) * kSampleCellsPerDegree;
    double by = (box_.north - to.lat) * kSampleCellsPerDegree;
    if (ay > by) {
      std::swap(ax, bx);
      std::swap(ay, by);
    }
    const auto x_at = [&](double y) {
      return ay == by ? ax : ax + (bx - ax) * (y - ay) / (by - ay);
    };
    const auto last_row = static_cast<std::int64_t>(rows_.size()) - 1;
    const std::int64_t first = std::clamp<std::int64_t>(floor_of(ay), 0, last_row);
    const std::int64_t last = std::clamp<std::int64_t>(floor_of(by), 0, last_row);
    for (std::int64_t index = first; index <= last; ++index) {
      const auto y = static_cast<double>(index);
      double x0 = x_at(std::max(ay, y));
      double x1 = ay == by ? bx : x_at(std::min(by, y + 1));
      if (x0 > x1) std::swap(x0, x1);
      Row& row = rows_[static_cast<std::size_t>(index)];
      row.touched.push_back({std::clamp<std::int64_t>(floor_of(x0), 0, cols_),
                             std::clamp<std::int64_t>(floor_of(x1) + 1, 0, cols_)});
      // Half-open, so that a vertex on the line counts once.
      if (ay <= y + 0.5 && y + 0.5 < by) row.crossings.push_back(x_at(y + 0.5));
    }
  }

 private:
  static std::int64_t floor_of(double value) {
    return static_cast<std::int64_t>(std::floor(value));
  }

  const SampleBox& box_;
  std::int64_t cols_;
  std::vector<Row>& rows_;
};

std::vector<SampleLand::Run> merge(Row& row, std::int64_t cols) {
  std::vector<SampleLand::Run> runs = std::move(row.touched);
  std::sort(row.crossings.begin(), row.crossings.end());
  for (std::size_t i = 0; i + 1 < row.crossings.size(); i += 2) {
    // Cells whose centres lie between the two crossings.
    const auto first = static_cast<std::int64_t>(std::ceil(row.crossings[i] - 0.5));
    const auto last = static_cast<std::int64_t>(std::ceil(row.crossings[i + 1] - 0.5));
    runs.push_back(
        {std::clamp<std::int64_t>(first, 0, cols), std::clamp<std::int64_t>(last, 0, cols)});
  }
  std::sort(runs.begin(), runs.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<SampleLand::Run> merged;
  for (const SampleLand::Run& run : runs) {
    if (run.first >= run.last) continue;
    if (!merged.empty() && run.first <= merged.back().last) {
      merged.back().last = std::max(merged.back().last, run.last);
    } else {
      merged.push_back(run);
    }
  }
  return merged;
}

std::int64_t cells(double degrees) {
  return static_cast<std::int64_t>(std::floor(degrees * kSampleCellsPerDegree + 0.5));
}

}  // namespace

SampleLand::SampleLand(const SampleBox& box, const std::vector<SamplePolyline>& coast)
    : cols_(cells(box.east - box.west)) {
  std::vector<Row> rows(static_cast<std::size_t>(cells(box.north - box.south)));
  CoastWalker walker(box, cols_, rows);
  for (const SamplePolyline& line : coast) {
    for (std::size_t i = 1; i < line.size(); ++i) walker.add(line[i - 1], line[i]);
  }
  runs_.reserve(rows.size());
  for (Row& row : rows) runs_.push_back(merge(row, cols_));
}

std::span<const SampleLand::Run> SampleLand::row(std::int64_t index) const {
  return runs_[static_cast<std::size_t>(index)];
}

std::int64_t SampleLand::count(std::int64_t col, std::int64_t row, std::int64_t cols,
                               std::int64_t rows) const {
  std::int64_t total = 0;
  const std::int64_t row_end = std::min(row + rows, this->rows());
  for (std::int64_t index = row; index < row_end; ++index) {
    const std::vector<Run>& runs = runs_[static_cast<std::size_t>(index)];
    auto run = std::partition_point(runs.begin(), runs.end(),
                                    [col](const Run& r) { return r.last <= col; });
    for (; run != runs.end() && run->first < col + cols; ++run) {
      total += std::min(run->last, col + cols) - std::max(run->first, col);
    }
  }
  return total;
}

}  // namespace cnci::jobs
