#include "io/zones.h"

#include <fmt/format.h>
#include <ogr_geometry.h>

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "io/crs.h"
#include "io/zone_edges.h"
#include "io/zone_geometry.h"
#include "io/zones_overlay.h"
#include "io/zones_project.h"
#include "io/zones_read.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Finding;
using Severity = engine::Finding::Severity;

/// Part of the smaller zone above which an overlap is an error.
constexpr double kWorstOverlap = 1e-4;

std::string km2_text(double km2) {
  return km2 < 0.1 ? fmt::format("{:.2g} km2", km2) : fmt::format("{:.2f} km2", km2);
}

}  // namespace

class ZoneSource::Impl {
 public:
  explicit Impl(const ZoneSpec& spec) : path_(spec.path) {
    ZoneFeatures features = read_zone_features(spec, findings_);
    crs_wkt_ = std::move(features.crs_wkt);
    area_.emplace(features.geographic, make_transform(crs_wkt_, wgs84_wkt()));
    std::vector<ZoneLeaf> leaves = merge_duplicates(std::move(features.leaves), spec, findings_);
    if (leaves.empty()) {
      findings_.push_back({Severity::kError, path_, "no zone with a code and an area is left"});
      return;
    }
    build_tree(spec, leaves);
    inspection_ = std::async(std::launch::async, [this] { return inspect(); });
  }

  /// Takes up what the inspection found, once. For one thread at a time.
  void settle() {
    if (!inspection_.valid()) return;
    Inspection found = inspection_.get();
    was_changed_ = settle_overlaps(found.overlaps);
    report_gaps(was_changed_ ? find_gaps(loose_edges(zones_), *area_) : found.gaps);
  }

  [[nodiscard]] bool usable() const {
    return std::ranges::none_of(
        findings_, [](const Finding& finding) { return finding.severity == Severity::kError; });
  }
  [[nodiscard]] const std::string& leaf_code(std::size_t leaf) const {
    return tree_.nodes.empty() ? codes_[leaf] : tree_.nodes[tree_.first_leaf + leaf].code;
  }

  std::string path_;
  std::string crs_wkt_;
  std::vector<Finding> findings_;
  engine::ZoneTree tree_;
  std::vector<MapPolygons> zones_;
  double overlap_km2_ = 0;
  double gap_km2_ = 0;
  bool was_changed_ = false;  ///< by settle()

  [[nodiscard]] std::vector<engine::ZoneShape> shapes(const engine::Grid& grid) const {
    const ZoneProjector projector(crs_wkt_, grid);
    std::vector<engine::ZoneShape> shapes;
    shapes.reserve(zones_.size());
    for (std::size_t leaf = 0; leaf < zones_.size(); ++leaf) {
      try {
        shapes.push_back(projector.shape(zones_[leaf]));
      } catch (const Error& error) {
        throw Error(path_ + ": zone " + leaf_code(leaf) + ": " + error.what() +
                    "; leave it out with zones.where or choose another grid.crs");
      }
    }
    return shapes;
  }

 private:
  struct Inspection {
    std::vector<ZoneOverlap> overlaps;
    std::vector<ZoneGap> gaps;  ///< before overlaps are settled
  };
  /// Only reads.
  [[nodiscard]] Inspection inspect() const {
    const LooseEdges loose = loose_edges(zones_);
    return {find_overlaps(zones_, loose, *area_), find_gaps(loose, *area_)};
  }

  void build_tree(const ZoneSpec& spec, std::vector<ZoneLeaf>& leaves) {
    std::vector<std::string> levels;
    levels.reserve(spec.levels.size());
    for (const ZoneLevel& level : spec.levels) levels.push_back(level.id);
    std::vector<engine::ZoneLineage> lineages;
    lineages.reserve(leaves.size());
    for (const ZoneLeaf& leaf : leaves) lineages.push_back(leaf.lineage);
    std::vector<std::size_t> order(leaves.size());
    try {
      engine::BuiltZoneTree built = engine::build_zone_tree(levels, lineages);
      tree_ = std::move(built.tree);
      order = std::move(built.leaf_order);
    } catch (const Error& error) {
      findings_.push_back({Severity::kError, path_, error.what()});
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    }
    for (const std::size_t leaf : order) {
      codes_.push_back(leaves[leaf].code());
      zones_.push_back(std::move(leaves[leaf].polygons));
    }
  }

  [[nodiscard]] std::string pair_text(const ZoneOverlap& overlap) const {
    return leaf_code(overlap.low) + " and " + leaf_code(overlap.high) + " (" +
           km2_text(overlap.km2) + ")";
  }

  /// Whether zones have changed.
  bool settle_overlaps(const std::vector<ZoneOverlap>& overlaps) {
    std::vector<ZoneOverlap> small;
    std::vector<std::string> large;
    for (const ZoneOverlap& overlap : overlaps) {
      overlap_km2_ += overlap.km2;
      const double smaller =
          std::min(area_->km2(zones_[overlap.low]), area_->km2(zones_[overlap.high]));
      if (overlap.km2 > kWorstOverlap * smaller) {
        large.push_back(pair_text(overlap));
      } else {
        small.push_back(overlap);
      }
    }
    if (!large.empty()) {
      findings_.push_back(
          {Severity::kError, path_,
           fmt::format("{} pairs of zones overlap by more than {} of the smaller one: {}; correct "
                       "the polygons",
                       large.size(), kWorstOverlap, short_list(large))});
    }
    if (small.empty()) return false;
    double sum = 0;
    for (const ZoneOverlap& overlap : small) {
      sum += overlap.km2;
      zones_[overlap.high] = difference(zones_[overlap.high], zones_[overlap.low]);
    }
    const ZoneOverlap& worst = *std::ranges::max_element(small, {}, &ZoneOverlap::km2);
    findings_.push_back({Severity::kWarning, path_,
                         fmt::format("{} pairs of zones overlap, in all {}, most {}; the shared "
                                     "part goes to the lower code",
                                     small.size(), km2_text(sum), pair_text(worst))});
    return true;
  }

  void report_gaps(const std::vector<ZoneGap>& gaps) {
    if (gaps.empty()) return;
    for (const ZoneGap& gap : gaps) gap_km2_ += gap.km2;
    const MapPoint where = area_->lonlat(gaps.front().middle);
    findings_.push_back(
        {Severity::kWarning, path_,
         fmt::format("{} gaps between the zones (lakes or slivers), in all {}, the largest {} at "
                     "longitude {:.4f}, latitude {:.4f}; cells there belong to no zone",
                     gaps.size(), km2_text(gap_km2_), km2_text(gaps.front().km2), where.x,
                     where.y)});
  }

  std::optional<EllipsoidArea> area_;
  std::vector<std::string> codes_;      ///< of the leaves
  std::future<Inspection> inspection_;  ///< waited for before the rest goes
};

ZoneSource::ZoneSource(const ZoneSpec& spec) : impl_(std::make_unique<Impl>(spec)) {}
ZoneSource::~ZoneSource() = default;
ZoneSource::ZoneSource(ZoneSource&&) noexcept = default;
ZoneSource& ZoneSource::operator=(ZoneSource&&) noexcept = default;

const std::vector<Finding>& ZoneSource::findings() const {
  impl_->settle();
  return impl_->findings_;
}
const engine::ZoneTree& ZoneSource::tree() const { return impl_->tree_; }
double ZoneSource::overlap_km2() const {
  impl_->settle();
  return impl_->overlap_km2_;
}
double ZoneSource::gap_km2() const {
  impl_->settle();
  return impl_->gap_km2_;
}
bool ZoneSource::overlaps_were_settled() const {
  impl_->settle();
  return impl_->was_changed_;
}
const std::string& ZoneSource::crs_wkt() const { return impl_->crs_wkt_; }

ZoneSource::Box ZoneSource::extent(const std::string& crs_wkt) const {
  if (impl_->zones_.empty()) throw Error(impl_->path_ + ": no zones, hence no extent");
  try {
    const MapBox box = projected_bounds(impl_->zones_, impl_->crs_wkt_, crs_wkt);
    return {box.xmin, box.ymin, box.xmax, box.ymax};
  } catch (const Error& error) {
    throw Error(impl_->path_ + ": extent of the zones in " + crs_name(crs_wkt) + ": " +
                error.what() + "; limit them with zones.where or give grid.extent");
  }
}

std::vector<engine::ZoneShape> ZoneSource::shapes(const engine::Grid& grid) const {
  impl_->settle();
  if (!impl_->usable()) throw Error(impl_->path_ + ": the zones have errors, see the findings");
  return impl_->shapes(grid);
}

std::vector<engine::ZoneShape> ZoneSource::first_shapes(const engine::Grid& grid) const {
  return impl_->shapes(grid);
}

bool ZoneSource::could_be_read() const { return impl_->usable(); }

std::vector<std::vector<unsigned char>> ZoneSource::leaf_wkb() const {
  impl_->settle();
  std::vector<std::vector<unsigned char>> out;
  out.reserve(impl_->zones_.size());
  for (const MapPolygons& zone : impl_->zones_) {
    const OGRGeometryUniquePtr geometry = ogr_of(zone);
    std::vector<unsigned char> bytes(geometry->WkbSize());
    if (geometry->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso) != OGRERR_NONE) {
      throw Error(impl_->path_ + ": cannot write a polygon as WKB");
    }
    out.push_back(std::move(bytes));
  }
  return out;
}

}  // namespace cnci::io
