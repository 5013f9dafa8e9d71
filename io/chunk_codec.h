// One chunk of float32 values as HDF5's shuffle + deflate filters store it: what the workers make,
// so that the cube is assembled without compressing again.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cnci::io {

/// Byte shuffle, then zlib-format deflate of the given level (1..9).
[[nodiscard]] std::vector<std::byte> encode_chunk(std::span<const float> values, int level);
/// The inverse; throws Error where the bytes are damaged or of another length.
[[nodiscard]] std::vector<float> decode_chunk(std::span<const std::byte> bytes, std::size_t count);

}  // namespace cnci::io
