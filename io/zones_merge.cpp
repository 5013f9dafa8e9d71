// Features that share a code become one zone of several parts.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "io/zones_read.h"

namespace cnci::io {
namespace {

using engine::Finding;

ZoneLeaf merged(std::vector<ZoneLeaf> parts) {
  // The name of the largest part: it does not depend on the order in the file.
  const auto plane = [](const ZoneLeaf& leaf) {
    double sum = 0;
    for (const MapPolygon& polygon : leaf.polygons) {
      sum += plane_area(polygon.exterior);
      for (const MapRing& hole : polygon.holes) sum += plane_area(hole);
    }
    return sum;
  };
  const auto largest = std::ranges::max_element(parts, {}, plane);
  ZoneLeaf out{largest->lineage, {}};
  for (ZoneLeaf& part : parts) {
    std::ranges::move(part.polygons, std::back_inserter(out.polygons));
  }
  out.polygons = united(out.polygons);
  return out;
}

}  // namespace

std::vector<ZoneLeaf> merge_duplicates(std::vector<ZoneLeaf> leaves, const ZoneSpec& spec,
                                       std::vector<Finding>& findings) {
  std::vector<ZoneLeaf> out;
  std::vector<std::string> twice;
  for (std::size_t first = 0; first < leaves.size();) {
    std::size_t last = first + 1;
    while (last < leaves.size() && leaves[last].code() == leaves[first].code()) ++last;
    std::vector<ZoneLeaf> parts(
        std::make_move_iterator(leaves.begin() + static_cast<std::ptrdiff_t>(first)),
        std::make_move_iterator(leaves.begin() + static_cast<std::ptrdiff_t>(last)));
    first = last;
    if (parts.size() == 1) {
      out.push_back(std::move(parts.front()));
      continue;
    }
    const std::string code = parts.front().code();
    std::string names;
    for (const ZoneLeaf& part : parts) {
      if (!names.empty()) names += " / ";
      names += part.name();
    }
    twice.push_back(fmt::format("{} ({})", code, names));
    for (const ZoneLeaf& part : parts) {
      if (std::equal(part.lineage.codes.begin(), part.lineage.codes.end(),
                     parts.front().lineage.codes.begin())) {
        continue;
      }
      const auto differs = std::ranges::mismatch(part.lineage.codes, parts.front().lineage.codes);
      const auto parent = static_cast<std::size_t>(differs.in1 - part.lineage.codes.begin());
      findings.push_back({Finding::Severity::kError, spec.path,
                          "zones do not nest: parts of " + spec.levels.back().id + " " + code +
                              " lie in " + spec.levels[parent].id + " " +
                              parts.front().lineage.codes[parent] + " and " +
                              part.lineage.codes[parent] + "; give one parent"});
      break;
    }
    out.push_back(merged(std::move(parts)));
  }
  if (!twice.empty()) {
    const bool merge = spec.duplicates == Duplicates::kMerge;
    findings.push_back(
        {merge ? Finding::Severity::kWarning : Finding::Severity::kError, spec.path,
         std::to_string(twice.size()) +
             (merge ? " codes of several features, each merged into one zone: "
                    : " codes occur twice: ") +
             short_list(twice) +
             (merge ? ""
                    : "; correct them or set zones.duplicates = merge (one zone of several "
                      "parts)")});
  }
  return out;
}

}  // namespace cnci::io
