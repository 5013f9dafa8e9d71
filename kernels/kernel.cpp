#include "kernels/kernel.h"

#include <stdexcept>
#include <utility>

namespace cnci::kernels {

namespace {

template <class Map>
const typename Map::mapped_type& value_of(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  if (found == map.end()) {
    throw std::out_of_range("parameter " + std::string(key) + " has no value");
  }
  return found->second;
}

}  // namespace

void Parameters::set_number(std::string_view key, double value) {
  numbers_.insert_or_assign(std::string(key), value);
}

void Parameters::set_text(std::string_view key, std::string_view value) {
  texts_.insert_or_assign(std::string(key), std::string(value));
}

bool Parameters::has_number(std::string_view key) const { return numbers_.contains(key); }

double Parameters::number(std::string_view key) const { return value_of(numbers_, key); }

const std::string& Parameters::text(std::string_view key) const { return value_of(texts_, key); }

}  // namespace cnci::kernels
