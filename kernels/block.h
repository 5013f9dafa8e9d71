// The working memory of a pass: columns of a few hundred cells that stay in cache while all kernels
// go over them. NaN is missing. Columns are padded with missing cells to whole vectors of any
// instruction set, so that a cell is computed alike wherever it stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cnci::kernels {

inline constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();

/// Most cells of a block.
inline constexpr std::size_t kBlockCells = 1024;
/// Doubles in the widest vector (512 bits).
inline constexpr std::size_t kWidestVector = 8;
/// Functions may go two vectors at a time.
inline constexpr std::size_t kPadding = 2 * kWidestVector;

/// Position of a column in every block of a pass.
using Slot = std::size_t;

class Block {
 public:
  explicit Block(std::size_t columns) : lines_(columns * kLines), planes_(columns, nullptr) {}

  /// Number of cells from now on, at most kBlockCells.
  void resize(std::size_t cells) { cells_ = cells; }
  [[nodiscard]] std::size_t cells() const { return cells_; }
  /// cells() rounded up to whole pairs of vectors: what a block function computes.
  [[nodiscard]] std::size_t padded() const { return (cells_ + kPadding - 1) / kPadding * kPadding; }

  /// kBlockCells values, aligned to 64 bytes.
  [[nodiscard]] double* operator[](Slot slot) { return lines_[slot * kLines].lanes.data(); }
  [[nodiscard]] const double* operator[](Slot slot) const {
    return lines_[slot * kLines].lanes.data();
  }
  [[nodiscard]] std::span<const double> column(Slot slot) const { return {(*this)[slot], cells_}; }

  /// Fractions of a class, padded() of them: the slot's own column, or the tile's memory (not
  /// aligned). Only for known cells; null where the class does not occur in the block.
  [[nodiscard]] const double* plane(Slot slot) const { return planes_[slot]; }
  void set_plane(Slot slot, const double* fractions) { planes_[slot] = fractions; }

 private:
  struct alignas(64) Line {
    std::array<double, kWidestVector> lanes;
  };
  static constexpr std::size_t kLines = kBlockCells / kWidestVector;
  std::vector<Line> lines_;
  std::vector<const double*> planes_;
  std::size_t cells_ = 0;
};

}  // namespace cnci::kernels
