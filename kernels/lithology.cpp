#include "kernels/lithology.h"

#include <array>
#include <stdexcept>
#include <string>

namespace cnci::kernels {

namespace {

constexpr std::array<LithologyClass, 16> kClasses{{
    {1, "su", "unconsolidated sediments"},
    {2, "vb", "basic volcanic rocks"},
    {3, "ss", "siliciclastic sedimentary rocks"},
    {4, "pb", "basic plutonic rocks"},
    {5, "sm", "mixed sedimentary rocks"},
    {6, "sc", "carbonate sedimentary rocks"},
    {7, "va", "acid volcanic rocks"},
    {8, "mt", "metamorphic rocks"},
    {9, "pa", "acid plutonic rocks"},
    {10, "vi", "intermediate volcanic rocks"},
    {11, "wb", "water bodies"},
    {12, "py", "pyroclastics"},
    {13, "pi", "intermediate plutonic rocks"},
    {14, "ev", "evaporites"},
    {15, "nd", "no data"},
    {16, "ig", "ice and glaciers"},
}};

}  // namespace

std::span<const LithologyClass> lithology_classes() { return kClasses; }

int lithology_id(std::string_view code) {
  for (const LithologyClass& known : kClasses) {
    if (known.code == code) {
      return known.id;
    }
  }
  return 0;
}

Lithology::Lithology(const ClassColumns& columns, std::size_t cells, std::string_view kernel)
    : valid_(columns.valid.data()) {
  const auto fail = [kernel](const std::string& wrong) {
    throw std::invalid_argument("kernel " + std::string(kernel) + ": lithology " + wrong);
  };
  if (columns.valid.size() != cells) {
    fail("is not as long as the tile");
  }
  int previous = 0;
  for (const ClassPlane& plane : columns.planes) {
    if (plane.fraction.size() != cells) {
      fail("is not as long as the tile");
    }
    if (plane.class_id <= previous || plane.class_id > kClasses.back().id) {
      fail("holds class " + std::to_string(plane.class_id) + ", which is unknown or out of order");
    }
    previous = plane.class_id;
    if (plane.class_id == kLithologyNoData) {
      no_data_ = plane.fraction.data();
      continue;
    }
    planes_.push_back(plane);
    if (plane.class_id == kLithologyCarbonate) {
      carbonate_ = plane.fraction.data();
    } else {
      other_.push_back(plane.fraction.data());
    }
  }
}

}  // namespace cnci::kernels
