#include "io/inflate.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include "engine/error.h"

namespace cnci::io {

using engine::Error;

void Inflater::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

void Inflater::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

std::size_t Inflater::zlib(std::span<const std::byte> compressed, std::span<std::byte> out) {
  if (!zlib_) zlib_.reset(libdeflate_alloc_decompressor());
  if (!zlib_) throw Error("no memory for a decompressor");
  std::size_t written = 0;
  const libdeflate_result result = libdeflate_zlib_decompress(
      zlib_.get(), compressed.data(), compressed.size(), out.data(), out.size(), &written);
  if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
    throw Error(fmt::format("it holds more than {} bytes", out.size()));
  }
  if (result != LIBDEFLATE_SUCCESS) {
    throw Error("its deflated data are damaged or incomplete, or their checksum is wrong");
  }
  return written;
}

std::size_t Inflater::zstd(std::span<const std::byte> compressed, std::span<std::byte> out) {
  if (!zstd_) zstd_.reset(ZSTD_createDCtx());
  if (!zstd_) throw Error("no memory for a decompressor");
  const std::size_t frame = ZSTD_findFrameCompressedSize(compressed.data(), compressed.size());
  const std::size_t written =
      ZSTD_isError(frame) != 0
          ? frame
          : ZSTD_decompressDCtx(zstd_.get(), out.data(), out.size(), compressed.data(), frame);
  if (ZSTD_isError(written) != 0) {
    throw Error(
        fmt::format("its zstd data cannot be decompressed ({})", ZSTD_getErrorName(written)));
  }
  return written;
}

}  // namespace cnci::io
