// From names to columns: what a kernel may look up while it is bound to a job, and what a pass must
// therefore load for every block.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/block.h"
#include "kernels/kernel.h"
#include "kernels/lithology.h"

namespace cnci::kernels {

/// Names of the layers that every tile of a job holds.
struct LayerNames {
  std::set<std::string, std::less<>> columns;
  std::set<std::string, std::less<>> monthly;
  std::set<std::string, std::less<>> classes;
};

/// Columns of a layer of classes.
struct ClassSlots {
  Slot known = 0;  ///< 0 where the classes are known, else missing
  /// Area fraction by class id. See Block::plane.
  std::array<Slot, kLithologyClassCount + 1> plane{};
};

/// A column that a pass fills from a tile's layer.
struct Load {
  enum class Kind { kColumn, kMonth, kClasses };
  Kind kind = Kind::kColumn;
  std::string layer = {};
  std::size_t month = 0;
  Domain domain = {};
  Slot slot = 0;
  ClassSlots classes = {};
};

class Wiring {
 public:
  Wiring(std::span<const Kernel* const> kernels, LayerNames layers);

  // For a kernel's bind. Kernels are bound from the last to the first, so that each knows which of
  // its outputs are read.

  /// The output NAME of an earlier kernel, else the layer NAME.
  [[nodiscard]] std::optional<Slot> find(std::string_view name);
  /// Throws std::invalid_argument, naming the kernel and the input, where it is absent.
  [[nodiscard]] Slot require(std::string_view name);
  [[nodiscard]] std::array<Slot, 12> require_months(std::string_view name);
  [[nodiscard]] std::optional<ClassSlots> find_classes(std::string_view name);
  [[nodiscard]] ClassSlots require_classes(std::string_view name);
  /// Layers NAME and NAME.anything, by name; at least one.
  [[nodiscard]] std::vector<Slot> require_many(std::string_view name);
  /// An output of the kernel that is being bound; nothing where nobody reads it.
  [[nodiscard]] std::optional<Slot> output(std::string_view name) const;

  /// A column of the kernel's own, for what one of its loops leaves to the next.
  [[nodiscard]] Slot scratch() { return columns_++; }

  // For the pass.

  /// The kernel at this position is bound from now on; kernels.size(): the caller, after all.
  void turn_to(std::size_t position) { position_ = position; }
  [[nodiscard]] const std::vector<Load>& loads() const { return loads_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }

 private:
  [[nodiscard]] std::string_view reader() const;
  [[nodiscard]] Slot load_column(std::string_view name);

  std::span<const Kernel* const> kernels_;
  LayerNames layers_;
  std::size_t position_;
  std::vector<Load> loads_;
  std::map<std::pair<std::size_t, std::string>, Slot> outputs_;  ///< by kernel and name
  std::size_t columns_ = 0;
};

}  // namespace cnci::kernels
