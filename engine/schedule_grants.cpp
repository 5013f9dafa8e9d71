#include "engine/schedule_grants.h"

#include <algorithm>

namespace cnci::engine {

Grants::Grants(std::span<const std::uint32_t> order, std::size_t on_path, int ranks)
    : order_(order),
      of_rank_(static_cast<std::size_t>(std::max(ranks, 1))),
      left_on_path_(std::min(on_path, order.size())),
      next_off_path_(left_on_path_),
      remaining_(order.size()) {
  for (std::size_t i = 0; i < of_rank_.size(); ++i) {
    of_rank_[i] = {left_on_path_ * i / of_rank_.size(), left_on_path_ * (i + 1) / of_rank_.size()};
  }
}

void Grants::share_longest(Part& part) {
  Part& longest = *std::ranges::max_element(of_rank_, {}, &Part::size);
  const std::size_t middle = longest.next + longest.size() / 2;
  part = {middle, longest.end};
  longest.end = middle;
}

std::vector<std::uint32_t> Grants::take(int rank, std::size_t count) {
  count = std::min(count, remaining_);
  remaining_ -= count;
  std::vector<std::uint32_t> tiles;
  Part& part = of_rank_.at(static_cast<std::size_t>(rank));
  while (tiles.size() < count && left_on_path_ > 0) {
    if (part.size() == 0) share_longest(part);
    tiles.push_back(order_[part.next++]);
    --left_on_path_;
  }
  const std::size_t rest = count - tiles.size();
  const auto off_path = order_.subspan(next_off_path_, rest);
  tiles.insert(tiles.end(), off_path.begin(), off_path.end());
  next_off_path_ += rest;
  return tiles;
}

}  // namespace cnci::engine
