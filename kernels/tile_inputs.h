// The columns of one tile, as the layers deliver them: a value and its validity per cell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::kernels {

/// One quantity over a tile. Where valid is 0 the value must not be used.
struct Column {
  std::span<const double> value;
  std::span<const std::uint8_t> valid;
};

/// Area fractions of lithology classes: the class of each cell where every cell is of one, else
/// planes; only classes that occur in the tile have one.
struct ClassPlane {
  int class_id = 0;
  std::span<const double> fraction;
};
struct ClassColumns {
  std::vector<ClassPlane> planes;  ///< ascending class_id; fractions of a valid cell add up to 1
  std::span<const std::uint8_t> valid;
  std::span<const std::int32_t> only_class = {};  ///< empty: see planes
};

/// The layers of a tile by name. All columns are cells() long.
class TileInputs {
 public:
  explicit TileInputs(std::size_t cells) : cells_(cells) {}
  [[nodiscard]] std::size_t cells() const { return cells_; }
  /// These throw std::invalid_argument, naming the layer, where the column is not cells() long.
  void set(std::string name, Column column);
  void set_monthly(std::string name, std::array<Column, 12> months);
  /// Also where a class id is unknown or out of order.
  void set_classes(std::string name, ClassColumns classes);

  /// These throw std::invalid_argument where the layer is absent.
  [[nodiscard]] const Column& column(std::string_view name) const;
  [[nodiscard]] const std::array<Column, 12>& months(std::string_view name) const;
  [[nodiscard]] const ClassColumns& classes(std::string_view name) const;

 private:
  std::size_t cells_;
  std::map<std::string, Column, std::less<>> columns_;
  std::map<std::string, std::array<Column, 12>, std::less<>> months_;
  std::map<std::string, ClassColumns, std::less<>> classes_;
};

}  // namespace cnci::kernels
