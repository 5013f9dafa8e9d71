// Files that are complete or absent: written under a temporary name in the same folder, synced,
// renamed, and the folder synced.
#pragma once

#include <string>
#include <string_view>

namespace cnci::io {

/// A name beside `path` that no other process or host makes; starts with a dot, ends in `.tmp`.
[[nodiscard]] std::string temporary_name(const std::string& path);
[[nodiscard]] bool is_temporary_name(std::string_view file_name);

/// fsync of a file or folder; throws Error naming it.
void sync_file(const std::string& path);
void sync_folder(const std::string& path);

/// Renames a temporary file over `path` and syncs the folder; throws Error.
void publish_file(const std::string& temporary, const std::string& path);

/// All of it for a small text.
void write_text_durably(const std::string& path, const std::string& text);

}  // namespace cnci::io
