// Decoded blocks of raster files: those used last, up to a number of bytes, so that neighbouring
// windows do not decode a block twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>

namespace cnci::io {

/// Samples of one block in native types and byte order; what is left of its allocation is not
/// initialised before it is filled.
class DecodedBlock {
 public:
  explicit DecodedBlock(std::size_t bytes)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(bytes)), size_(bytes) {}
  [[nodiscard]] std::span<std::byte> bytes() { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_;
};

/// For the files of a layer, where it shares none: a row of 16 tiles of 512 x 512 float32 pixels.
inline constexpr std::size_t kSmallCacheBytes = std::size_t{16} << 20;

/// Any number of threads may use one cache; a block that was handed out lives as long as its holder
/// keeps it, also when the cache has dropped it.
class BlockCache {
 public:
  using BlockPtr = std::shared_ptr<const DecodedBlock>;
  struct Key {
    std::uint64_t file = 0;  ///< of open_file()
    int band = 0;            ///< 0: of all bands, pixel by pixel
    std::int64_t block = 0;
    [[nodiscard]] bool operator<(const Key& other) const {
      return std::tie(file, band, block) < std::tie(other.file, other.band, other.block);
    }
  };

  /// Keeps `most_bytes` bytes at most, and in any case the block that came last.
  explicit BlockCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// The number of a file in this cache, the same for all who have it open under that name.
  [[nodiscard]] std::uint64_t open_file(const std::string& name);
  /// Drops all its blocks once nobody has it open any more.
  void close_file(std::uint64_t file);
  /// Null where it is not there.
  [[nodiscard]] BlockPtr find(const Key& key);
  [[nodiscard]] bool holds(const Key& key) const;
  /// Returns the block, or the one that another thread was quicker to put there.
  BlockPtr insert(const Key& key, BlockPtr block);
  /// Keeps so many bytes at most from now on, or more if that was so before.
  void raise_most_bytes(std::size_t most_bytes);
  void clear();

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    Key key;
    BlockPtr block;
  };
  using Entries = std::list<Entry>;

  struct OpenFile {
    std::string name;
    std::size_t holders = 0;
  };

  void drop_blocks_of(std::uint64_t file);
  void drop(Entries::iterator entry);
  void drop_surplus();

  mutable std::mutex mutex_;  // guards all below
  Entries entries_;           // the one used last first
  std::map<Key, Entries::iterator> places_;
  std::size_t bytes_ = 0;
  std::size_t most_bytes_;
  std::map<std::uint64_t, OpenFile> files_;
  std::uint64_t next_file_ = 0;
};

}  // namespace cnci::io
