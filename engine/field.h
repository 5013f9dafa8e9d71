// Values of one quantity over a window of cells: structure of arrays, row by row from the north,
// with an explicit validity. A value that is not valid is NaN and must not be read.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "engine/grid.h"

namespace cnci::engine {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Leaves numbers uninitialised where no value is given: what is filled at once need not be
/// cleared.
template <class T>
struct UninitialisedAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UninitialisedAllocator<U>;
  };
  template <class U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
  }
};
/// A vector whose new elements are not initialised by resize() and by its size alone.
template <class T>
using Cells = std::vector<T, UninitialisedAllocator<T>>;

struct Field {
  Window window;              ///< in cells of the target grid, or pixels of a source raster
  Cells<double> value;        ///< cells() values
  Cells<std::uint8_t> valid;  ///< 1 where value holds data

  Field() = default;
  /// All missing.
  explicit Field(const Window& w)
      : window(w), value(w.cells(), kMissing), valid(w.cells(), std::uint8_t{0}) {}
  /// To be filled whole: nothing is initialised.
  [[nodiscard]] static Field unfilled(const Window& w) {
    Field field;
    field.window = w;
    field.value.resize(w.cells());
    field.valid.resize(w.cells());
    return field;
  }
  [[nodiscard]] std::size_t index(std::int64_t col, std::int64_t row) const {
    return static_cast<std::size_t>(row - window.row) * static_cast<std::size_t>(window.cols) +
           static_cast<std::size_t>(col - window.col);
  }
};

/// Area fractions of classes over a window: the class of each cell where every cell is of one
/// (method near), else planes. Only classes that occur have a plane; where valid, the fractions of
/// a cell add up to 1; elsewhere they are 0.
struct ClassFractions {
  struct Plane {
    int class_id = 0;
    Cells<double> fraction;
  };
  Window window;
  std::vector<Plane> planes;       ///< ascending class_id
  Cells<std::int32_t> only_class;  ///< cells() ids, 0 where not valid; empty: see planes
  Cells<std::uint8_t> valid;
};

}  // namespace cnci::engine
