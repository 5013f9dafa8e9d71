// Size, time and content hash of an input file, for provenance and identity; also of files inside
// archives that GDAL opens (/vsizip/, /vsigzip/, /vsitar/).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnci::io {

struct FileFacts {
  std::string path;
  std::uintmax_t bytes = 0;
  std::int64_t modified = 0;  ///< seconds since 1970
};

/// Zero bytes and time where there is no such file.
[[nodiscard]] FileFacts file_facts(const std::string& path);

/// The file and those that belong to it by format: a shapefile's .dbf, .shx, .prj, .cpg.
[[nodiscard]] std::vector<std::string> with_companions(const std::string& path);

/// "xxh3:" and 16 hexadecimal digits; throws Error where the file cannot be read to its end.
[[nodiscard]] std::string content_hash(const std::string& path);

}  // namespace cnci::io
