#include "kernels/lithology.h"

#include <array>

namespace cnci::kernels {

namespace {

constexpr std::array<LithologyClass, kLithologyClassCount> kClasses{{
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

}  // namespace cnci::kernels
