#include "kernels/pass.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernels/load.h"

namespace cnci::kernels {

Pass::Pass(std::vector<const Kernel*> kernels, const Parameters& parameters,
           const LayerNames& layers, std::span<const std::string> wanted)
    : kernels_(std::move(kernels)) {
  Wiring wiring(kernels_, layers);
  for (const std::string& name : wanted) {
    wanted_[name] = wiring.require(name);
  }
  for (std::size_t position = kernels_.size(); position-- > 0;) {
    wiring.turn_to(position);
    functions_.push_back(kernels_[position]->bind(wiring, parameters));
  }
  std::reverse(functions_.begin(), functions_.end());
  loads_ = wiring.loads();
  columns_ = wiring.columns();
}

Slot Pass::slot(std::string_view wanted) const {
  const auto found = wanted_.find(wanted);
  if (found == wanted_.end()) {
    throw std::out_of_range("the pass was not asked for " + std::string(wanted));
  }
  return found->second;
}

Pass::Sources Pass::attach(const TileInputs& tile) const {
  Sources attached;
  attached.cells_ = tile.cells();
  for (const Load& load : loads_) {
    Sources::Source& source = attached.sources_.emplace_back();
    if (load.kind == Load::Kind::kClasses) {
      const ClassColumns& classes = tile.classes(load.layer);
      source.valid = classes.valid.data();
      if (!classes.only_class.empty()) source.only_class = classes.only_class.data();
      for (const ClassPlane& plane : classes.planes) {
        source.planes.at(static_cast<std::size_t>(plane.class_id)) = plane.fraction.data();
      }
      continue;
    }
    const Column& column = load.kind == Load::Kind::kMonth ? tile.months(load.layer).at(load.month)
                                                           : tile.column(load.layer);
    source.value = column.value.data();
    source.valid = column.valid.data();
  }
  return attached;
}

void Pass::compute(const Sources& tile, std::size_t first, std::size_t cells, Block& block) const {
  if (cells > kBlockCells || first > tile.cells_ || cells > tile.cells_ - first) {
    throw std::out_of_range("a block must lie within its tile");
  }
  block.resize(cells);
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    const Load& load = loads_[i];
    const Sources::Source& source = tile.sources_[i];
    if (load.kind == Load::Kind::kClasses) {
      if (source.only_class != nullptr) {
        load_only_classes(source.only_class + first, source.valid + first, load.classes, block);
      } else {
        load_classes(source.planes, source.valid, first, load.classes, block);
      }
    } else {
      load_column(source.value + first, source.valid + first, load.domain, block, load.slot);
    }
  }
  for (const BlockFunction& function : functions_) {
    function(block);
  }
}

}  // namespace cnci::kernels
