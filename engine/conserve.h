// Amounts (tonnes, persons) per source pixel, shared among target cells without creating or losing
// any. With A_ij the area of source pixel i inside target cell j and w_j a weight (1 when uniform),
//   M_j = sum_i E_i s_i A_ij w_j / sum_j' A_ij' w_j'
// where j' runs over all cells of the grid, also outside the tile, in row-major order, and s_i is
// the share of pixel i inside the grid: 1 when wholly inside, else its inside area over its true
// ellipsoidal area. Where a pixel has no weighted part, it is shared uniformly. A_ij is exact on
// parallel lattices of one CRS, otherwise from 8 x 8 sub-points of the target cell; a pixel inside
// the grid that no sub-point meets (much smaller than a cell) goes to the cell of its centre. There
// is no min_valid: a cell with any valid pixel is valid, because amounts are never dropped.
#pragma once

#include <memory>

#include "engine/cell_area.h"
#include "engine/field.h"
#include "engine/grid.h"
#include "engine/resample.h"

namespace cnci::engine {

/// One object per thread: it remembers the shares of the last source window.
class Conserver {
 public:
  /// `to_source` and `to_target` map between the CRS of target and source; `source_to_lonlat` the
  /// source CRS to WGS84 degrees.
  Conserver(Grid target, SourceGrid source, std::shared_ptr<const CoordinateTransform> to_source,
            std::shared_ptr<const CoordinateTransform> to_target,
            std::shared_ptr<const CoordinateTransform> source_to_lonlat,
            std::shared_ptr<const CellArea> target_area);
  ~Conserver();
  Conserver(Conserver&&) noexcept;
  Conserver& operator=(Conserver&&) noexcept;

  /// Source pixels that touch the tile (columns of a wrapping source may run outside 0..cols).
  [[nodiscard]] Window source_window(const Window& tile) const;
  /// All target cells, inside the grid, that those pixels touch: where weights are needed.
  [[nodiscard]] Window target_window(const Window& source_window) const;

  /// True ellipsoidal areas of source pixels, km2, row-major over `source_window`.
  [[nodiscard]] std::vector<double> source_areas_km2(const Window& source_window) const;

  /// Amount per target cell of `tile`. `source` holds amounts per pixel over source_window(tile);
  /// `weights`, where given, holds w_j >= 0 over target_window(source_window(tile)), missing counts
  /// as 0. A cell is valid where any valid pixel touches it.
  [[nodiscard]] Field distribute(const Field& source, const Window& tile,
                                 const Field* weights) const;

  /// Share s_i of every pixel of `source_window` that lies inside the grid, 0..1.
  [[nodiscard]] std::vector<double> inside_share(const Window& source_window) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnci::engine
