// What the codes of a coded layer stand for: values, or ids of classes.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "engine/field.h"

namespace cnci::io {

struct LayerSpec;

class CodeTable {
 public:
  CodeTable() = default;
  explicit CodeTable(const LayerSpec& spec);

  struct Entry {
    double value = 0;
    bool missing = false;  ///< "no data"
  };
  /// Null where a code has no entry.
  [[nodiscard]] const Entry* find(double code) const;
  /// Replaces codes by what they stand for; codes that mean "no data" become missing, unknown ones
  /// too, and are added to `unknown`.
  void apply(engine::Field& field, std::set<double>& unknown) const;

 private:
  std::vector<std::pair<double, Entry>> entries_;  ///< ascending code
};

}  // namespace cnci::io
