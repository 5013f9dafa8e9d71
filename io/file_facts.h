// Size, time and content hash of an input file, for provenance and identity; also of files inside
// archives that GDAL opens (/vsizip/, /vsigzip/, /vsitar/). Which files belong to an input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnci::io {

struct FileFacts {
  std::string path;
  std::uintmax_t bytes = 0;
  std::int64_t modified = 0;     ///< seconds since 1970
  std::int64_t modified_ns = 0;  ///< nanoseconds since 1970; whole seconds inside archives
  std::string content;           ///< content_hash(), where it was asked for
};

/// Zero bytes and times where there is no such file.
[[nodiscard]] FileFacts file_facts(const std::string& path);

/// The file and those there are that can change what is read from it: masks (.msk), metadata
/// (.aux.xml), world files, .prj, headers and other parts by format (ENVI .hdr, shapefile .dbf,
/// .shx,
/// ...), and all files of a folder that is an input (OpenFileGDB). Of a VRT also its sources and
/// theirs. Overviews (.ovr) are never read. Throws Error as vrt_sources() does.
[[nodiscard]] std::vector<std::string> with_companions(const std::string& path);

/// Throws Error where a companion is a pipe or a device: GDAL would open it, and hang.
void require_plain_companions(const std::string& path);

/// "xxh3:" and 16 hexadecimal digits; throws Error where the file cannot be read to its end.
[[nodiscard]] std::string content_hash(const std::string& path);

}  // namespace cnci::io
