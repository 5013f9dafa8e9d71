// Values of cells beside plain vectors, as tests write them down.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/field.h"

namespace cnci::engine {

template <class T>
bool operator==(const Cells<T>& cells, const std::vector<T>& values) {
  return std::ranges::equal(cells, values);
}

}  // namespace cnci::engine
