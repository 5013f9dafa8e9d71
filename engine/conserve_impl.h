// Inside of Conserver: parallel lattices (exact overlaps) and lattices through a transform (8 x 8
// sub-points of every target cell).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/conserve.h"
#include "engine/lattice.h"
#include "engine/resample_axis.h"

namespace cnci::engine {

class Conserver::Impl {
 public:
  Impl(Grid target, const SourceGrid& source, std::shared_ptr<const CoordinateTransform> to_source,
       std::shared_ptr<const CoordinateTransform> to_target,
       std::shared_ptr<const CoordinateTransform> source_to_lonlat,
       std::shared_ptr<const CellArea> target_area);

  [[nodiscard]] Window source_window(const Window& tile) const;
  [[nodiscard]] Window target_window(const Window& source_window) const;
  [[nodiscard]] std::vector<double> source_areas_km2(const Window& source_window) const;
  [[nodiscard]] std::vector<double> inside_share(const Window& source_window) const;
  [[nodiscard]] Field distribute(const Field& source, const Window& tile,
                                 const Field* weights) const;

 private:
  static constexpr int kPoints = 8;  ///< sub-points along each side of a target cell

  /// Overlaps of the pixels of a source window with columns and rows of the grid.
  struct PixelTables {
    OverlapTable cols, rows;
  };
  /// What a source window's pixels give to the grid, whatever their amounts.
  struct Shares {
    Window window;
    std::vector<double> denominator;  ///< sum of A_ij over the grid, km2
    std::vector<double> inside;       ///< s_i
  };
  /// Amounts of a source window's pixels per unit of A_ij e_j, and the e_j of the cells.
  struct ParallelUnits {
    Window cells;
    std::vector<double> area;  ///< of the cells, where A_ij is a part of a cell; else empty
    /// e_j: weight, times the area; empty without weights. The weights' own, where they serve.
    std::span<const double> effective;
    std::vector<double> own_effective;
    std::vector<double> by_weight;  ///< of pixels with some weighted part
    std::vector<double> by_area;    ///< of the others
    std::vector<std::uint8_t> valid;

    ParallelUnits() = default;
    ParallelUnits(ParallelUnits&&) = default;
    ParallelUnits& operator=(ParallelUnits&&) = default;

    /// What pixel i gives to cell j, of which it covers `overlap`.
    [[nodiscard]] double part(std::size_t i, std::size_t j, double overlap) const {
      double amount = by_area[i] * overlap;
      if (!area.empty()) amount *= area[j];
      if (!effective.empty()) amount += by_weight[i] * overlap * effective[j];
      return amount;
    }
    /// The same for cells j and on that lie in pixel i alone, in a row of one pixel.
    void fill(std::size_t i, double height, std::span<const double> widths, std::size_t j,
              double* amounts) const;
  };
  /// The image of a rectangle of pixels, in target cells, with room for the curvature of its sides.
  struct Image {
    double col_low = 0, col_high = 0, row_low = 0, row_high = 0;
    bool any = false;   ///< some point has an image
    bool whole = true;  ///< every point has an image
    bool jump = false;  ///< neighbouring points lie on both sides of the target's seam
  };
  /// Points of a pixel's outline as positions in target cells; NaN where one has no image.
  static constexpr std::size_t kOutline = 4;  ///< along each side
  struct Outline {
    std::array<double, 4 * kOutline> col{}, row{};
  };
  struct PixelCount {
    std::int64_t pixel = 0;  ///< index in the source window
    int count = 0;
  };
  /// The pixels under one target cell, in the order of its sub-points.
  struct CellPixels {
    std::array<PixelCount, static_cast<std::size_t>(kPoints) * kPoints> items;
    std::size_t size = 0;
  };

  // Parallel lattices.
  [[nodiscard]] PixelTables pixel_tables(const Window& source_window) const;
  [[nodiscard]] bool inside_by_edges(std::int64_t pixel_col, std::int64_t pixel_row) const;
  [[nodiscard]] std::vector<double> parallel_share(const Window& source_window) const;
  /// Sum over the grid of A_ij e_j; `effective` holds e_j over `cells`.
  [[nodiscard]] std::vector<double> parallel_denominator(const Window& source_window,
                                                         const Window& cells,
                                                         std::span<const double> effective) const;
  [[nodiscard]] ParallelUnits parallel_units(const Field& source, const Window& source_window,
                                             const Field* weights) const;
  [[nodiscard]] Field distribute_parallel(const Field& source, const Window& tile,
                                          const Field* weights) const;

  // Through a transform.
  template <class Visitor>
  void visit_pixels(const Window& cells, const Window& source_window, Visitor&& visit) const;
  [[nodiscard]] Image image(const Window& pixels) const;
  [[nodiscard]] Outline outline(std::int64_t pixel_col, std::int64_t pixel_row) const;
  void mark_inside(const Window& pixels, const Window& source_window,
                   std::vector<double>& inside) const;
  [[nodiscard]] double cut_share(std::int64_t pixel_col, std::int64_t pixel_row,
                                 double denominator) const;
  [[nodiscard]] std::vector<double> points_share(const Window& source_window) const;
  /// Pixels that may touch the grid; columns go on beyond the edge of a raster that wraps.
  [[nodiscard]] const Window& pixels_of_grid() const;
  /// The target cell that holds a pixel's centre (a corner of it where that has no image).
  [[nodiscard]] bool centre_cell(std::int64_t pixel_col, std::int64_t pixel_row, std::int64_t& col,
                                 std::int64_t& row) const;
  [[nodiscard]] const Shares& shares(const Window& source_window) const;
  [[nodiscard]] Field distribute_points(const Field& source, const Window& tile,
                                        const Field* weights) const;
  void add_lone_pixels(const Field& source, const Window& source_window, const Shares& s,
                       Field& out) const;

  [[nodiscard]] double projected_area_km2(std::int64_t pixel_col, std::int64_t pixel_row) const;
  /// Columns of target cells brought into the turn around the middle of the grid.
  [[nodiscard]] double near_grid(double col) const;

  Grid target_;
  SourceGrid source_;
  std::shared_ptr<const CoordinateTransform> to_source_;
  std::shared_ptr<const CoordinateTransform> to_target_;
  std::shared_ptr<const CoordinateTransform> source_to_lonlat_;
  std::shared_ptr<const CellArea> target_area_;
  bool parallel_;
  ColumnAxis cols_;
  RowAxis rows_;
  CoordinateLattice lattice_;
  PixelMap pixels_;
  double turn_cells_;
  mutable std::optional<Window> pixels_of_grid_;
  mutable Shares shares_;  ///< of the last source window: the years of a tile share it
};

}  // namespace cnci::engine
