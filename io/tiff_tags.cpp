#include "io/tiff_tags.h"

#include <algorithm>
#include <array>
#include <vector>

namespace cnci::io {
namespace {

constexpr std::uint64_t kMostEntries = 65'535;
constexpr std::uint64_t kMostSamples = 65'535;

/// What differs between TIFF and BigTIFF.
struct TagFormat {
  std::endian byte_order = std::endian::little;
  std::size_t word = 4;         ///< bytes of an offset, and of the number of values of a tag
  std::size_t count_bytes = 2;  ///< of the number of tags of a directory
  [[nodiscard]] std::size_t entry_bytes() const { return 4 + 2 * word; }
};

std::uint64_t unsigned_of(std::span<const std::byte> bytes, std::endian order) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == std::endian::big ? i : bytes.size() - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at]);
  }
  return value;
}

std::optional<TagFormat> tag_format(const RandomAccessFile& file) {
  std::array<std::byte, 4> head{};
  if (!file.holds(0, head.size())) return std::nullopt;
  file.read(0, head);
  TagFormat format;
  if (head[0] != head[1]) return std::nullopt;
  if (head[0] == std::byte{'M'}) {
    format.byte_order = std::endian::big;
  } else if (head[0] != std::byte{'I'}) {
    return std::nullopt;
  }
  const std::uint64_t version = unsigned_of(std::span(head).subspan(2), format.byte_order);
  if (version == 43) {
    format.word = 8;
    format.count_bytes = 8;
  } else if (version != 42) {
    return std::nullopt;
  }
  return format;
}

/// Bytes of one value of a type of unsigned integers (BYTE, SHORT, LONG, LONG8); 0 for others.
std::size_t unsigned_bytes(std::uint64_t type) {
  switch (type) {
    case 1:
      return 1;
    case 3:
      return 2;
    case 4:
      return 4;
    case 16:
      return 8;
    default:
      return 0;
  }
}

/// The values of an entry of a directory, which lies at byte `place`: in itself where they fit.
std::optional<TiffArray> array_of(const RandomAccessFile& file, const TagFormat& format,
                                  std::span<const std::byte> entry, std::uint64_t place) {
  TiffArray array;
  array.byte_order = format.byte_order;
  array.value_bytes = unsigned_bytes(unsigned_of(entry.subspan(2, 2), format.byte_order));
  array.count = unsigned_of(entry.subspan(4, format.word), format.byte_order);
  if (array.value_bytes == 0 || array.count == 0 || array.count > file.size() / array.value_bytes) {
    return std::nullopt;
  }
  const std::span<const std::byte> field = entry.subspan(4 + format.word);
  const std::uint64_t bytes = array.count * array.value_bytes;
  array.offset =
      bytes <= field.size() ? place + 4 + format.word : unsigned_of(field, format.byte_order);
  return file.holds(array.offset, bytes) ? std::optional(array) : std::nullopt;
}

}  // namespace

std::uint64_t TiffArray::value(const RandomAccessFile& file, std::uint64_t index) const {
  std::array<std::byte, 8> bytes{};
  const auto own = std::span(bytes).first(value_bytes);
  file.read(offset + index * value_bytes, own);
  return unsigned_of(own, byte_order);
}

std::optional<TiffTags> TiffTags::read(const RandomAccessFile& file, std::uint64_t directory,
                                       std::span<const std::uint16_t> wanted) {
  const auto format = tag_format(file);
  if (!format || !file.holds(directory, format->count_bytes)) return std::nullopt;
  const std::uint64_t entries =
      TiffArray{format->byte_order, directory, 1, format->count_bytes}.value(file, 0);
  if (entries > kMostEntries) return std::nullopt;
  const std::uint64_t first = directory + format->count_bytes;
  const std::size_t entry_bytes = format->entry_bytes();
  if (!file.holds(first, entries * entry_bytes)) return std::nullopt;
  std::vector<std::byte> table(entries * entry_bytes);
  file.read(first, table);

  TiffTags tags(file);
  tags.byte_order_ = format->byte_order;
  for (std::size_t i = 0; i < entries; ++i) {
    const auto entry = std::span<const std::byte>(table).subspan(i * entry_bytes, entry_bytes);
    const auto tag = static_cast<std::uint16_t>(unsigned_of(entry.first(2), format->byte_order));
    if (std::find(wanted.begin(), wanted.end(), tag) == wanted.end()) continue;
    const auto array = array_of(file, *format, entry, first + i * entry_bytes);
    if (!array || !tags.arrays_.emplace(tag, *array).second) return std::nullopt;
  }
  return tags;
}

std::optional<TiffArray> TiffTags::array(std::uint16_t tag) const {
  const auto found = arrays_.find(tag);
  return found == arrays_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> TiffTags::common(std::uint16_t tag, std::uint64_t absent) const {
  const auto values = array(tag);
  if (!values) return absent;
  if (values->count > kMostSamples) return std::nullopt;
  const std::uint64_t first = values->value(*file_, 0);
  for (std::uint64_t i = 1; i < values->count; ++i) {
    if (values->value(*file_, i) != first) return std::nullopt;
  }
  return first;
}

}  // namespace cnci::io
