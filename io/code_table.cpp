#include "io/code_table.h"

#include <algorithm>

#include "io/layer.h"

namespace cnci::io {

CodeTable::CodeTable(const LayerSpec& spec) {
  if (spec.quantity.kind == Kind::kClass) {
    for (const auto& [code, id] : spec.legend) {
      const bool missing = std::find(spec.missing_classes.begin(), spec.missing_classes.end(),
                                     id) != spec.missing_classes.end();
      entries_.push_back({static_cast<double>(code), {static_cast<double>(id), missing}});
    }
  } else {
    for (const auto& [code, value] : spec.classes)
      entries_.push_back({static_cast<double>(code), {value, false}});
  }
}

const CodeTable::Entry* CodeTable::find(double code) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), code,
                       [](const auto& entry, double wanted) { return entry.first < wanted; });
  return at != entries_.end() && at->first == code ? &at->second : nullptr;
}

void CodeTable::apply(engine::Field& field, std::set<double>& unknown) const {
  double last = engine::kMissing;  // neighbours are often alike
  const Entry* entry = nullptr;
  for (std::size_t i = 0; i < field.value.size(); ++i) {
    if (field.valid[i] == 0) continue;
    const double code = field.value[i];
    if (code != last) {
      last = code;
      entry = find(code);
      if (entry == nullptr) unknown.insert(code);
    }
    const bool valid = entry != nullptr && !entry->missing;
    field.valid[i] = valid ? 1 : 0;
    field.value[i] = valid ? entry->value : engine::kMissing;
  }
}

}  // namespace cnci::io
