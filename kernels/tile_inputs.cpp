#include "kernels/tile_inputs.h"

#include <stdexcept>
#include <utility>

#include "kernels/lithology.h"

namespace cnci::kernels {

namespace {

std::invalid_argument error(std::string_view name, const std::string& wrong) {
  return std::invalid_argument("layer " + std::string(name) + " of a tile " + wrong);
}

void require_length(std::size_t length, std::size_t cells, std::string_view name) {
  if (length != cells) {
    throw error(name, "is not as long as the tile");
  }
}

void require_length(const Column& column, std::size_t cells, std::string_view name) {
  require_length(column.value.size(), cells, name);
  require_length(column.valid.size(), cells, name);
}

void require_known(const ClassColumns& classes, std::string_view name) {
  const auto is_unknown = [](std::int32_t id) { return id < 1 || id > int{kLithologyClassCount}; };
  const std::size_t cells = classes.only_class.size();
  unsigned any = 0;  // first without a branch
  for (std::size_t i = 0; i < cells; ++i) {
    any |= static_cast<unsigned>(is_unknown(classes.only_class[i]) && classes.valid[i] != 0);
  }
  if (any == 0) return;
  for (std::size_t i = 0; i < cells; ++i) {
    if (classes.valid[i] == 0 || !is_unknown(classes.only_class[i])) continue;
    throw error(name,
                "holds class " + std::to_string(classes.only_class[i]) + ", which is unknown");
  }
}

template <class Map>
const typename Map::mapped_type& at(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  if (found == map.end()) {
    throw error(name, "is absent");
  }
  return found->second;
}

}  // namespace

void TileInputs::set(std::string name, Column column) {
  require_length(column, cells_, name);
  columns_.insert_or_assign(std::move(name), column);
}

void TileInputs::set_monthly(std::string name, std::array<Column, 12> months) {
  for (const Column& month : months) {
    require_length(month, cells_, name);
  }
  months_.insert_or_assign(std::move(name), months);
}

void TileInputs::set_classes(std::string name, ClassColumns classes) {
  require_length(classes.valid.size(), cells_, name);
  int previous = 0;
  for (const ClassPlane& plane : classes.planes) {
    require_length(plane.fraction.size(), cells_, name);
    if (plane.class_id <= previous || plane.class_id > int{kLithologyClassCount}) {
      throw error(name, "holds class " + std::to_string(plane.class_id) +
                            ", which is unknown or out of order");
    }
    previous = plane.class_id;
  }
  if (!classes.only_class.empty()) {
    require_length(classes.only_class.size(), cells_, name);
    if (!classes.planes.empty()) throw error(name, "holds planes and a class of each cell");
    require_known(classes, name);
  }
  classes_.insert_or_assign(std::move(name), std::move(classes));
}

const Column& TileInputs::column(std::string_view name) const { return at(columns_, name); }

const std::array<Column, 12>& TileInputs::months(std::string_view name) const {
  return at(months_, name);
}

const ClassColumns& TileInputs::classes(std::string_view name) const { return at(classes_, name); }

}  // namespace cnci::kernels
