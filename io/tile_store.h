// Finished tiles, one HDF5 file each: compressed chunks, exact sums, timings. A file is written
// under a temporary name, synced and renamed; checksums cover every part. What a resume trusts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cnci::io {

/// A chunk of one variable and year; position in chunks of the cube.
struct StoredChunk {
  std::uint32_t variable = 0;
  std::uint32_t year = 0;
  std::int64_t chunk_row = 0;
  std::int64_t chunk_col = 0;
  std::vector<std::byte> bytes;
};

struct StoredTile {
  std::uint32_t tile = 0;
  std::vector<StoredChunk> chunks;  ///< chunks without any value are left out
  std::vector<std::byte> sums;      ///< engine::TileSums, serialised
  std::string timings_json;
};

/// What binds a store to a job: both must match for a tile to be used again.
struct StoreIdentity {
  std::string result_hash;  ///< keys and inputs that can change a result, result version, bit class
  std::string layout_hash;  ///< tile size, chunk, variables
  std::string description_json;  ///< what went into the hashes, to name a difference
  bool operator==(const StoreIdentity&) const = default;
};

class TileStore {
 public:
  /// Creates the folder and its identity file where there is none. Throws Error where it cannot.
  TileStore(std::string folder, StoreIdentity identity);
  /// The identity a folder was made with, if it holds a store.
  [[nodiscard]] static std::optional<StoreIdentity> identity_of(const std::string& folder);

  /// Throws HopelessError where it cannot be written: others could not either.
  void write(const StoredTile& tile) const;
  /// The tile, verified; throws Error where damaged, foreign or missing.
  [[nodiscard]] StoredTile read(std::uint32_t tile) const;
  /// The same chunk by chunk, with one in memory at a time.
  void visit_chunks(std::uint32_t tile, const std::function<void(const StoredChunk&)>& visit) const;
  /// Whether its file is sealed and this tile of this job.
  [[nodiscard]] bool contains(std::uint32_t tile) const;

  struct Scan {
    std::vector<std::uint32_t> valid;
    std::vector<std::string> warnings;  ///< one per damaged, foreign or other file, naming it
  };
  /// Verifies every tile file and all its parts; removes temporary files of earlier runs and
  /// unusable tiles; leaves what is no tile by its name.
  [[nodiscard]] Scan scan() const;
  [[nodiscard]] std::string tile_path(std::uint32_t tile) const;

 private:
  std::string folder_;
  StoreIdentity identity_;
};

}  // namespace cnci::io
