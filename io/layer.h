// A layer of the job: one or more raster files that become one quantity, in one unit, on tiles of
// the target grid. Reads source windows once, reduces bands or months to the year, converts units,
// checks ranges, resamples.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "engine/field.h"
#include "engine/grid.h"
#include "engine/resample.h"
#include "io/block_cache.h"
#include "io/raster.h"
#include "io/units.h"

namespace cnci::io {

enum class Reduce { kNone, kSum, kMean, kDays };
enum class Outside { kError, kMissing, kClamp };
enum class Kind { kDensity, kClass, kAmount };
enum class Distribute { kUniform, kZoned, kLayer };

/// What the consumer of a layer expects: made from a kernel's declaration, or from the job for
/// layers that are only summed (population, gdp).
struct Quantity {
  /// Canonical unit of the values delivered; amounts: of a cell (t, persons) or its density
  /// (t km-2), which comes to the same.
  std::string unit;
  bool annual = false;  ///< a sum over the year: rates are integrated over the nominal year
  bool carbon = false;  ///< `substance` must be known; see `deliver`
  Substance deliver = Substance::kCarbonDioxide;  ///< substance of the values delivered
  std::optional<Substance> default_substance;     ///< where the job does not say (npp, soc: C)
  double min = 0;  ///< accepted values, canonical unit; amounts: per km2 of source pixel
  double max = 0;  ///< min = max: any value
  Kind kind = Kind::kDensity;
  bool average_finer_near_coarser = false;  ///< fractions and factors: near, not bilinear
  std::string hint_above;
  std::string hint_below;
};

/// Everything `layer.NAME.*` says, plus what the consumer expects.
struct LayerSpec {
  std::string name;
  Quantity quantity;
  std::string path;  ///< absolute; may hold {year}, {month}, {month:02}
  std::string variable;
  std::vector<int> bands;   ///< empty: all
  std::vector<int> months;  ///< with {month}: which; empty: 1..12
  std::optional<std::string> unit;
  std::optional<Substance> substance;
  std::optional<double> scale;
  std::optional<double> offset;
  std::vector<NodataRange> nodata;
  Outside outside = Outside::kError;
  double min_valid = 0.5;
  std::optional<std::string> crs;  ///< only where the file has none
  std::optional<bool> wrap;
  Reduce reduce = Reduce::kNone;
  std::optional<Kind> kind;
  std::optional<engine::Method> resample;
  Distribute distribute = Distribute::kUniform;
  std::string distribute_layer;
  std::map<int, int> legend;         ///< class layers: raster code -> class id
  std::string legend_path;           ///< file that the legend was read from, if any
  std::vector<int> missing_classes;  ///< class ids that mean "no data"
  std::map<int, double> classes;     ///< density layers given as codes: code -> value
};

/// What `cnci check` prints of a layer.
struct LayerInfo {
  std::string name;
  std::string file;  ///< of the first year
  std::string crs_name;
  std::string resolution;  ///< "0.25 x 0.25 degree"
  std::string unit;        ///< of the file, and what it becomes: "0.1 mm -> mm yr-1"
  std::string method;      ///< "bilinear (source 30.0 cells)"
  double sample_min = 0;   ///< canonical unit, over the sampled windows
  double sample_max = 0;
  double sample_mean = 0;
  double covered = 0;                   ///< share of the grid's box that the raster spans, 0..1
  std::size_t source_window_bytes = 0;  ///< memory forecast for one tile
  std::size_t source_block_bytes = 0;   ///< of the file, decoded
  std::size_t kept_block_bytes = 0;     ///< what GDAL keeps for blocks of the year's files
};

struct LayerCounters {
  std::uint64_t bytes_read = 0;    ///< decoded pixels handed out
  std::uint64_t bytes_needed = 0;  ///< pixels inside the source windows of tiles and strips
  std::uint64_t outside_range =
      0;  ///< source values outside the declared range (clamped or missing)
  LayerCounters& operator+=(const LayerCounters& other);
};

/// Amounts of a layer, source side: see engine/conserve.h.
struct LayerMass {
  double inventory = 0;  ///< everything in the file, canonical unit
  double in_domain = 0;
  double out_of_domain = 0;
};

/// The files, as they are named, that a layer reads for these years; opens none.
[[nodiscard]] std::vector<std::string> layer_files(const LayerSpec& spec,
                                                   const std::vector<int>& years);

class Layer {
 public:
  /// Weights of a year over at least a window.
  using WeightProvider =
      std::function<std::shared_ptr<const engine::Field>(int year, const engine::Window&)>;

  /// Opens the file of `first_year`; throws Error on anything that makes reading impossible. Its
  /// files share `cache`, as may those of all layers of a rank, or a small one.
  Layer(LayerSpec spec, const engine::Grid& grid, std::shared_ptr<const engine::CellArea> area,
        int first_year, std::shared_ptr<BlockCache> cache = nullptr);
  ~Layer();
  Layer(Layer&&) noexcept;
  Layer& operator=(Layer&&) noexcept;

  [[nodiscard]] const LayerSpec& spec() const;
  /// The same in every year (no {year} in its path).
  [[nodiscard]] bool is_static() const;
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] engine::Method method() const;

  /// Opens every year's files and reports all that is wrong: files, bands, units, extent short of
  /// `needed` (grid window that zones touch), class codes without legend entry, values that betray
  /// a wrong unit. Samples blocks; never reads everything. A layer that ends short of `needed` is a
  /// warning up to 5 % of its area (and for any `outside` but error), else an error.
  [[nodiscard]] std::vector<engine::Finding> check(const std::vector<int>& years,
                                                   const engine::Window& needed);
  [[nodiscard]] LayerInfo info();

  /// The year's value on a tile. Densities in the canonical unit; amounts as amount per km2 of cell
  /// (amount of the cell / its area), so that value x area gives the amount back; with distribute =
  /// zoned per km2 of the cell's zoned part, where all of its amount lies.
  [[nodiscard]] engine::Field annual(int year, const engine::Window& tile);
  /// Twelve months, each resampled (needs 12 bands or {month}).
  [[nodiscard]] std::array<engine::Field, 12> monthly(int year, const engine::Window& tile);
  /// The year's value from months already resampled: sum or mean as the layer reduces.
  [[nodiscard]] engine::Field annual_of(const std::array<engine::Field, 12>& months,
                                        int year) const;
  /// Class fractions (kind class).
  [[nodiscard]] engine::ClassFractions classes(int year, const engine::Window& tile);

  /// Has the bytes that a tile needs fetched from the disk while another is computed; does not wait
  /// for them. Never throws: what is wrong is said where the tile is read.
  void fetch_ahead(int year, const engine::Window& tile);

  /// Of a decoded block of its files, over all bands where they are interleaved.
  [[nodiscard]] std::size_t block_bytes() const;
  /// Whether decoded blocks of its files go through the cache.
  [[nodiscard]] bool caches_blocks() const;
  /// Of the decoded blocks that the pixels of a window lie in, where they go through the cache;
  /// else 0. Costs time where points go through a transform.
  [[nodiscard]] std::size_t cached_bytes(const engine::Window& window) const;
  /// Whether rows of a tile may be read a few at a time: blocks that are decoded for some are in
  /// the cache for the others, and no point goes through a transform.
  [[nodiscard]] bool suits_strips() const;

  /// The window over which a tile's amounts want weights; empty for other layers.
  [[nodiscard]] engine::Window weights_window(const engine::Window& tile) const;
  /// Weights for distribute = zoned or layer (per target cell, over any window).
  void set_weights(WeightProvider provider);

  /// Inventory against domain (kind amount), reading every source pixel once.
  [[nodiscard]] LayerMass mass(int year);
  /// The same; nothing where go_on(), which is asked every few rows, says no.
  [[nodiscard]] std::optional<LayerMass> mass(int year, const std::function<bool()>& go_on);

  [[nodiscard]] LayerCounters counters() const;
  /// What its files have cost so far.
  [[nodiscard]] ReadCost cost() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Layer::check for a layer that may not even open: never throws, one finding per thing wrong.
[[nodiscard]] std::vector<engine::Finding> check_layer(
    const LayerSpec& spec, const engine::Grid& grid,
    const std::shared_ptr<const engine::CellArea>& area, const std::vector<int>& years,
    const engine::Window& needed);

}  // namespace cnci::io
