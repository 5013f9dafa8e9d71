// How a fuzz target says that a property does not hold: the text, then abort, so that libFuzzer
// keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cnci::fuzz {

inline void require(bool holds, const std::string& property) {
  if (holds) return;
  std::fprintf(stderr, "\nBROKEN PROPERTY: %s\n", property.c_str());
  std::abort();
}

}  // namespace cnci::fuzz
