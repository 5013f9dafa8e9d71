// Inflates blocks in zlib and in zstd format into memory that is there already (libdeflate,
// libzstd). Both verify the checksums that the data carry.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

struct libdeflate_decompressor;
struct ZSTD_DCtx_s;

namespace cnci::io {

/// Keeps what the libraries need between calls; for one thread at a time.
class Inflater {
 public:
  /// Inflates all of `compressed` and returns how many bytes of `out` were filled; what follows the
  /// compressed data is ignored. Throws Error, saying what is wrong with the data, where they are
  /// damaged, incomplete or more than `out` holds.
  [[nodiscard]] std::size_t zlib(std::span<const std::byte> compressed, std::span<std::byte> out);
  [[nodiscard]] std::size_t zstd(std::span<const std::byte> compressed, std::span<std::byte> out);

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<libdeflate_decompressor, Free> zlib_;
  std::unique_ptr<ZSTD_DCtx_s, Free> zstd_;
};

}  // namespace cnci::io
