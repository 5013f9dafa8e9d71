// The one way in which GDAL opens inputs: nothing beside them hangs, holds values of its own that
// are not looked at, or changes because they are read.
#pragma once

#include <string>
#include <vector>

#include "io/gdal_handles.h"

namespace cnci::io {

enum class InputData { kRaster, kVector };

/// Throws Error where an input must not be opened at all: it, or a file beside it, is no file of
/// this machine or a pipe; it, its masks or the sources of a VRT keep values in other files; it is
/// an SQLite file (GeoPackage) with changes that are not in it yet, or a VRT reads one that would
/// get files beside it.
void require_safe_input(const std::string& path, InputData data);

/// Opens `name` (the path, or how GDAL calls a part of it: `NETCDF:"path":variable`) for reading,
/// after require_safe_input(). Null, with QuietGdal::message(), where GDAL cannot.
[[nodiscard]] DatasetPtr open_input(const std::string& path, const std::string& name,
                                    InputData data);

/// The files that GDAL reads a dataset from, as it lists them: parts of formats that name their
/// parts themselves (HFA's spill file, the folder of an Arc/Info grid, sources of a VRT); not
/// overviews. Throws Error where the dataset cannot be opened, or one of them is a pipe or a
/// device.
[[nodiscard]] std::vector<std::string> files_of_input(const std::string& path, InputData data);

}  // namespace cnci::io
