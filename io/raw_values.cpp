#include "io/raw_values.h"

#include <cmath>
#include <limits>
#include <span>

#include "engine/field.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/raw_values.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::io::HWY_NAMESPACE {

/// Raw values in double become values, or missing; set, or added to what is there.
template <bool kAdd>
void DecodeInto(const RawRecipe& recipe, const double* HWY_RESTRICT raw, std::size_t count,
                double* HWY_RESTRICT value, std::uint8_t* HWY_RESTRICT valid) {
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
    const auto stored = hn::LoadU(d, raw + i);
    auto missing = hn::Not(hn::Le(hn::Abs(stored), hn::Set(d, kLargest)));
    for (const NodataRange& range : recipe.nodata) {
      missing = hn::Or(missing, hn::And(hn::Ge(stored, hn::Set(d, range.min)),
                                        hn::Le(stored, hn::Set(d, range.max))));
    }
    // In two roundings, whatever the instruction set has.
    auto result = stored;
    for (const LinearMap& map : recipe.maps) {
      result = hn::Add(hn::Mul(result, hn::Set(d, map.a)), hn::Set(d, map.b));
    }
    result = hn::IfThenElse(missing, hn::Set(d, engine::kMissing), result);
    auto flag = hn::AndNot(hn::BitCast(u64, hn::VecFromMask(d, missing)), one);
    auto flags = hn::TruncateTo(u8, flag);
    if constexpr (kAdd) {
      result = hn::Add(hn::LoadU(d, value + i), result);
      flags = hn::And(flags, hn::LoadU(u8, valid + i));
    }
    hn::StoreU(result, d, value + i);
    hn::StoreU(flags, u8, valid + i);
  }
#endif
  for (; i < count; ++i) {
    bool present = std::abs(raw[i]) <= kLargest;
    for (const NodataRange& range : recipe.nodata) {
      present = present && !(raw[i] >= range.min && raw[i] <= range.max);
    }
    double result = raw[i];
    for (const LinearMap& map : recipe.maps) result = result * map.a + map.b;
    if (!present) result = engine::kMissing;
    value[i] = kAdd ? value[i] + result : result;
    valid[i] = present && (!kAdd || valid[i] != 0) ? 1 : 0;
  }
}

void Decode(const RawRecipe& recipe, const double* raw, std::size_t count, double* value,
            std::uint8_t* valid) {
  DecodeInto<false>(recipe, raw, count, value, valid);
}

void DecodeAndAdd(const RawRecipe& recipe, const double* raw, std::size_t count, double* value,
                  std::uint8_t* valid) {
  DecodeInto<true>(recipe, raw, count, value, valid);
}

}  // namespace cnci::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/error.h"

namespace cnci::io {

HWY_EXPORT(Decode);
HWY_EXPORT(DecodeAndAdd);

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

RawValues::RawValues(GDALDataType type, std::vector<LinearMap> maps,
                     std::vector<NodataRange> nodata)
    : widen_(widening_of(type)),
      bytes_(static_cast<std::size_t>(GDALGetDataTypeSizeBytes(type))),
      maps_(std::move(maps)),
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

template <bool kAdd>
void RawValues::decode_parts(const std::byte* raw, std::size_t stride, std::span<double> value,
                             std::span<std::uint8_t> valid) const {
  // What is widened is still in the first cache when it is decoded.
  std::array<double, 1024> wide;
  const RawRecipe recipe{maps_, nodata_};
  for (std::size_t first = 0; first < value.size(); first += wide.size()) {
    const std::size_t count = std::min(wide.size(), value.size() - first);
    widen_(raw + first * stride * bytes_, stride, std::span(wide).first(count));
    double* const to = value.data() + first;
    if constexpr (kAdd) {
      HWY_DYNAMIC_DISPATCH(DecodeAndAdd)(recipe, wide.data(), count, to, valid.data() + first);
    } else {
      HWY_DYNAMIC_DISPATCH(Decode)(recipe, wide.data(), count, to, valid.data() + first);
    }
  }
}

void RawValues::decode(const std::byte* raw, std::size_t stride, std::span<double> value,
                       std::span<std::uint8_t> valid) const {
  if (bytes_table_) {
    decode_bytes(raw, stride, value, valid);
  } else {
    decode_parts<false>(raw, stride, value, valid);
  }
}

void RawValues::replace_codes(const CodeTable& codes, std::set<double>& unknown) {
  if (widen_ != static_cast<Widen>(widen<std::uint8_t>)) return;
  auto table = std::make_unique<ByteTable>();
  std::array<std::byte, 256> every{};
  for (std::size_t i = 0; i < every.size(); ++i) every.at(i) = static_cast<std::byte>(i);
  decode_parts<false>(every.data(), 1, table->code, table->valid);
  for (std::size_t i = 0; i < every.size(); ++i) {
    const CodeTable::Entry* entry =
        table->valid.at(i) != 0 ? codes.find(table->code.at(i)) : nullptr;
    table->unknown.at(i) = table->valid.at(i) != 0 && entry == nullptr ? 1 : 0;
    table->valid.at(i) = entry != nullptr && !entry->missing ? 1 : 0;
    table->value.at(i) = table->valid.at(i) != 0 ? entry->value : engine::kMissing;
  }
  bytes_table_ = std::move(table);
  unknown_ = &unknown;
}

void RawValues::decode_bytes(const std::byte* raw, std::size_t stride, std::span<double> value,
                             std::span<std::uint8_t> valid) const {
  const ByteTable& table = *bytes_table_;
  std::uint8_t any_unknown = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = std::to_integer<std::size_t>(raw[i * stride]);
    value[i] = table.value[byte];
    valid[i] = table.valid[byte];
    any_unknown |= table.unknown[byte];
  }
  if (any_unknown == 0) return;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = std::to_integer<std::size_t>(raw[i * stride]);
    if (table.unknown[byte] != 0) unknown_->insert(table.code[byte]);
  }
}

void RawValues::add(const std::byte* raw, std::size_t stride, std::span<double> value,
                    std::span<std::uint8_t> valid) const {
  decode_parts<true>(raw, stride, value, valid);
}

}  // namespace cnci::io

#endif
