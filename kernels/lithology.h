// The lithology classes of a tile: which cells are known, and the area fraction of a class. Class
// nd (15) is no rock: a cell that holds any of it is unknown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/columns.h"
#include "kernels/kernel.h"
#include "kernels/registry.h"

namespace cnci::kernels {

inline constexpr int kLithologyCarbonate = 6;

class Lithology {
 public:
  /// Throws std::invalid_argument for a class id that no kernel knows and for wrong lengths.
  Lithology(const ClassColumns& columns, std::size_t cells, std::string_view kernel);

  [[nodiscard]] bool known(std::size_t cell) const {
    return valid_[cell] != 0 && (no_data_ == nullptr || no_data_[cell] == 0.0);
  }

  /// Planes of classes other than nd, ascending id.
  [[nodiscard]] const std::vector<ClassPlane>& planes() const { return planes_; }

  /// Area fraction of class sc; only where the cell is known.
  [[nodiscard]] double carbonate(std::size_t cell) const {
    return carbonate_ == nullptr ? 0.0 : carbonate_[cell];
  }

  /// Area fraction of all classes but sc; only where the cell is known.
  [[nodiscard]] double other(std::size_t cell) const {
    double sum = 0;
    for (const double* fraction : other_) {
      sum += fraction[cell];
    }
    return sum;
  }

 private:
  const std::uint8_t* valid_;
  const double* no_data_ = nullptr;
  const double* carbonate_ = nullptr;
  std::vector<const double*> other_;
  std::vector<ClassPlane> planes_;
};

}  // namespace cnci::kernels
