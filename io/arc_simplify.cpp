#include "io/arc_simplify.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <queue>
#include <span>
#include <tuple>
#include <utility>

namespace cnci::io {
namespace {

constexpr std::int64_t kStays = std::numeric_limits<std::int64_t>::max();

/// Finds the area at which each point of an arc goes.
class Elimination {
 public:
  Elimination(const Arc& arc, std::span<const PinnedPoint> pinned)
      : arc_(arc), area_(arc.size(), 0), before_(arc.size()), after_(arc.size()) {
    for (std::uint32_t i = 0; i < arc.size(); ++i) {
      before_[i] = i - 1;
      after_[i] = i + 1;
    }
    area_.front() = area_.back() = kStays;
    for (const PinnedPoint& pin : pinned) area_[pin.place] = kStays;
  }

  [[nodiscard]] std::vector<std::int64_t> areas() {
    for (std::uint32_t i = 1; i + 1 < arc_.size(); ++i) enqueue(i);
    std::int64_t largest = 0;
    while (!queue_.empty()) {
      const Candidate next = queue_.top();
      queue_.pop();
      if (is_stale(next)) continue;
      // A point that leaves later matters as much as those that had to leave before it.
      largest = std::max(largest, next.area);
      remove(next.place, largest);
    }
    return std::move(area_);
  }

 private:
  struct Candidate {
    std::int64_t area;
    std::uint32_t place;
    std::uint32_t before, after;  ///< its neighbours when it was looked at
    bool operator>(const Candidate& other) const {
      return std::tie(area, place) > std::tie(other.area, other.place);
    }
  };

  void enqueue(std::uint32_t i) {
    if (area_[i] == kStays) return;
    const std::int64_t area = std::abs(twice_area(arc_[before_[i]], arc_[i], arc_[after_[i]]));
    queue_.push({area, i, before_[i], after_[i]});
  }

  [[nodiscard]] bool is_stale(const Candidate& candidate) const {
    return before_[candidate.place] != candidate.before ||
           after_[candidate.place] != candidate.after;
  }

  void remove(std::uint32_t i, std::int64_t area) {
    const std::uint32_t left = before_[i];
    const std::uint32_t right = after_[i];
    area_[i] = area;
    after_[left] = right;
    before_[right] = left;
    enqueue(left);
    enqueue(right);
  }

  const Arc& arc_;
  std::vector<std::int64_t> area_;
  std::vector<std::uint32_t> before_, after_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
};

/// The area at which each point of an arc goes; kStays where it does not.
std::vector<std::int64_t> areas_of(const Arc& arc, std::span<const PinnedPoint> pinned) {
  std::vector<std::int64_t> areas = Elimination(arc, pinned).areas();
  if (arc.front() == arc.back() && pinned.empty()) {
    // Its end goes with the last two of its other points: fewer enclose nothing.
    const auto last = std::max_element(areas.begin() + 1, areas.end() - 1);
    areas.front() = areas.back() = last == areas.end() - 1 ? 0 : *last;
  }
  return areas;
}

/// The largest area at which points must go so that `most` are left.
std::int64_t threshold_of(const std::vector<std::vector<std::int64_t>>& areas, std::size_t most) {
  std::vector<std::int64_t> all;
  for (const auto& of_arc : areas) all.insert(all.end(), of_arc.begin(), of_arc.end());
  if (all.size() <= most) return -1;
  const auto first_to_go = all.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::nth_element(all, first_to_go, std::greater<>());
  return *first_to_go;
}

}  // namespace

void simplify_arcs(std::vector<Arc>& arcs, std::vector<PinnedPoint> pinned,
                   std::size_t most_points) {
  std::ranges::sort(pinned, {}, &PinnedPoint::arc);
  std::vector<std::vector<std::int64_t>> areas;
  areas.reserve(arcs.size());
  auto next = pinned.begin();
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    const auto first = next;
    while (next != pinned.end() && next->arc == i) ++next;
    areas.push_back(areas_of(arcs[i], {first, next}));
  }
  const std::int64_t threshold = threshold_of(areas, most_points);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    Arc kept;
    for (std::size_t j = 0; j < arcs[i].size(); ++j) {
      if (areas[i][j] > threshold || areas[i][j] == kStays) kept.push_back(arcs[i][j]);
    }
    arcs[i] = std::move(kept);
  }
}

}  // namespace cnci::io
