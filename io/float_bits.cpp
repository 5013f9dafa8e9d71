#include "io/float_bits.h"

#include <bit>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/float_bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::io::HWY_NAMESPACE {

void RoundMantissas(float* HWY_RESTRICT values, std::size_t count, int dropped) {
  constexpr std::uint32_t kExponent = 0x7f800000U;
  const std::uint32_t below_half = (std::uint32_t{1} << (dropped - 1)) - 1U;
  const std::uint32_t kept = ~((std::uint32_t{1} << dropped) - 1U);
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> u;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(u, hn::LoadU(d, values + i));
    const auto last_kept = hn::And(hn::ShiftRightSame(bits, dropped), hn::Set(u, 1));
    const auto rounded =
        hn::And(hn::Add(hn::Add(bits, hn::Set(u, below_half)), last_kept), hn::Set(u, kept));
    const auto exponent = hn::Set(u, kExponent);
    const auto special = hn::Eq(hn::And(bits, exponent), exponent);
    hn::StoreU(hn::BitCast(d, hn::IfThenElse(special, bits, rounded)), d, values + i);
  }
#endif
  for (; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    // A carry out of the mantissa raises the exponent by one, which is the next number of the
    // format; half of the dropped part minus one, plus the last kept bit, sends ties to even.
    const std::uint32_t last_kept = (bits >> dropped) & 1U;
    const std::uint32_t rounded = (bits + below_half + last_kept) & kept;
    values[i] = std::bit_cast<float>((bits & kExponent) == kExponent ? bits : rounded);
  }
}

void ShuffleBytes(const float* HWY_RESTRICT values, std::size_t count,
                  std::uint8_t* HWY_RESTRICT planes) {
  std::uint8_t* const plane1 = planes + count;
  std::uint8_t* const plane2 = plane1 + count;
  std::uint8_t* const plane3 = plane2 + count;
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> u;
  const hn::Rebind<std::uint8_t, decltype(d)> u8;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(u, hn::LoadU(d, values + i));
    const auto low = hn::Set(u, 0xff);
    hn::StoreU(hn::TruncateTo(u8, hn::And(bits, low)), u8, planes + i);
    hn::StoreU(hn::TruncateTo(u8, hn::And(hn::ShiftRight<8>(bits), low)), u8, plane1 + i);
    hn::StoreU(hn::TruncateTo(u8, hn::And(hn::ShiftRight<16>(bits), low)), u8, plane2 + i);
    hn::StoreU(hn::TruncateTo(u8, hn::ShiftRight<24>(bits)), u8, plane3 + i);
  }
#endif
  for (; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    planes[i] = static_cast<std::uint8_t>(bits);
    plane1[i] = static_cast<std::uint8_t>(bits >> 8U);
    plane2[i] = static_cast<std::uint8_t>(bits >> 16U);
    plane3[i] = static_cast<std::uint8_t>(bits >> 24U);
  }
}

}  // namespace cnci::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "engine/error.h"

namespace cnci::io {

HWY_EXPORT(RoundMantissas);
HWY_EXPORT(ShuffleBytes);

namespace {

constexpr std::size_t kBytesPerValue = sizeof(float);
constexpr int kMantissaBits = 24;  // counting the implicit one

}  // namespace

void round_mantissas(std::span<float> values, int significant_bits) {
  if (significant_bits < 1 || significant_bits > kMantissaBits) {
    throw engine::Error("significant bits must be 1 to 24, not " +
                        std::to_string(significant_bits));
  }
  if (significant_bits == kMantissaBits) return;
  HWY_DYNAMIC_DISPATCH(RoundMantissas)
  (values.data(), values.size(), kMantissaBits - significant_bits);
}

void shuffle_bytes(std::span<const float> values, std::span<std::byte> planes) {
  if (planes.size() != values.size() * kBytesPerValue) {
    throw engine::Error("the bytes of " + std::to_string(values.size()) +
                        " values do not fit into " + std::to_string(planes.size()));
  }
  HWY_DYNAMIC_DISPATCH(ShuffleBytes)
  (values.data(), values.size(), reinterpret_cast<std::uint8_t*>(planes.data()));
}

void unshuffle_bytes(std::span<const std::byte> planes, std::span<float> values) {
  if (planes.size() != values.size() * kBytesPerValue) {
    throw engine::Error(std::to_string(planes.size()) + " bytes are not those of " +
                        std::to_string(values.size()) + " values");
  }
  const std::size_t n = values.size();
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t bits = 0;
    for (std::size_t b = 0; b < kBytesPerValue; ++b) {
      bits |= std::to_integer<std::uint32_t>(planes[b * n + i]) << (8 * b);
    }
    values[i] = std::bit_cast<float>(bits);
  }
}

}  // namespace cnci::io

#endif
