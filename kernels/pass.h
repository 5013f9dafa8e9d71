// One pass over a tile: block by block, every layer is loaded once and all kernels of the job
// compute, while the cells are in cache. Only what is asked for comes out; nothing is kept for the
// whole tile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/block.h"
#include "kernels/kernel.h"
#include "kernels/tile_inputs.h"
#include "kernels/wiring.h"

namespace cnci::kernels {

class Pass {
 public:
  /// `kernels` in the registry's order; `wanted`: outputs of kernels and layers that the caller
  /// reads. Throws std::invalid_argument where an input is absent or a wanted name is unknown.
  Pass(std::vector<const Kernel*> kernels, const Parameters& parameters, const LayerNames& layers,
       std::span<const std::string> wanted);

  /// Where a wanted quantity stands in a block; throws std::out_of_range.
  [[nodiscard]] Slot slot(std::string_view wanted) const;

  /// Working memory for one thread.
  [[nodiscard]] Block block() const { return Block(columns_); }

  /// The layers of a tile that this pass reads. `tile` must outlive it. Throws
  /// std::invalid_argument where one is absent.
  class Sources {
    friend class Pass;
    struct Source {
      const double* value = nullptr;
      const std::uint8_t* valid = nullptr;
      std::array<const double*, kLithologyClassCount + 1> planes{};
      const std::int32_t* only_class = nullptr;
    };
    std::size_t cells_ = 0;
    std::vector<Source> sources_;
  };
  [[nodiscard]] Sources attach(const TileInputs& tile) const;

  /// Computes cells first .. first + cells of a tile, at most kBlockCells. A cell's results do not
  /// depend on the block it is in. Throws what the kernels throw.
  void compute(const Sources& tile, std::size_t first, std::size_t cells, Block& block) const;

 private:
  std::vector<const Kernel*> kernels_;
  std::vector<Load> loads_;
  std::vector<BlockFunction> functions_;
  std::map<std::string, Slot, std::less<>> wanted_;
  std::size_t columns_ = 0;
};

}  // namespace cnci::kernels
