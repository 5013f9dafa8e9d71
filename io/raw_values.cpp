#include "io/raw_values.h"

#include <cmath>
#include <limits>

#include "engine/field.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/raw_values.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::io::HWY_NAMESPACE {

/// Raw values in double become physical ones, or missing.
void Decode(double* HWY_RESTRICT value, std::size_t count, double scale, double offset,
            const NodataRange* HWY_RESTRICT nodata, std::size_t ranges,
            std::uint8_t* HWY_RESTRICT valid) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  using Tag = hn::ScalableTag<double>;
  const Tag d;
  const hn::RebindToUnsigned<Tag> u64;
  const hn::Rebind<std::uint8_t, Tag> u8;
  const auto one = hn::Set(u64, 1);
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto raw = hn::LoadU(d, value + i);
    auto missing = hn::Not(hn::Le(hn::Abs(raw), hn::Set(d, kLargest)));
    for (std::size_t r = 0; r < ranges; ++r) {
      missing = hn::Or(missing, hn::And(hn::Ge(raw, hn::Set(d, nodata[r].min)),
                                        hn::Le(raw, hn::Set(d, nodata[r].max))));
    }
    // In two roundings, whatever the instruction set has.
    const auto physical = hn::Add(hn::Mul(raw, hn::Set(d, scale)), hn::Set(d, offset));
    hn::StoreU(hn::IfThenElse(missing, hn::Set(d, engine::kMissing), physical), d, value + i);
    const auto flag = hn::AndNot(hn::BitCast(u64, hn::VecFromMask(d, missing)), one);
    hn::StoreU(hn::TruncateTo(u8, flag), u8, valid + i);
  }
#endif
  for (; i < count; ++i) {
    bool present = std::abs(value[i]) <= kLargest;
    for (std::size_t r = 0; r < ranges; ++r) {
      present = present && !(value[i] >= nodata[r].min && value[i] <= nodata[r].max);
    }
    value[i] = present ? value[i] * scale + offset : engine::kMissing;
    valid[i] = present ? 1 : 0;
  }
}

}  // namespace cnci::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/error.h"

namespace cnci::io {

HWY_EXPORT(Decode);

namespace {

// A raw value as the band's own type holds it, so that it compares equal after widening.
double as_stored(double value, GDALDataType type) {
  if (type != GDT_Float32 || !std::isfinite(value)) return value;
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::abs(value) > kLargest) return std::copysign(kLargest, value);
  return static_cast<double>(static_cast<float>(value));
}

template <class T>
void widen(const std::byte* raw, std::size_t stride, std::span<double> value) {
  const T* from = reinterpret_cast<const T*>(raw);
  // The loop of the common case is one that compilers vectorise.
  if (stride == 1) {
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<double>(from[i]);
  } else {
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<double>(from[i * stride]);
  }
}

}  // namespace

RawValues::RawValues(GDALDataType type, double scale, double offset,
                     std::vector<NodataRange> nodata)
    : widen_(widening_of(type)),
      bytes_(static_cast<std::size_t>(GDALGetDataTypeSizeBytes(type))),
      scale_(scale),
      offset_(offset),
      nodata_(std::move(nodata)) {
  for (NodataRange& range : nodata_) {
    range = {as_stored(range.min, type), as_stored(range.max, type)};
  }
}

RawValues::Widen RawValues::widening_of(GDALDataType type) {
  switch (type) {
    case GDT_Byte:
      return widen<std::uint8_t>;
    case GDT_UInt16:
      return widen<std::uint16_t>;
    case GDT_Int16:
      return widen<std::int16_t>;
    case GDT_UInt32:
      return widen<std::uint32_t>;
    case GDT_Int32:
      return widen<std::int32_t>;
    case GDT_UInt64:
      return widen<std::uint64_t>;
    case GDT_Int64:
      return widen<std::int64_t>;
    case GDT_Float32:
      return widen<float>;
    case GDT_Float64:
      return widen<double>;
    default:
      throw engine::Error(fmt::format("values of type {} are not read", GDALGetDataTypeName(type)));
  }
}

void RawValues::decode(const std::byte* raw, std::size_t stride, std::span<double> value,
                       std::span<std::uint8_t> valid) const {
  // What is widened is still in the first cache when it is decoded.
  constexpr std::size_t kTogether = 1024;
  for (std::size_t first = 0; first < value.size(); first += kTogether) {
    const std::size_t count = std::min(kTogether, value.size() - first);
    widen_(raw + first * stride * bytes_, stride, value.subspan(first, count));
    HWY_DYNAMIC_DISPATCH(Decode)
    (value.data() + first, count, scale_, offset_, nodata_.data(), nodata_.size(),
     valid.data() + first);
  }
}

}  // namespace cnci::io

#endif
