// Zones from any OGR source: features become leaves of a tree and rings on the grid's fixed-point
// lattice. Geometry is unwrapped at the antimeridian, repaired where invalid, made disjoint (a
// shared part goes to the lower code), and reprojected on edges densified until straight to 0.02
// cell.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/error.h"
#include "engine/grid.h"
#include "engine/zone_tree.h"

namespace cnci::io {

/// An attribute or a constant.
struct ZoneField {
  std::string attribute;
  std::string constant;
  bool is_constant = false;
};

struct ZoneLevel {
  std::string id;  ///< "county"
  ZoneField code;
  ZoneField name;  ///< empty attribute and not constant: the code
};

enum class Duplicates { kError, kMerge };
enum class MissingCode { kError, kDrop, kName };

struct ZoneSpec {
  std::string path;
  std::string layer;              ///< empty: the first
  std::string where;              ///< SQL condition, empty: all
  std::string crs;                ///< only where the file has none
  std::vector<ZoneLevel> levels;  ///< coarse to fine
  Duplicates duplicates = Duplicates::kError;
  MissingCode missing_code = MissingCode::kError;
};

/// Leaf geometries in longitude/latitude or the file's CRS, repaired and disjoint, with the tree.
/// Overlaps and gaps are looked for in the background, until something is asked that they decide.
class ZoneSource {
 public:
  /// Reads and repairs; collects findings (codes twice, no code, invalid geometry, overlaps, gaps,
  /// parents that do not nest). Errors among them mean that shapes() must not be used.
  explicit ZoneSource(const ZoneSpec& spec);
  ~ZoneSource();
  ZoneSource(ZoneSource&&) noexcept;
  ZoneSource& operator=(ZoneSource&&) noexcept;

  [[nodiscard]] const std::vector<engine::Finding>& findings() const;
  /// No error among the findings before overlaps are looked at; does not wait for that.
  [[nodiscard]] bool could_be_read() const;
  [[nodiscard]] const engine::ZoneTree& tree() const;
  [[nodiscard]] double overlap_km2() const;
  [[nodiscard]] double gap_km2() const;

  /// Bounding box of all zones in a CRS (edges densified): xmin, ymin, xmax, ymax.
  struct Box {
    double xmin = 0, ymin = 0, xmax = 0, ymax = 0;
  };
  [[nodiscard]] Box extent(const std::string& crs_wkt) const;

  /// Leaf i of the tree on the grid's lattice. A geographic grid gets copies shifted by 360 degrees
  /// where zones reach over its ends.
  [[nodiscard]] std::vector<engine::ZoneShape> shapes(const engine::Grid& grid) const;
  /// The same before overlaps are looked at, without waiting for that.
  [[nodiscard]] std::vector<engine::ZoneShape> first_shapes(const engine::Grid& grid) const;
  /// Whether shapes() differs from first_shapes(): a shared part went to the lower code.
  [[nodiscard]] bool overlaps_were_settled() const;

  /// Leaf polygons for zones.gpkg, as WKB in `crs_wkt()`, leaf order.
  [[nodiscard]] std::vector<std::vector<unsigned char>> leaf_wkb() const;
  [[nodiscard]] const std::string& crs_wkt() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnci::io
