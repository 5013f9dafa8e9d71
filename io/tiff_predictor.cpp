#include "io/tiff_predictor.h"

#include <array>
#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/tiff_predictor.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::io::HWY_NAMESPACE {

/// row[i] += row[i - period] from `from` to the end, sample by sample.
template <class T>
void AccumulateOneByOne(std::uint8_t* row, std::size_t from, std::size_t end, std::size_t period) {
  for (std::size_t i = from < period ? period : from; i < end; i += sizeof(T)) {
    T left;
    T sample;
    std::memcpy(&left, row + i - period, sizeof(T));
    std::memcpy(&sample, row + i, sizeof(T));
    sample = static_cast<T>(sample + left);
    std::memcpy(row + i, &sample, sizeof(T));
  }
}

#if HWY_TARGET == HWY_SCALAR

template <class T>
void AccumulateRow(std::uint8_t* row, std::size_t bytes, std::size_t period) {
  AccumulateOneByOne<T>(row, 0, bytes, period);
}

template <std::size_t kBytes>
std::size_t JoinPlanes(const std::uint8_t*, std::size_t, std::uint8_t*) {
  return 0;
}

std::size_t SwapVectors(std::uint8_t*, std::size_t, std::size_t) { return 0; }

#else

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kVector = 16;
using Bytes = hn::FixedTag<std::uint8_t, kVector>;
using ByteVector = hn::Vec<Bytes>;

/// Lane j takes lane index(j) of another vector, 0 where that is none.
template <class Index>
HWY_INLINE ByteVector Lookup(const Index& index) {
  alignas(kVector) std::array<std::uint8_t, kVector> lanes;
  for (std::size_t j = 0; j < kVector; ++j) {
    const int from = index(static_cast<int>(j));
    lanes[j] = static_cast<std::uint8_t>(from < 0 ? 0x80 : from);
  }
  return hn::Load(Bytes(), lanes.data());
}

template <class T>
HWY_INLINE ByteVector AddSamples(ByteVector a, ByteVector b) {
  const hn::Repartition<T, Bytes> d;
  return hn::BitCast(Bytes(), hn::Add(hn::BitCast(d, a), hn::BitCast(d, b)));
}

/// Sums within a vector by doubling distances, plus those of the vectors before: the last pixel of
/// each, repeated. kSteps: the smallest with period << kSteps >= kVector.
template <class T, int kSteps>
std::size_t AccumulateVectors(std::uint8_t* row, std::size_t bytes, std::size_t period) {
  const int p = static_cast<int>(period);
  std::array<ByteVector, kSteps> shift;
  for (int step = 0; step < kSteps; ++step) {
    shift[static_cast<std::size_t>(step)] = Lookup([&](int j) { return j - (p << step); });
  }
  const ByteVector last = Lookup([&](int j) { return static_cast<int>(kVector) - p + j % p; });
  ByteVector before = hn::Zero(Bytes());
  std::size_t i = 0;
  for (; i + kVector <= bytes; i += kVector) {
    ByteVector v = hn::LoadU(Bytes(), row + i);
    for (const ByteVector& distance : shift) {
      v = AddSamples<T>(v, hn::TableLookupBytesOr0(v, distance));
    }
    v = AddSamples<T>(v, before);
    hn::StoreU(v, Bytes(), row + i);
    before = hn::TableLookupBytes(v, last);
  }
  return i;
}

/// Pixels of a vector or more: what is added has been stored.
template <class T>
std::size_t AccumulateWidePixels(std::uint8_t* row, std::size_t bytes, std::size_t period) {
  std::size_t i = period;
  for (; i + kVector <= bytes; i += kVector) {
    const ByteVector left = hn::LoadU(Bytes(), row + i - period);
    hn::StoreU(AddSamples<T>(hn::LoadU(Bytes(), row + i), left), Bytes(), row + i);
  }
  return i;
}

template <class T>
void AccumulateRow(std::uint8_t* row, std::size_t bytes, std::size_t period) {
  std::size_t done = 0;
  if (period >= kVector) {
    done = AccumulateWidePixels<T>(row, bytes, period);
  } else if (period >= 8) {
    done = AccumulateVectors<T, 1>(row, bytes, period);
  } else if (period >= 4) {
    done = AccumulateVectors<T, 2>(row, bytes, period);
  } else if (period >= 2) {
    done = AccumulateVectors<T, 3>(row, bytes, period);
  } else {
    done = AccumulateVectors<T, 4>(row, bytes, period);
  }
  AccumulateOneByOne<T>(row, done, bytes, period);
}

template <class T>
HWY_INLINE void Zip(ByteVector a, ByteVector b, ByteVector& lower, ByteVector& upper) {
  const hn::Repartition<T, Bytes> d;
  lower = hn::BitCast(Bytes(), hn::InterleaveLower(d, hn::BitCast(d, a), hn::BitCast(d, b)));
  upper = hn::BitCast(Bytes(), hn::InterleaveUpper(d, hn::BitCast(d, a), hn::BitCast(d, b)));
}

/// Numbers from their bytes, the most significant ones of all `count` numbers first; returns how
/// many were made.
template <std::size_t kBytes>
std::size_t JoinPlanes(const std::uint8_t* planes, std::size_t count, std::uint8_t* numbers) {
  std::size_t i = 0;
  for (; i + kVector <= count; i += kVector) {
    const auto plane = [&](std::size_t byte) HWY_ATTR {
      return hn::LoadU(Bytes(), planes + (kBytes - 1 - byte) * count + i);
    };
    std::uint8_t* out = numbers + i * kBytes;
    if constexpr (kBytes == 4) {
      hn::StoreInterleaved4(plane(0), plane(1), plane(2), plane(3), Bytes(), out);
    } else {
      std::array<ByteVector, 8> two;   // bytes 0-1 of numbers 0-7, 8-15; 2-3 of both; ...
      std::array<ByteVector, 8> four;  // bytes 0-3 of numbers 0-3, 4-7, 8-11, 12-15; 4-7 of these
      for (std::size_t k = 0; k < 4; ++k) {
        Zip<std::uint8_t>(plane(2 * k), plane(2 * k + 1), two[2 * k], two[2 * k + 1]);
      }
      for (std::size_t half = 0; half < 2; ++half) {
        for (std::size_t k = 0; k < 2; ++k) {
          Zip<std::uint16_t>(two[4 * half + k], two[4 * half + 2 + k], four[4 * half + 2 * k],
                             four[4 * half + 2 * k + 1]);
        }
      }
      for (std::size_t k = 0; k < 4; ++k) {
        ByteVector lower;
        ByteVector upper;
        Zip<std::uint32_t>(four[k], four[4 + k], lower, upper);
        hn::StoreU(lower, Bytes(), out + 2 * k * kVector);
        hn::StoreU(upper, Bytes(), out + (2 * k + 1) * kVector);
      }
    }
  }
  return i;
}

std::size_t SwapVectors(std::uint8_t* samples, std::size_t bytes, std::size_t sample_bytes) {
  const int size = static_cast<int>(sample_bytes);
  const ByteVector reversed = Lookup([&](int j) { return j / size * size + size - 1 - j % size; });
  std::size_t i = 0;
  for (; i + kVector <= bytes; i += kVector) {
    hn::StoreU(hn::TableLookupBytes(hn::LoadU(Bytes(), samples + i), reversed), Bytes(),
               samples + i);
  }
  return i;
}

#endif

void SwapBytes(std::uint8_t* samples, std::size_t bytes, std::size_t sample_bytes) {
  for (std::size_t i = SwapVectors(samples, bytes, sample_bytes); i < bytes; i += sample_bytes) {
    for (std::size_t a = i, b = i + sample_bytes - 1; a < b; ++a, --b) {
      const std::uint8_t byte = samples[a];
      samples[a] = samples[b];
      samples[b] = byte;
    }
  }
}

void Accumulate(std::uint8_t* row, std::size_t bytes, std::size_t sample_bytes,
                std::size_t period) {
  switch (sample_bytes) {
    case 1:
      return AccumulateRow<std::uint8_t>(row, bytes, period);
    case 2:
      return AccumulateRow<std::uint16_t>(row, bytes, period);
    case 4:
      return AccumulateRow<std::uint32_t>(row, bytes, period);
    default:
      return AccumulateRow<std::uint64_t>(row, bytes, period);
  }
}

void Horizontal(std::uint8_t* block, std::size_t bytes, std::size_t row_bytes,
                std::size_t sample_bytes, std::size_t period) {
  for (std::size_t i = 0; i < bytes; i += row_bytes) {
    Accumulate(block + i, row_bytes, sample_bytes, period);
  }
}

template <std::size_t kBytes>
void JoinRow(const std::uint8_t* planes, std::size_t count, std::uint8_t* numbers) {
  for (std::size_t i = JoinPlanes<kBytes>(planes, count, numbers); i < count; ++i) {
    for (std::size_t byte = 0; byte < kBytes; ++byte) {
      numbers[i * kBytes + byte] = planes[(kBytes - 1 - byte) * count + i];
    }
  }
}

void FloatingPoint(std::uint8_t* block, std::size_t bytes, std::size_t row_bytes,
                   std::size_t sample_bytes, std::size_t samples, std::uint8_t* row) {
  for (std::size_t i = 0; i < bytes; i += row_bytes) {
    std::memcpy(row, block + i, row_bytes);
    AccumulateRow<std::uint8_t>(row, row_bytes, samples);
    if (sample_bytes == 4) {
      JoinRow<4>(row, row_bytes / 4, block + i);
    } else {
      JoinRow<8>(row, row_bytes / 8, block + i);
    }
  }
}

}  // namespace cnci::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <bit>

namespace cnci::io {

HWY_EXPORT(SwapBytes);
HWY_EXPORT(Horizontal);
HWY_EXPORT(FloatingPoint);

namespace {

static_assert(std::endian::native == std::endian::little, "bytes of numbers are joined backwards");

std::uint8_t* raw_bytes(std::span<std::byte> bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

}  // namespace

void swap_sample_bytes(const SampleRows& rows) {
  if (rows.sample_bytes == 1) return;
  HWY_DYNAMIC_DISPATCH(SwapBytes)(raw_bytes(rows.bytes), rows.bytes.size(), rows.sample_bytes);
}

void undo_horizontal_predictor(const SampleRows& rows) {
  HWY_DYNAMIC_DISPATCH(Horizontal)
  (raw_bytes(rows.bytes), rows.bytes.size(), rows.row_bytes, rows.sample_bytes,
   rows.samples * rows.sample_bytes);
}

void undo_floating_point_predictor(const SampleRows& rows, std::vector<std::byte>& row) {
  if (row.size() < rows.row_bytes) row.resize(rows.row_bytes);
  HWY_DYNAMIC_DISPATCH(FloatingPoint)
  (raw_bytes(rows.bytes), rows.bytes.size(), rows.row_bytes, rows.sample_bytes, rows.samples,
   raw_bytes(row));
}

}  // namespace cnci::io

#endif
