#include "kernels/wiring.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cnci::kernels {

namespace {

/// `emissions` of `emissions.energy`.
std::string_view input_name(std::string_view layer) { return layer.substr(0, layer.find('.')); }

/// The domain that kernels declare for a layer; every finite number where none knows it.
Domain domain_of(std::span<const Kernel* const> kernels, std::string_view layer) {
  for (const Kernel* kernel : kernels) {
    for (const Input& input : kernel->inputs) {
      if (input.name == input_name(layer)) {
        return input.domain;
      }
    }
  }
  return {};
}

bool declares_output(const Kernel& kernel, std::string_view name) {
  return std::any_of(kernel.outputs.begin(), kernel.outputs.end(),
                     [name](const Output& output) { return output.name == name; });
}

}  // namespace

Wiring::Wiring(std::span<const Kernel* const> kernels, LayerNames layers)
    : kernels_(kernels), layers_(std::move(layers)), position_(kernels.size()) {}

std::string_view Wiring::reader() const {
  return position_ < kernels_.size() ? kernels_[position_]->name : "pass";
}

Slot Wiring::load_column(std::string_view name) {
  for (const Load& load : loads_) {
    if (load.kind == Load::Kind::kColumn && load.layer == name) {
      return load.slot;
    }
  }
  loads_.push_back({.kind = Load::Kind::kColumn,
                    .layer = std::string(name),
                    .domain = domain_of(kernels_, name),
                    .slot = columns_});
  return columns_++;
}

std::optional<Slot> Wiring::find(std::string_view name) {
  for (std::size_t earlier = position_; earlier-- > 0;) {
    if (declares_output(*kernels_[earlier], name)) {
      const auto [entry, added] = outputs_.try_emplace({earlier, std::string(name)}, columns_);
      columns_ += added ? 1 : 0;
      return entry->second;
    }
  }
  if (layers_.columns.contains(name)) {
    return load_column(name);
  }
  return std::nullopt;
}

Slot Wiring::require(std::string_view name) {
  if (const auto slot = find(name)) {
    return *slot;
  }
  throw std::invalid_argument("kernel " + std::string(reader()) + ": input " + std::string(name) +
                              " is absent");
}

std::array<Slot, 12> Wiring::require_months(std::string_view name) {
  if (!layers_.monthly.contains(name)) {
    throw std::invalid_argument("kernel " + std::string(reader()) + ": twelve months of " +
                                std::string(name) + " are absent");
  }
  std::array<Slot, 12> slots{};
  for (std::size_t month = 0; month < slots.size(); ++month) {
    slots.at(month) = columns_++;
    loads_.push_back({.kind = Load::Kind::kMonth,
                      .layer = std::string(name),
                      .month = month,
                      .domain = domain_of(kernels_, name),
                      .slot = slots.at(month)});
  }
  return slots;
}

std::optional<ClassSlots> Wiring::find_classes(std::string_view name) {
  for (const Load& load : loads_) {
    if (load.kind == Load::Kind::kClasses && load.layer == name) {
      return load.classes;
    }
  }
  if (!layers_.classes.contains(name)) {
    return std::nullopt;
  }
  Load load{.kind = Load::Kind::kClasses, .layer = std::string(name)};
  load.classes.known = columns_++;
  for (Slot& plane : load.classes.plane) {
    plane = columns_++;
  }
  loads_.push_back(load);
  return load.classes;
}

ClassSlots Wiring::require_classes(std::string_view name) {
  if (const auto slots = find_classes(name)) {
    return *slots;
  }
  throw std::invalid_argument("kernel " + std::string(reader()) + ": input " + std::string(name) +
                              " is absent");
}

std::vector<Slot> Wiring::require_many(std::string_view name) {
  std::vector<Slot> slots;
  for (const std::string& layer : layers_.columns) {
    if (input_name(layer) == name) {
      slots.push_back(load_column(layer));
    }
  }
  if (slots.empty()) {
    throw std::invalid_argument("kernel " + std::string(reader()) + ": input " + std::string(name) +
                                " is absent");
  }
  return slots;
}

std::optional<Slot> Wiring::output(std::string_view name) const {
  const auto found = outputs_.find({position_, std::string(name)});
  return found == outputs_.end() ? std::nullopt : std::optional<Slot>(found->second);
}

}  // namespace cnci::kernels
