// One tile's file: an HDF5 file behind its seal (tile_seal.h). Layout in docs/file-formats.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/tile_store.h"

namespace cnci::io {

/// Writes the file under the name given, without renaming or syncing it; reads it back, and throws
/// Error where its datasets do not hold what was meant to be.
void write_tile_file(const std::string& path, const StoredTile& tile,
                     const StoreIdentity& identity);

/// Throws Error where the file is damaged, another tile or of another job; AccessError where it is
/// missing or the system does not let it be read.
void verify_tile_file(const std::string& path, std::uint32_t tile, const StoreIdentity& identity);
/// Verifies every part of the file too, with no more than a chunk in memory.
void verify_parts_of_tile_file(const std::string& path, std::uint32_t tile,
                               const StoreIdentity& identity);
/// Verifies the file, and every chunk before it is visited; one is in memory at a time.
void visit_chunks_of_tile_file(const std::string& path, std::uint32_t tile,
                               const StoreIdentity& identity,
                               const std::function<void(const StoredChunk&)>& visit);
/// Verifies the file and every part of it.
[[nodiscard]] StoredTile read_tile_file(const std::string& path, std::uint32_t tile,
                                        const StoreIdentity& identity);

}  // namespace cnci::io
