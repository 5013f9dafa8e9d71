// HDF5 files (netCDF-4 ones too) that name other files: the library follows such names by itself,
// past everything that GDAL and its file systems refuse.
#pragma once

#include <string>

namespace cnci::io {

/// `name`: a file, or how GDAL names a part of it. Files that are no HDF5 pass at once. Throws
/// Error, naming the file, the object and what to do, where an HDF5 file keeps values in other
/// files or is put together from other datasets (external storage, virtual datasets, external
/// links), holds more than 100,000 objects, groups more than 100 deep or a group of two names
/// (readers would not end), is damaged, or lies in an archive, where it cannot be looked through.
void require_values_inside(const std::string& name);

}  // namespace cnci::io
