// Fields of a cube (datasets over time, rows and columns) and their chunks as they lie in the file.
#pragma once

#include <hdf5.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace cnci::io {

/// Datasets of the root group with three dimensions, in order of creation, or by name
/// where the file does not keep that. Links that lead out of the file are passed over.
[[nodiscard]] std::vector<std::string> field_names(hid_t file, const std::string& path);

struct FieldChunk {
  std::vector<std::byte> bytes;  ///< empty where the chunk was never written
  bool filtered = true;          ///< all filters of the field have been applied
};

/// The chunk whose first element is `corner`. Throws Error where it claims to be much longer than
/// the `raw_bytes` of its values, which no filter makes it.
[[nodiscard]] FieldChunk read_stored_chunk(hid_t field, const std::string& path,
                                           const std::string& name,
                                           const std::array<hsize_t, 3>& corner,
                                           std::size_t raw_bytes);

}  // namespace cnci::io
