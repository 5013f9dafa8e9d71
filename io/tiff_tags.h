// Tags of one directory of a TIFF or BigTIFF file that hold unsigned integers (TIFF 6.0, section
// 2): what GDAL does not say about how samples are stored, and where. Nothing that the file claims
// is believed beyond its size.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "io/random_access_file.h"

namespace cnci::io {

/// Unsigned integers of 1, 2, 4 or 8 bytes somewhere in a file that holds them all.
struct TiffArray {
  std::endian byte_order = std::endian::little;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::size_t value_bytes = 1;

  /// One of them, index < count. Throws Error where the file cannot be read.
  [[nodiscard]] std::uint64_t value(const RandomAccessFile& file, std::uint64_t index) const;
};

class TiffTags {
 public:
  /// The tags `wanted` of the directory at byte `directory`. Nothing where there is no directory,
  /// or one of them is there twice, is no unsigned integer or lies outside the file. Throws Error
  /// where the file cannot be read. `file` must live longer.
  [[nodiscard]] static std::optional<TiffTags> read(const RandomAccessFile& file,
                                                    std::uint64_t directory,
                                                    std::span<const std::uint16_t> wanted);

  /// Of the whole file.
  [[nodiscard]] std::endian byte_order() const { return byte_order_; }
  /// Nothing where the tag is not there.
  [[nodiscard]] std::optional<TiffArray> array(std::uint16_t tag) const;
  /// The value that all samples share, `absent` where the tag is not there; nothing where they
  /// differ or are more than 65535.
  [[nodiscard]] std::optional<std::uint64_t> common(std::uint16_t tag, std::uint64_t absent) const;

 private:
  explicit TiffTags(const RandomAccessFile& file) : file_(&file) {}

  const RandomAccessFile* file_;
  std::endian byte_order_ = std::endian::little;
  std::map<std::uint16_t, TiffArray> arrays_;
};

}  // namespace cnci::io
