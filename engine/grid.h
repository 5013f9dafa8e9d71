// The target grid: a lattice of cells on integer indices, in any CRS. Every edge is an integer
// multiple of a rational resolution from an origin, so that any tile, on any rank, computes the
// same coordinates to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cnci::engine {

/// A positive rational number, exactly as written in the job file (`1/120`, `0.1` = 1/10, `1000`).
struct Rational {
  std::int64_t num = 1;
  std::int64_t den = 1;
  [[nodiscard]] double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  bool operator==(const Rational&) const = default;
};

/// Parses `N`, `N.NNN`, `N/M`; throws Error when it is not a positive number.
[[nodiscard]] Rational parse_rational(const std::string& text);

/// A rectangle of cells: first column and row, counted from the grid's north-west cell.
struct Window {
  std::int64_t col = 0;
  std::int64_t row = 0;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  [[nodiscard]] bool empty() const { return cols <= 0 || rows <= 0; }
  [[nodiscard]] std::size_t cells() const {
    return empty() ? 0 : static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows);
  }
  [[nodiscard]] std::int64_t col_end() const { return col + cols; }
  [[nodiscard]] std::int64_t row_end() const { return row + rows; }
  [[nodiscard]] Window intersect(const Window& other) const;
  /// The smallest window that holds both.
  [[nodiscard]] Window unite(const Window& other) const;
  bool operator==(const Window&) const = default;
};

/// Rows count from the north, columns from the west; x grows east, y grows north.
struct Grid {
  std::string crs_wkt;     ///< WKT of the CRS, x = longitude or easting first
  bool geographic = true;  ///< coordinates are degrees of longitude and latitude
  double origin_x = 0;     ///< lattice origin in CRS units
  double origin_y = 0;
  Rational resolution;     ///< cell size in CRS units
  std::int64_t west = 0;   ///< lattice index of the western edge
  std::int64_t north = 0;  ///< lattice index of the northern edge
  std::int64_t cols = 0;
  std::int64_t rows = 0;

  /// Coordinate of the western edge of column `col` (also of col = cols: the eastern end).
  [[nodiscard]] double x_edge(std::int64_t col) const;
  /// Coordinate of the northern edge of row `row` (also of row = rows: the southern end).
  [[nodiscard]] double y_edge(std::int64_t row) const;
  /// Coordinates of a fractional cell position: (0, 0) is the grid's north-west corner.
  [[nodiscard]] double x_at(double col) const;
  [[nodiscard]] double y_at(double row) const;
  /// Fractional cell position of a coordinate.
  [[nodiscard]] double col_of(double x) const;
  [[nodiscard]] double row_of(double y) const;
  /// A geographic grid whose columns span exactly 360 degrees.
  [[nodiscard]] bool spans_globe() const;
  [[nodiscard]] Window whole() const { return {0, 0, cols, rows}; }
};

/// The smallest grid on the lattice that holds the box (CRS units). Box edges within 0.01 cell of a
/// lattice line are taken to be on it. A geographic grid is clipped to latitudes -90..90.
[[nodiscard]] Grid grid_around(Grid lattice, double xmin, double ymin, double xmax, double ymax);

}  // namespace cnci::engine
