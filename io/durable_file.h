// Files that are complete or absent: written under a temporary name in the same folder, synced,
// renamed, and the folder synced. Nothing is written through a symbolic link.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cnci::io {

/// A name beside `path` that no other process or host makes; starts with a dot, ends in `.tmp`.
[[nodiscard]] std::string temporary_name(const std::string& path);
[[nodiscard]] bool is_temporary_name(std::string_view file_name);
/// Removes what lies beside `path` under such a name, or one that begins with it, of this process
/// or of one of this host that is no more. What cannot be removed stays.
void remove_abandoned(const std::string& path);

/// What to do about a failed write, by its errno: "; free some space there ...", empty where there
/// is nothing to say.
[[nodiscard]] std::string write_advice(int error);
/// Throws Error: "PATH: cannot WHAT (the system's message); what to do".
[[noreturn]] void fail_write(const std::string& path, const std::string& what, int error);

/// fsync of a file or folder; throws Error naming it.
void sync_file(const std::string& path);
void sync_folder(const std::string& path);
/// Has what was written to a file go to the disk from now on; does not wait for it. Never throws:
/// what goes wrong, sync_file() says.
void begin_to_write_back(const std::string& path);

/// Renames a temporary file over `path`; throws Error. A symbolic link of that name is replaced,
/// not followed.
void name_file(const std::string& temporary, const std::string& path);
/// The same, and syncs the folder.
void publish_file(const std::string& temporary, const std::string& path);

/// All of it for a small text; no temporary file is left behind where it fails.
void write_text_durably(const std::string& path, const std::string& text);
/// The parts one after the other, complete or absent unless the power fails: for what carries a
/// checksum and can be made again.
void write_without_sync(const std::string& path, std::span<const std::string_view> parts);

/// Replaces the first bytes of a file that exists.
void overwrite_beginning(const std::string& path, std::span<const char> bytes);

/// Throws Error where `path` is a symbolic link or no folder; one that is absent passes. For
/// folders in which a program creates and deletes: a link would lead it out of its own.
void require_real_folder(const std::string& path);
/// Throws Error where `path` is a symbolic link; a file or nothing of that name passes.
void require_no_link(const std::string& path);
/// Throws Error unless `path`, whose last parts need not exist, lies inside `folder` with all links
/// on the way resolved, and is no link itself.
void must_be_inside(const std::string& folder, const std::string& path);

}  // namespace cnci::io
