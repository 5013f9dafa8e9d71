#include "engine/zone_tree.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>

#include "engine/error.h"

namespace cnci::engine {
namespace {

std::optional<std::int64_t> as_number(const std::string& text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

struct CodeLess {
  bool operator()(const std::string& a, const std::string& b) const { return code_less(a, b); }
};

struct Draft {
  std::string name;
  std::string parent;
};

}  // namespace

bool code_less(const std::string& a, const std::string& b) {
  const auto x = as_number(a);
  const auto y = as_number(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

BuiltZoneTree build_zone_tree(const std::vector<std::string>& levels,
                              const std::vector<ZoneLineage>& leaves) {
  if (levels.empty()) throw Error("zones.levels is empty");
  const std::size_t depth = levels.size();
  std::vector<std::map<std::string, Draft, CodeLess>> drafts(depth);
  std::map<std::string, std::size_t, CodeLess> leaf_of;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const ZoneLineage& leaf = leaves[i];
    if (!leaf_of.emplace(leaf.codes.at(depth - 1), i).second) {
      throw Error("zone code '" + leaf.codes[depth - 1] + "' occurs twice at level " +
                  levels[depth - 1]);
    }
    for (std::size_t level = 0; level < depth; ++level) {
      const std::string parent = level == 0 ? std::string{} : leaf.codes.at(level - 1);
      const auto [it, fresh] =
          drafts[level].emplace(leaf.codes.at(level), Draft{leaf.names.at(level), parent});
      if (!fresh && it->second.parent != parent) {
        throw Error("zones do not nest: " + levels[level] + " '" + it->first + "' lies in " +
                    levels[level - 1] + " '" + it->second.parent + "' and in '" + parent +
                    "'; give one parent, or use codes that differ");
      }
    }
  }

  BuiltZoneTree built;
  built.tree.levels = levels;
  std::map<std::string, std::int64_t, CodeLess> parents;
  for (std::size_t level = 0; level < depth; ++level) {
    std::map<std::string, std::int64_t, CodeLess> here;
    if (level + 1 == depth) built.tree.first_leaf = built.tree.nodes.size();
    for (const auto& [code, draft] : drafts[level]) {
      const std::int64_t parent = level == 0 ? -1 : parents.at(draft.parent);
      here.emplace(code, static_cast<std::int64_t>(built.tree.nodes.size()));
      built.tree.nodes.push_back({code, draft.name, static_cast<int>(level), parent});
    }
    parents = std::move(here);
  }
  for (const auto& [code, leaf] : leaf_of) built.leaf_order.push_back(leaf);
  return built;
}

}  // namespace cnci::engine
