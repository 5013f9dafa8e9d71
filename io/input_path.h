// Names of input files: only regular files of this machine are read, alone or inside archives,
// never an address, a database, a device or a text that stands for a file.
#pragma once

#include <string>
#include <string_view>

namespace cnci::io {

/// Why GDAL must not open a file or connection of this name, judged by the name alone; empty where
/// it may. Local paths, /vsizip/, /vsitar/ and /vsigzip/ of such, and parts of a local file such as
/// `NETCDF:"path":variable` pass.
[[nodiscard]] std::string why_no_local_file(std::string_view name);

/// The path inside `NETCDF:"path":variable`, `HDF5:"path"://group/name` and the like; other names
/// as they are.
[[nodiscard]] std::string without_part(std::string_view name);

/// The file on disk behind a name: of an archive the archive itself. The name as it is where there
/// is no such file.
[[nodiscard]] std::string file_on_disk(const std::string& name);

enum class InputKind { kFile, kFileOrFolder };

/// Throws Error, naming the path and what to do, unless it is a regular file (or a folder where
/// `kind` allows one) that why_no_local_file() lets pass. Never opens the file: a pipe would hang.
void require_input(const std::string& path, InputKind kind = InputKind::kFile);

}  // namespace cnci::io
