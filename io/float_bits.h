// Bits of float32 values on their way into a chunk: mantissas rounded, bytes sorted by their
// significance; with SIMD chosen at run time, the same bits on every instruction set.
#pragma once

#include <cstddef>
#include <span>

namespace cnci::io {

/// Rounds all values to `significant_bits` of mantissa (1..24, counting the implicit one), to
/// nearest, ties to even; NaN and infinities stay. 24 changes nothing. Throws Error for other
/// numbers of bits.
void round_mantissas(std::span<float> values, int significant_bits);

/// Byte b of every value, for b = 0..3 from the least significant on, as HDF5's shuffle filter with
/// elements of 4 bytes. `planes` holds 4 bytes a value.
void shuffle_bytes(std::span<const float> values, std::span<std::byte> planes);
/// The inverse.
void unshuffle_bytes(std::span<const std::byte> planes, std::span<float> values);

}  // namespace cnci::io
