// Size, time and content hash of an input file, for provenance and identity. Which files belong to
// an input; of what lies in an archive that GDAL opens (/vsizip/, /vsigzip/, /vsitar/) it is the
// archive.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cnci::io {

struct FileFacts {
  std::string path;
  std::uintmax_t bytes = 0;
  std::int64_t modified = 0;     ///< seconds since 1970
  std::int64_t modified_ns = 0;  ///< nanoseconds since 1970
  std::string content;           ///< content_hash(), where it was asked for
};

/// Zero bytes and times where there is no such file or folder.
[[nodiscard]] FileFacts file_facts(const std::string& path);

/// What lies in folders, each read once; names are found whatever their case.
class FolderNames {
 public:
  /// Paths of the files beside `path` whose names are that of `path` but for case.
  [[nodiscard]] std::vector<std::string> like(const std::string& path);

 private:
  std::map<std::string, std::multimap<std::string, std::string>>
      folders_;  // name by its lower case
};

/// The file and those there are that can change what is read from it: masks (.msk), metadata
/// (.aux.xml), world files, .prj, headers and other parts by format (ENVI .hdr, shapefile .dbf,
/// .shx, ...), in any case as GDAL finds them, and all files of a folder that is an input
/// (OpenFileGDB). Of a VRT also its sources and theirs. Overviews (.ovr) are never read. Throws
/// Error as vrt_sources() does.
[[nodiscard]] std::vector<std::string> with_companions(const std::string& path, FolderNames& names);
[[nodiscard]] std::vector<std::string> with_companions(const std::string& path);

/// Throws Error where a companion is a pipe or a device: GDAL would open it, and hang.
void require_plain_companions(const std::string& path);

/// "xxh3:" and 16 hexadecimal digits. Calls `between_blocks` at least every few MB; what it throws
/// ends the reading. Throws Error where the file cannot be read to its end.
[[nodiscard]] std::string content_hash(const std::string& path,
                                       const std::function<void()>& between_blocks = {});

}  // namespace cnci::io
