// One chunk of float32 values as HDF5's shuffle + deflate filters store it: what the workers make,
// so that the cube is assembled without compressing again.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace cnci::io {

/// Byte shuffle, then zlib-format deflate of one level (1..9). For one thread; keeps its buffers
/// from chunk to chunk. A chunk's bytes do not depend on those before it.
class ChunkEncoder {
 public:
  explicit ChunkEncoder(int level);
  ~ChunkEncoder();
  ChunkEncoder(const ChunkEncoder&) = delete;
  ChunkEncoder& operator=(const ChunkEncoder&) = delete;
  [[nodiscard]] std::vector<std::byte> encode(std::span<const float> values);

 private:
  struct Buffers;
  [[nodiscard]] std::vector<std::byte> deflate_fast(std::span<const std::byte> bytes);
  [[nodiscard]] std::vector<std::byte> deflate_thorough(std::span<const std::byte> bytes);

  int level_;
  std::unique_ptr<Buffers> buffers_;
};

/// One chunk.
[[nodiscard]] std::vector<std::byte> encode_chunk(std::span<const float> values, int level);
/// The inverse; throws Error where the bytes are damaged or of another length.
[[nodiscard]] std::vector<float> decode_chunk(std::span<const std::byte> bytes, std::size_t count);

}  // namespace cnci::io
