// A raster of any resolution, onto tiles of the target grid, so that a cell's value is a pure
// function of source and cell: the same bits for any tile size and rank. Methods:
//   copy      same lattice: the pixel itself
//   near      the pixel that holds the cell's centre
//   bilinear  four pixels around the centre; missing where the nearest pixel is, else renormalised
//             over the valid ones; nearest value within half a pixel of the source's edge
//   average   area-weighted mean over the pixels that a cell overlaps (exact overlaps on parallel
//             lattices of one CRS, else k x k sub-points); part of a cell outside the raster counts
//             as not valid
//   fraction  like average, of the indicator of each class
//   conserve  engine/conserve.h
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "engine/field.h"
#include "engine/grid.h"
#include "engine/transform.h"

namespace cnci::engine {

/// A source raster's lattice: columns east, rows south from the outer corner (x0, y0).
struct SourceGrid {
  double x0 = 0;  ///< western edge
  double y0 = 0;  ///< northern edge
  double dx = 1;  ///< pixel width, > 0
  double dy = 1;  ///< pixel height, > 0 (rows go south)
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  bool geographic = false;
  bool wraps = false;  ///< columns span 360 degrees: column cols is column 0 again
};

enum class Method { kCopy, kNear, kBilinear, kAverage, kFraction, kConserve };

/// Where the source lies relative to the target grid.
enum class Fit { kSameLattice, kFiner, kCoarser };

/// Snaps a geotransform: a geographic raster whose end is within 0.01 pixel of 360 degrees or of a
/// pole ends there; one whose corners are within 0.01 cell of lattice lines of `target` (in one
/// CRS, resolutions whose ratio is an integer or its inverse) lies on them. A far end may miss by
/// up to 0.1 where its pixel size is only rounded (relative 1e-6: six digits over 43200 columns).
[[nodiscard]] SourceGrid snap(SourceGrid source, const Grid& target, bool same_crs);

/// The class of each cell from a field of class ids on the cells themselves.
[[nodiscard]] ClassFractions classes_of_cells(Field ids);

/// For one thread at a time.
class Resampler {
 public:
  /// `to_source` maps the target CRS to the source CRS (identity() where they are equal).
  Resampler(Grid target, SourceGrid source, std::shared_ptr<const CoordinateTransform> to_source,
            double min_valid);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  [[nodiscard]] Fit fit() const;
  /// Whether source and target share the directions of their rows and columns: no point of a tile
  /// goes through a transform.
  [[nodiscard]] bool parallel() const;
  /// Source pixel size in target cells (geometric mean at the middle of the overlap).
  [[nodiscard]] double ratio() const;

  /// Pixels that the tile needs, clipped to the source's rows; columns of a wrapping source may run
  /// below 0 or beyond cols (read them modulo cols), at most one turn. Empty: no overlap.
  [[nodiscard]] Window source_window(const Window& tile, Method method) const;

  /// `source` holds at least source_window(tile, method). Methods copy, near, bilinear, average.
  [[nodiscard]] Field resample(const Field& source, const Window& tile, Method method) const;

  /// Class fractions (methods copy, near, fraction); values of `source` are class ids.
  [[nodiscard]] ClassFractions resample_classes(const Field& source, const Window& tile,
                                                Method method) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnci::engine
