// Nested zones: the leaves (counties, say) carry geometry and sums; every other node is the sum of
// its children by parent links, never a polygon of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnci::engine {

struct ZoneNode {
  std::string code;
  std::string name;
  int level = 0;             ///< index into ZoneTree::levels, 0 the coarsest
  std::int64_t parent = -1;  ///< node index, -1 for a root
};

struct ZoneTree {
  std::vector<std::string> levels;  ///< coarse to fine; the last is the leaf level
  std::vector<ZoneNode> nodes;      ///< by level, within a level by code; leaves last
  std::size_t first_leaf = 0;       ///< leaf i is nodes[first_leaf + i]

  [[nodiscard]] std::size_t leaf_count() const { return nodes.size() - first_leaf; }
};

/// Order of zone codes: as numbers where both are, else as text. "The lower code" is the smaller.
[[nodiscard]] bool code_less(const std::string& a, const std::string& b);

/// One leaf with the codes and names of its ancestors and its own, coarse to fine.
struct ZoneLineage {
  std::vector<std::string> codes;
  std::vector<std::string> names;
};

/// Builds the tree from one lineage per leaf (leaf codes unique; throws Error where a node has two
/// parents, naming both). `leaf_order[i]` is the index into `leaves` of leaf i of the tree.
struct BuiltZoneTree {
  ZoneTree tree;
  std::vector<std::size_t> leaf_order;
};
[[nodiscard]] BuiltZoneTree build_zone_tree(const std::vector<std::string>& levels,
                                            const std::vector<ZoneLineage>& leaves);

}  // namespace cnci::engine
