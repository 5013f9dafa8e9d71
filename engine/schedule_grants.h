// What of the order of tiles is not granted yet, and which of it a rank gets next: each rank walks
// along a part of the path of its own and, at its end, takes half of what is left of the longest
// part; when the path is through, all take from the rest of the order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cnci::engine {

class Grants {
 public:
  /// The first `on_path` tiles of the order lie along a path (tile_path.h). `order` must outlive
  /// this.
  Grants(std::span<const std::uint32_t> order, std::size_t on_path, int ranks);

  [[nodiscard]] std::size_t remaining() const { return remaining_; }
  /// The next `count` tiles of a rank, or all that remain.
  [[nodiscard]] std::vector<std::uint32_t> take(int rank, std::size_t count);

 private:
  /// Positions in the order.
  struct Part {
    std::size_t next = 0;
    std::size_t end = 0;
    [[nodiscard]] std::size_t size() const { return end - next; }
  };
  void share_longest(Part& part);

  std::span<const std::uint32_t> order_;
  std::vector<Part> of_rank_;
  std::size_t left_on_path_;
  std::size_t next_off_path_;
  std::size_t remaining_;
};

}  // namespace cnci::engine
