#include "kernels/load.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/load.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

using Bytes = hn::Rebind<std::uint8_t, Tag>;

/// True in lanes whose byte is not 0.
HWY_INLINE Mask Valid(const std::uint8_t* valid) {
  const hn::Rebind<std::uint32_t, Tag> u32;
  const hn::Rebind<std::uint64_t, Tag> u64;
  const auto wide = hn::PromoteTo(u64, hn::PromoteTo(u32, hn::LoadU(Bytes(), valid)));
  return hn::RebindMask(Tag(), hn::Ne(wide, hn::Zero(u64)));
}

constexpr std::size_t kAtOnce = 64;

/// Whether the next kAtOnce cells are all valid, written as 1.
HWY_INLINE bool AllValid(const std::uint8_t* valid) {
  std::array<std::uint64_t, kAtOnce / 8> words;
  std::memcpy(words.data(), valid, kAtOnce);
  std::uint64_t all = ~std::uint64_t{0};
  for (const std::uint64_t word : words) {
    all &= word;
  }
  return (all & 0x0101010101010101U) == 0x0101010101010101U;
}

void LoadColumn(const double* HWY_RESTRICT value, const std::uint8_t* HWY_RESTRICT valid,
                std::size_t cells, const Domain& domain, double* HWY_RESTRICT out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector low = hn::Set(d, domain.min);
  const Vector high = hn::Set(d, domain.max);
  const auto within = [&](Vector v) HWY_ATTR { return hn::And(hn::Ge(v, low), hn::Le(v, high)); };
  std::size_t i = 0;
  while (i + kAtOnce <= cells) {
    const std::size_t end = i + kAtOnce;
    if (AllValid(valid + i)) {
      for (; i < end; i += lanes) {
        const Vector v = hn::LoadU(d, value + i);
        hn::Store(hn::IfThenElse(within(v), v, Missing()), d, out + i);
      }
    }
    for (; i < end; i += lanes) {
      const Vector v = hn::LoadU(d, value + i);
      const Mask usable = hn::And(Valid(valid + i), within(v));
      hn::Store(hn::IfThenElse(usable, v, Missing()), d, out + i);
    }
  }
  for (; i < cells; ++i) {
    const bool usable = valid[i] != 0 && value[i] >= domain.min && value[i] <= domain.max;
    out[i] = usable ? value[i] : kMissingValue;
  }
}

/// 0 where a cell is valid and holds nothing of class nd, else missing.
void LoadKnown(const double* HWY_RESTRICT no_data, const std::uint8_t* HWY_RESTRICT valid,
               std::size_t cells, double* HWY_RESTRICT out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= cells; i += lanes) {
    Mask known = Valid(valid + i);
    if (no_data != nullptr) {
      known = hn::And(known, hn::Eq(hn::LoadU(d, no_data + i), hn::Zero(d)));
    }
    hn::Store(hn::IfThenElse(known, hn::Zero(d), Missing()), d, out + i);
  }
  for (; i < cells; ++i) {
    const bool known = valid[i] != 0 && (no_data == nullptr || no_data[i] == 0.0);
    out[i] = known ? 0.0 : kMissingValue;
  }
}

using Ids = hn::Rebind<std::int32_t, Tag>;

/// True in lanes of class id.
HWY_INLINE Mask IsClass(const std::int32_t* only_class, std::int32_t id) {
  const hn::Rebind<std::int64_t, Tag> i64;
  const auto wide = hn::PromoteTo(i64, hn::LoadU(Ids(), only_class));
  return hn::RebindMask(Tag(), hn::Eq(wide, hn::Set(i64, id)));
}

/// 0 where a cell is valid and of another class than nd, else missing.
void LoadKnownOnly(const std::int32_t* HWY_RESTRICT only_class,
                   const std::uint8_t* HWY_RESTRICT valid, std::size_t cells,
                   double* HWY_RESTRICT out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr auto kNoData = static_cast<std::int32_t>(kLithologyNoData);
  std::size_t i = 0;
  for (; i + lanes <= cells; i += lanes) {
    const Mask known = hn::AndNot(IsClass(only_class + i, kNoData), Valid(valid + i));
    hn::Store(hn::IfThenElse(known, hn::Zero(d), Missing()), d, out + i);
  }
  for (; i < cells; ++i) {
    out[i] = valid[i] != 0 && only_class[i] != kNoData ? 0.0 : kMissingValue;
  }
}

/// 1 in cells of a class, else 0.
void FillOnly(const std::int32_t* HWY_RESTRICT only_class, std::size_t cells, std::int32_t id,
              double* HWY_RESTRICT out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= cells; i += lanes) {
    hn::Store(hn::IfThenElseZero(IsClass(only_class + i, id), hn::Set(d, 1.0)), d, out + i);
  }
  for (; i < cells; ++i) out[i] = only_class[i] == id ? 1.0 : 0.0;
}

/// Whether a plane has a fraction other than 0.
bool PlaneOccurs(const double* HWY_RESTRICT fraction, std::size_t cells) {
  const Tag d;
  const Vector zero = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kAtOnce <= cells; i += kAtOnce) {
    // Not hn::Ne, which is false for NaN on some targets.
    Mask all_zero = hn::Eq(hn::LoadU(d, fraction + i), zero);
    for (std::size_t k = hn::Lanes(d); k < kAtOnce; k += hn::Lanes(d)) {
      all_zero = hn::And(all_zero, hn::Eq(hn::LoadU(d, fraction + i + k), zero));
    }
    if (!hn::AllTrue(d, all_zero)) {
      return true;
    }
  }
  for (; i < cells; ++i) {
    if (!(fraction[i] == 0)) {
      return true;
    }
  }
  return false;
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>

namespace cnci::kernels {

HWY_EXPORT(LoadColumn);
HWY_EXPORT(LoadKnown);
HWY_EXPORT(LoadKnownOnly);
HWY_EXPORT(FillOnly);
HWY_EXPORT(PlaneOccurs);

namespace {

void pad(Block& block, Slot slot) {
  std::fill(block[slot] + block.cells(), block[slot] + block.padded(), kMissingValue);
}

}  // namespace

void load_column(const double* value, const std::uint8_t* valid, const Domain& domain, Block& block,
                 Slot slot) {
  HWY_DYNAMIC_DISPATCH(LoadColumn)(value, valid, block.cells(), domain, block[slot]);
  pad(block, slot);
}

void load_classes(const std::array<const double*, kLithologyClassCount + 1>& planes,
                  const std::uint8_t* valid, std::size_t first, const ClassSlots& slots,
                  Block& block) {
  const auto from_first = [first](const double* plane) {
    return plane == nullptr ? nullptr : plane + first;
  };
  HWY_DYNAMIC_DISPATCH(LoadKnown)
  (from_first(planes[kLithologyNoData]), valid + first, block.cells(), block[slots.known]);
  pad(block, slots.known);
  for (std::size_t id = 1; id < planes.size(); ++id) {
    const double* fraction = from_first(planes.at(id));
    const Slot slot = slots.plane.at(id);
    if (fraction == nullptr || id == kLithologyNoData ||
        !HWY_DYNAMIC_DISPATCH(PlaneOccurs)(fraction, block.cells())) {
      block.set_plane(slot, nullptr);
      continue;
    }
    if (block.cells() == block.padded()) {
      block.set_plane(slot, fraction);
      continue;
    }
    // Whole vectors must not read beyond the tile's memory.
    std::copy_n(fraction, block.cells(), block[slot]);
    pad(block, slot);
    block.set_plane(slot, block[slot]);
  }
}

void load_only_classes(const std::int32_t* only_class, const std::uint8_t* valid,
                       const ClassSlots& slots, Block& block) {
  const std::size_t cells = block.cells();
  HWY_DYNAMIC_DISPATCH(LoadKnownOnly)(only_class, valid, cells, block[slots.known]);
  pad(block, slots.known);
  static_assert(kLithologyClassCount < 32, "a bit for each class");
  std::uint32_t occurs = 0;
  for (std::size_t i = 0; i < cells; ++i) {
    occurs |= valid[i] != 0 ? std::uint32_t{1} << static_cast<std::uint32_t>(only_class[i]) : 0U;
  }
  for (std::size_t id = 1; id < slots.plane.size(); ++id) {
    const Slot slot = slots.plane.at(id);
    if ((occurs >> id & 1U) == 0 || id == kLithologyNoData) {
      block.set_plane(slot, nullptr);
      continue;
    }
    HWY_DYNAMIC_DISPATCH(FillOnly)(only_class, cells, static_cast<std::int32_t>(id), block[slot]);
    pad(block, slot);
    block.set_plane(slot, block[slot]);
  }
}

}  // namespace cnci::kernels

#endif
