#include "kernels/kernel.h"

#include <stdexcept>
#include <utility>

#include "kernels/columns.h"

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

template <class Map>
const typename Map::mapped_type* pointer_to(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

std::invalid_argument input_error(std::string_view kernel, std::string_view input,
                                  std::string_view wrong) {
  return std::invalid_argument("kernel " + std::string(kernel) + ": input " + std::string(input) +
                               " " + std::string(wrong));
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

void TileInputs::set(std::string name, Column column) {
  columns_.insert_or_assign(std::move(name), column);
}

void TileInputs::set_monthly(std::string name, std::array<Column, 12> months) {
  monthly_.insert_or_assign(std::move(name), months);
}

void TileInputs::set_classes(std::string name, ClassColumns classes) {
  classes_.insert_or_assign(std::move(name), std::move(classes));
}

const Column* TileInputs::find(std::string_view name) const { return pointer_to(columns_, name); }

const std::array<Column, 12>* TileInputs::find_monthly(std::string_view name) const {
  return pointer_to(monthly_, name);
}

const ClassColumns* TileInputs::find_classes(std::string_view name) const {
  return pointer_to(classes_, name);
}

std::vector<const Column*> TileInputs::find_many(std::string_view name) const {
  std::vector<const Column*> found;
  for (auto at = columns_.lower_bound(name); at != columns_.end(); ++at) {
    const std::string_view key = at->first;
    if (!key.starts_with(name)) {
      break;
    }
    if (key.size() == name.size() || key[name.size()] == '.') {
      found.push_back(&at->second);
    }
  }
  return found;
}

void require_length(const Column& column, std::size_t cells, std::string_view kernel,
                    std::string_view input) {
  if (column.value.size() != cells || column.valid.size() != cells) {
    throw input_error(kernel, input, "is not as long as the tile");
  }
}

Source required_source(const TileInputs& inputs, std::string_view kernel, std::string_view input,
                       Domain domain) {
  const auto source = optional_source(inputs, kernel, input, domain);
  if (!source) {
    throw input_error(kernel, input, "is absent");
  }
  return *source;
}

std::optional<Source> optional_source(const TileInputs& inputs, std::string_view kernel,
                                      std::string_view input, Domain domain) {
  const Column* column = inputs.find(input);
  if (column == nullptr) {
    return std::nullopt;
  }
  require_length(*column, inputs.cells(), kernel, input);
  return Source(*column, domain);
}

void require_outputs(TileOutputs outputs, std::size_t expected, std::size_t cells,
                     std::string_view kernel) {
  if (outputs.size() != expected) {
    throw std::invalid_argument("kernel " + std::string(kernel) + ": wrong number of outputs");
  }
  for (const OutputColumn& column : outputs) {
    if (column.value.size() != cells || column.valid.size() != cells) {
      throw std::invalid_argument("kernel " + std::string(kernel) +
                                  ": an output is not as long as the tile");
    }
  }
}

}  // namespace cnci::kernels
