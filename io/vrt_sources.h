// What a GDAL virtual raster (VRT) is made of: an XML file that names other files and may hold
// code. Read without GDAL's driver, so that it can be judged before anything in it is opened.
#pragma once

#include <string>
#include <vector>

namespace cnci::io {

/// Whether GDAL would take the file for a VRT; false where it cannot be read.
[[nodiscard]] bool is_vrt(const std::string& path);

/// The files that a VRT reads, those of VRTs inside it too, each once, in order of first mention;
/// empty for any other file. Throws Error, naming the VRT and the source: a source that is no
/// regular local file, a pixel function in Python, a warp by files of coordinates or terrain, text
/// that is no XML, more than 64 MB of it, VRTs nested more than 8 deep.
[[nodiscard]] std::vector<std::string> vrt_sources(const std::string& path);

}  // namespace cnci::io
