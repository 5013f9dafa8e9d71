#include "io/value_range.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/value_range.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::io::HWY_NAMESPACE {

/// `areas` may be null. Every value of the span is looked at: seldom does one lie outside.
bool AllWithin(const double* HWY_RESTRICT values, const double* HWY_RESTRICT areas,
               const std::uint8_t* HWY_RESTRICT valid, std::size_t count, double low, double high) {
  std::size_t i = 0;
  bool within = true;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  using Tag = hn::ScalableTag<double>;
  const Tag d;
  const hn::Rebind<std::uint32_t, Tag> u32;
  const hn::RebindToUnsigned<Tag> u64;
  const hn::Rebind<std::uint8_t, Tag> u8;
  const auto least = hn::Set(d, low);
  const auto most = hn::Set(d, high);
  auto outside = hn::Zero(u64);
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    auto value = hn::LoadU(d, values + i);
    if (areas != nullptr) value = hn::Div(value, hn::LoadU(d, areas + i));
    const auto inside = hn::And(hn::Ge(value, least), hn::Le(value, most));  // not NaN
    const auto flags = hn::PromoteTo(u64, hn::PromoteTo(u32, hn::LoadU(u8, valid + i)));
    outside = hn::Or(outside, hn::AndNot(hn::BitCast(u64, hn::VecFromMask(d, inside)), flags));
  }
  within = hn::AllTrue(u64, hn::Eq(outside, hn::Zero(u64)));
#endif
  for (; i < count; ++i) {
    const double value = areas != nullptr ? values[i] / areas[i] : values[i];
    within = within && (valid[i] == 0 || (value >= low && value <= high));
  }
  return within;
}

}  // namespace cnci::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace cnci::io {

HWY_EXPORT(AllWithin);

bool all_within(std::span<const double> values, std::span<const std::uint8_t> valid, double low,
                double high) {
  return HWY_DYNAMIC_DISPATCH(AllWithin)(values.data(), nullptr, valid.data(), values.size(), low,
                                         high);
}

bool all_within_per_area(std::span<const double> values, std::span<const double> areas,
                         std::span<const std::uint8_t> valid, double low, double high) {
  return HWY_DYNAMIC_DISPATCH(AllWithin)(values.data(), areas.data(), valid.data(), values.size(),
                                         low, high);
}

}  // namespace cnci::io

#endif
