// Inside of Resampler: the methods on parallel lattices (separable tables of columns and rows) and
// through a coordinate transform (points of the coordinate lattice).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/lattice.h"
#include "engine/resample.h"
#include "engine/resample_axis.h"

namespace cnci::engine {

class Resampler::Impl {
 public:
  Impl(Grid target, const SourceGrid& source, std::shared_ptr<const CoordinateTransform> to_source,
       double min_valid);

  [[nodiscard]] Fit fit() const { return fit_; }
  [[nodiscard]] bool parallel() const { return parallel_; }
  [[nodiscard]] double ratio() const { return ratio_; }
  [[nodiscard]] Window source_window(const Window& tile, Method method) const;
  [[nodiscard]] Field resample(const Field& source, const Window& tile, Method method) const;
  [[nodiscard]] ClassFractions resample_classes(const Field& source, const Window& tile,
                                                Method method) const;

 private:
  /// Overlaps of the tile's columns and rows with the source, indices within a source window.
  struct Tables {
    OverlapTable cols, rows;
  };
  struct Taps {
    std::vector<Tap> cols, rows;
  };
  /// What depends on a tile's columns only, indices within the source.
  struct Columns {
    std::int64_t first = 0;
    std::int64_t count = -1;
    Method method = Method::kNear;  ///< near, bilinear or average
    std::vector<Tap> taps;          ///< not of average
    OverlapTable overlaps;          ///< of average
    WindowBounds bounds;            ///< rows are still to be added
  };

  [[nodiscard]] double measure_ratio() const;
  [[nodiscard]] Fit measure_fit() const;
  void check(const Window& tile, Method method, bool classes) const;
  /// Throws Error where the source's window lacks the pixel.
  [[nodiscard]] std::int64_t local_col(const WindowIndex& index, std::int64_t pixel) const;
  [[nodiscard]] std::int64_t local_row(const WindowIndex& index, std::int64_t pixel) const;
  /// Those of the last call where they are the same: a tile is resampled in strips of rows.
  [[nodiscard]] const Columns& columns_of(const Window& tile, Method method) const;
  [[nodiscard]] Tables tables(const Window& tile) const;
  [[nodiscard]] Tables local_tables(const Window& tile, const WindowIndex& index) const;
  [[nodiscard]] Taps local_taps(const Window& tile, const WindowIndex& index, bool bilinear) const;

  [[nodiscard]] Field near_parallel(const Field& source, const Window& tile) const;
  [[nodiscard]] Field near_points(const Field& source, const Window& tile) const;
  [[nodiscard]] Field bilinear_parallel(const Field& source, const Window& tile) const;
  [[nodiscard]] Field bilinear_points(const Field& source, const Window& tile) const;
  [[nodiscard]] Field average_parallel(const Field& source, const Window& tile) const;
  [[nodiscard]] Field average_points(const Field& source, const Window& tile) const;
  [[nodiscard]] ClassFractions fraction_parallel(const Field& source, const Window& tile) const;
  [[nodiscard]] ClassFractions fraction_points(const Field& source, const Window& tile) const;

  /// The rule of design section 5: enough of a cell's weight is valid.
  [[nodiscard]] bool enough(double valid_weight, double total_weight) const {
    return valid_weight > 0 && valid_weight >= min_valid_ * total_weight * (1 - kWeightSlack);
  }

  Grid target_;
  SourceGrid source_;
  std::shared_ptr<const CoordinateTransform> to_source_;
  double min_valid_;
  bool parallel_;
  ColumnAxis cols_;
  RowAxis rows_;
  CoordinateLattice lattice_;
  PixelMap pixels_;
  double ratio_ = 1;
  Fit fit_ = Fit::kCoarser;
  int points_ = 8;  ///< sub-points along each side of a cell
  mutable std::optional<Columns> last_columns_;
};

}  // namespace cnci::engine
