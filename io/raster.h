// A raster file: what it says about itself through GDAL, and windows of a band as values with
// validity. All sentinels, scales and offsets end here; rows always run north to south.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/field.h"
#include "engine/resample.h"
#include "io/block_cache.h"
#include "io/code_table.h"
#include "io/read_cost.h"
#include "io/units.h"

namespace cnci::io {

/// Raw values that mean "no data": one number (min = max) or a range.
struct NodataRange {
  double min = 0;
  double max = 0;
};

struct BandInfo {
  std::optional<double> nodata;
  std::vector<NodataRange> sentinels;  ///< further raw values that the file itself calls missing
  double scale = 1;
  double offset = 0;
  bool has_scale = false;
  std::string unit;       ///< empty where the file says nothing
  std::string type_name;  ///< "Int16", ...
  int type_bytes = 0;
};

struct RasterInfo {
  std::string path;
  std::string crs_wkt;      ///< empty where the file has none
  engine::SourceGrid grid;  ///< unsnapped; geographic and wraps not decided yet
  bool south_up = false;    ///< the first row of the file is the southern one
  std::vector<BandInfo> bands;
  std::int64_t block_cols = 0;
  std::int64_t block_rows = 0;
  std::uint64_t block_bytes = 0;  ///< decoded, over all bands where they are interleaved
  bool past_gdal = false;         ///< blocks are decoded here, not by GDAL
};

/// For one thread at a time; Rasters that share a cache may be used by several.
class Raster {
 public:
  /// Opens for reading; `variable` picks a netCDF (or HDF5) variable. Throws Error: missing,
  /// unreadable, keeping values in other files, variable unknown (names those there are), no
  /// regular geotransform, rotated. `cache`: shared by all files of a rank, or a small one of its
  /// own.
  explicit Raster(const std::string& path, const std::string& variable = {},
                  std::shared_ptr<BlockCache> cache = nullptr);
  ~Raster();
  Raster(Raster&&) noexcept;
  Raster& operator=(Raster&&) noexcept;

  [[nodiscard]] const RasterInfo& info() const;

  /// How raw values become what is wanted.
  struct Decoding {
    double scale = 1;
    double offset = 0;
    std::vector<NodataRange> nodata;   ///< raw values, in addition to the file's own
    std::vector<LinearMap> then = {};  ///< what physical values pass through, one after the other
    const CodeTable* codes = nullptr;  ///< values are codes: replaced by what they stand for
    std::set<double>* unknown_codes = nullptr;  ///< with `codes`: collects those without an entry
  };
  /// Values of a band (1-based) over a window of pixels (inside the raster): raw * scale + offset,
  /// passed through `then`; missing where raw is the file's nodata, one of `decoding.nodata`,
  /// masked, NaN or infinite. The common GeoTIFFs (tiff_layout) are decoded here, all other files
  /// by GDAL: the same bits.
  /// Throws Error naming file, band, window and what is wrong, also where a block cannot be decoded
  /// here: GDAL, which verifies no checksums, is not asked then.
  [[nodiscard]] engine::Field read(int band, const engine::Window& window,
                                   const Decoding& decoding) const;
  /// Adds the values to those of `sum` over its window; a pixel without one of both has none.
  void add(int band, const Decoding& decoding, engine::Field& sum) const;

  /// Has what a window (inside the raster) needs fetched from the disk, where blocks are decoded
  /// here; does not wait for it, and never throws.
  void fetch_ahead(int band, const engine::Window& window) const;

  /// Bytes of decoded pixels handed out so far.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// What reading has cost so far.
  [[nodiscard]] ReadCost cost() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Prepares GDAL (prepare_gdal) and bounds its block cache. Once per process, before any file is
/// opened.
void configure_gdal(std::size_t cache_bytes);

}  // namespace cnci::io
