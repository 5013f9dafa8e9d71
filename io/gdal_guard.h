// What GDAL may do with untrusted input: read local files with drivers that do nothing else.
#pragma once

namespace cnci::io {

/// Registers GDAL's drivers and leaves those of local files; makes every file system but the local
/// one, memory and archives refuse, and every HTTP request; forbids code in VRT files. Holds for
/// all that GDAL opens by itself too, such as the sources of a VRT. Once per process.
void register_confined_drivers();

}  // namespace cnci::io
