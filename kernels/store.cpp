#include "kernels/store.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/store.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

void StoreFloat32(const double* HWY_RESTRICT value, const std::uint32_t* HWY_RESTRICT kept,
                  std::size_t cells, float* HWY_RESTRICT out) {
  const Tag d;
  const hn::Rebind<float, Tag> f32;
  const hn::Rebind<std::uint32_t, Tag> u32;
  constexpr float kMissingFloat = std::numeric_limits<float>::quiet_NaN();
  std::size_t i = 0;
  // Highway's scalar demotion would give the largest float where a processor's gives infinity.
  for (; hn::Lanes(d) > 1 && i + hn::Lanes(d) <= cells; i += hn::Lanes(d)) {
    const auto v = hn::DemoteTo(f32, hn::LoadU(d, value + i));
    const auto drop = hn::RebindMask(f32, hn::Eq(hn::LoadU(u32, kept + i), hn::Zero(u32)));
    // The missing value always has the same bits, whatever a computation left.
    const auto missing = hn::Or(drop, hn::IsNaN(v));
    hn::StoreU(hn::IfThenElse(missing, hn::Set(f32, kMissingFloat), v), f32, out + i);
  }
  for (; i < cells; ++i) {
    const auto v = static_cast<float>(value[i]);
    out[i] = kept[i] == 0 || v != v ? kMissingFloat : v;
  }
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace cnci::kernels {

HWY_EXPORT(StoreFloat32);

void store_float32(const Block& block, Slot slot, std::size_t first,
                   std::span<const std::uint32_t> kept, float* out) {
  HWY_DYNAMIC_DISPATCH(StoreFloat32)(block[slot] + first, kept.data(), kept.size(), out);
}

}  // namespace cnci::kernels

#endif
