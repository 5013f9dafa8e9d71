// The files of a layer for one year, and windows of them reduced to the year's value (or a
// month's) in the canonical unit, still on the source's own pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/field.h"
#include "engine/resample.h"
#include "io/code_table.h"
#include "io/layer.h"
#include "io/layer_unit.h"
#include "io/raster.h"

namespace cnci::io {

/// The path of a file: {year}, {month} and {month:02} filled in.
[[nodiscard]] std::string expand_path(const std::string& path, int year, int month);
[[nodiscard]] bool has_year(const std::string& path);
[[nodiscard]] bool has_month(const std::string& path);
/// All files of one year, in order of months.
[[nodiscard]] std::vector<std::string> files_of_year(const LayerSpec& spec, int year);

class LayerSource {
 public:
  /// Opens all files of the year and checks that they fit together and can be reduced as the job
  /// says; they share `cache`, or a small one. Throws Error naming the file.
  LayerSource(const LayerSpec& spec, int year, std::shared_ptr<BlockCache> cache = nullptr);

  [[nodiscard]] const RasterInfo& info() const { return files_.front().info(); }
  [[nodiscard]] const std::string& crs_wkt() const { return crs_wkt_; }
  [[nodiscard]] const Conversion& conversion() const { return conversion_; }
  /// The first file, "and N more" where there are several.
  [[nodiscard]] std::string files_text() const;
  [[nodiscard]] std::size_t count() const { return bands_.size(); }
  [[nodiscard]] bool is_monthly() const { return bands_.size() == 12; }
  /// Bytes of one pixel of all bands, as stored.
  [[nodiscard]] std::size_t pixel_bytes() const;
  /// Of the decoded blocks that a window lies in, of files that GDAL does not decode.
  [[nodiscard]] std::size_t cached_bytes(const engine::Window& window) const;
  /// What GDAL keeps for the last compressed block of each file that it decodes.
  [[nodiscard]] std::size_t kept_block_bytes() const;
  [[nodiscard]] std::uint64_t bytes_read() const;
  [[nodiscard]] ReadCost cost() const;

  /// The year's values; columns of a wrapping raster may lie outside 0..cols. Throws Error on codes
  /// without an entry, unless `unknown` collects them.
  [[nodiscard]] engine::Field year(const engine::Window& window, bool wraps,
                                   std::set<double>* unknown = nullptr) const;
  /// The amount or state of one month, 0..11.
  [[nodiscard]] engine::Field month(std::size_t index, const engine::Window& window,
                                    bool wraps) const;
  /// Has what year() or month() of a window will need fetched from the disk. Never throws.
  void fetch_ahead(const engine::Window& window, bool wraps) const;
  /// Reads one pixel block of every band and forgets it: throws where a file cannot be decoded.
  void probe(const engine::Window& window) const;

 private:
  struct Band {
    std::size_t file = 0;
    int band = 1;
    int month = 0;  ///< 1..12, 0: unknown
    Raster::Decoding decoding;
  };

  void open_files(const std::shared_ptr<BlockCache>& cache);
  void choose_bands();
  void choose_crs();
  void choose_unit();
  /// Values of a band, passed through `then`.
  [[nodiscard]] engine::Field read(const Band& band, const std::vector<LinearMap>& then,
                                   const engine::Window& window, bool wraps) const;
  [[nodiscard]] engine::Field read(const Raster& file, int band, const Raster::Decoding& decoding,
                                   const engine::Window& window, bool wraps) const;
  void add(const Band& band, const std::vector<LinearMap>& then, bool wraps,
           engine::Field& sum) const;
  /// What the codes of a coded layer stand for.
  [[nodiscard]] engine::Field decoded_codes(const engine::Window& window, bool wraps,
                                            std::set<double>* unknown) const;

  LayerSpec spec_;
  int year_;
  int nominal_year_;  ///< 0 where the layer has none
  std::vector<std::string> paths_;
  std::vector<Raster> files_;
  std::vector<Band> bands_;
  std::string crs_wkt_;
  CodeTable codes_;
  Conversion conversion_;
};

}  // namespace cnci::io
