#include "io/raster_limits.h"

#include <cpl_string.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "engine/error.h"
#include "io/hdf5_handles.h"

namespace cnci::io {
namespace {

using engine::Error;

// a x b, and the largest number there is where that overflows; both at least 0.
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max()
                                                : product;
}

bool is_driver(GDALDataset& dataset, std::initializer_list<std::string_view> names) {
  const GDALDriver* driver = dataset.GetDriver();
  if (driver == nullptr) return false;
  const std::string_view own = driver->GetDescription();
  return std::find(names.begin(), names.end(), own) != names.end();
}

std::uint64_t block_bytes(GDALDataset& dataset) {
  GDALRasterBand& band = *dataset.GetRasterBand(1);
  int cols = 0;
  int rows = 0;
  band.GetBlockSize(&cols, &rows);
  std::uint64_t bytes =
      times(times(static_cast<std::uint64_t>(std::max(cols, 0)),
                  static_cast<std::uint64_t>(std::max(rows, 0))),
            static_cast<std::uint64_t>(GDALGetDataTypeSizeBytes(band.GetRasterDataType())));
  const char* interleave = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE");
  if (interleave != nullptr && EQUAL(interleave, "PIXEL")) {
    bytes = times(bytes, static_cast<std::uint64_t>(dataset.GetRasterCount()));
  }
  return bytes;
}

// GDAL's block is one layer of a chunk that may be deep in time; the whole chunk is inflated for
// it. GDAL does not say how deep, HDF5 does; 0 where it does not (netCDF-3, files in archives).
std::uint64_t chunk_bytes(GDALDataset& dataset, const std::string& path) {
  h5::silence_errors();
  if (H5Fis_hdf5(path.c_str()) <= 0) return 0;
  const h5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.open()) return 0;
  const std::string full = dataset.GetDescription();
  const char* known = dataset.GetRasterBand(1)->GetMetadataItem("NETCDF_VARNAME");
  std::string variable = known != nullptr ? known : full.substr(full.rfind(':') + 1);
  variable.erase(0, std::min(variable.find_first_not_of('/'), variable.size()));
  // netCDF's name for a variable called like a dimension that it is no coordinate of.
  for (const char* prefix : {"/", "/_nc4_non_coord_"}) {
    const h5::Handle array(H5Dopen2(file.get(), (prefix + variable).c_str(), H5P_DEFAULT),
                           H5Dclose);
    if (!array.open()) continue;
    const h5::Handle properties(H5Dget_create_plist(array.get()), H5Pclose);
    const h5::Handle type(H5Dget_type(array.get()), H5Tclose);
    if (H5Pget_layout(properties.get()) != H5D_CHUNKED) return 0;
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    const int rank = H5Pget_chunk(properties.get(), H5S_MAX_RANK, chunk.data());
    std::uint64_t bytes = H5Tget_size(type.get());
    for (int i = 0; i < rank; ++i) bytes = times(bytes, chunk.at(static_cast<std::size_t>(i)));
    return bytes;
  }
  return 0;
}

bool is_chunked(GDALDataset& dataset) { return is_driver(dataset, {"netCDF", "HDF5Image"}); }

std::string megabytes(std::uint64_t bytes) { return fmt::format("{} MB", bytes >> 20); }

}  // namespace

std::uint64_t decoded_block_bytes(GDALDataset& dataset, const std::string& path) {
  const std::uint64_t bytes = block_bytes(dataset);
  return is_chunked(dataset) && bytes <= static_cast<std::uint64_t>(kMostBlockBytes)
             ? std::max(bytes, chunk_bytes(dataset, path))
             : bytes;
}

void check_limits(GDALDataset& dataset, const std::string& path) {
  const auto cols = static_cast<std::uint64_t>(dataset.GetRasterXSize());
  const auto rows = static_cast<std::uint64_t>(dataset.GetRasterYSize());
  if (times(cols, rows) > static_cast<std::uint64_t>(kMostPixels)) {
    throw Error(
        fmt::format("{}: {} x {} pixels are more than the {:.2g} that are read; check the "
                    "file, or cut out the part that is needed",
                    path, cols, rows, static_cast<double>(kMostPixels)));
  }
  if (dataset.GetRasterCount() > kMostBands) {
    throw Error(fmt::format("{}: {} bands or more, at most {} are read; split the file", path,
                            dataset.GetRasterCount(), kMostBands));
  }
  const bool chunked = is_chunked(dataset);
  const std::uint64_t bytes = decoded_block_bytes(dataset, path);
  if (bytes > static_cast<std::uint64_t>(kMostBlockBytes)) {
    throw Error(fmt::format(
        "{}: one block of the file holds {}, at most {} can be decoded at once; write it again in "
        "small tiles ({})",
        path, megabytes(bytes), megabytes(static_cast<std::uint64_t>(kMostBlockBytes)),
        chunked ? "nccopy -c" : "gdal_translate -co TILED=YES"));
  }
}

}  // namespace cnci::io
