// The seal of a tile file: its size and the XXH3-64 checksum of all that follows, as text in its
// first 512 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cnci::io {

inline constexpr int kTileFileVersion = 1;
inline constexpr std::size_t kSealBytes = 512;

/// Bytes that must be found in a file once it is written.
struct WrittenPart {
  std::uint64_t offset = 0;  ///< in the file
  const void* data = nullptr;
  std::size_t size = 0;
};

/// Reads a file once and seals what lies in it. Throws Error where it does not hold the parts.
void seal_file(const std::string& path, const std::vector<WrittenPart>& parts);

/// Throws Error where a file is not as it was sealed; AccessError where it is missing or the system
/// does not let it be read.
void verify_seal(const std::string& path);

}  // namespace cnci::io
