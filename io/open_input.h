// The one way in which GDAL opens inputs: nothing beside them hangs, holds values of its own that
// are not looked at, or changes because they are read.
#pragma once

#include <string>
#include <vector>

#include "io/gdal_handles.h"

namespace cnci::io {

enum class InputData { kRaster, kVector };

/// Opens `name` (the path, or how GDAL calls a part of it: `NETCDF:"path":variable`) for reading.
/// Null, with QuietGdal::message(), where GDAL cannot. Throws Error where the path is an SQLite
/// file (GeoPackage) with changes that are not in it yet.
[[nodiscard]] DatasetPtr open_input(const std::string& path, const std::string& name,
                                    InputData data);

/// The files that GDAL reads a dataset from, as it lists them: parts of formats that name their
/// parts themselves (HFA's spill file, the folder of an Arc/Info grid, sources of a VRT); not
/// overviews. Throws Error where the dataset cannot be opened, or one of them is a pipe or a
/// device.
[[nodiscard]] std::vector<std::string> files_of_input(const std::string& path, InputData data);

}  // namespace cnci::io
