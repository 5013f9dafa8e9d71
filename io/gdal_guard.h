// What GDAL may do with untrusted input: read local files with drivers that do nothing else, alike
// in every environment.
#pragma once

namespace cnci::io {

/// Takes GDAL's options, and those of the libraries below it, from the environment for good and
/// reads no configuration file; registers GDAL's drivers and leaves those of local files; makes
/// every file system but the local one, memory and archives refuse, and every HTTP request; forbids
/// code in VRT files, and files beside the inputs. Holds for all that GDAL opens by itself too,
/// such as the sources of a VRT. Once per process, before it uses GDAL in any other way.
void register_confined_drivers();

}  // namespace cnci::io
