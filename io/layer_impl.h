// Inside of a Layer: one source, one resampler or conserver, and what is counted on the way.
// layer.cpp opens and describes, layer_deliver.cpp makes tiles, layer_range.cpp checks values,
// layer_check.cpp finds what is wrong before a run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/conserve.h"
#include "io/layer.h"
#include "io/layer_source.h"

namespace cnci::io {

class Layer::Impl {
 public:
  Impl(LayerSpec spec, const engine::Grid& grid, std::shared_ptr<const engine::CellArea> area,
       int first_year, std::shared_ptr<BlockCache> cache);

  // Every public step of Layer, with errors that begin with the layer's name.
  template <class Action>
  auto named(Action&& action) -> decltype(action()) {
    try {
      return action();
    } catch (const engine::Error& error) {
      throw engine::Error("layer." + spec_.name + ": " + error.what());
    }
  }

  [[nodiscard]] const LayerSpec& spec() const { return spec_; }
  [[nodiscard]] engine::Method method() const { return method_; }
  [[nodiscard]] LayerCounters counters() const;
  [[nodiscard]] ReadCost cost() const;
  [[nodiscard]] std::size_t block_bytes() const { return source_->info().block_bytes; }
  [[nodiscard]] bool caches_blocks() const { return source_->kept_block_bytes() == 0; }
  [[nodiscard]] std::size_t cached_bytes(const engine::Window& window) const;
  [[nodiscard]] bool suits_strips() const;
  [[nodiscard]] engine::Window weights_window(const engine::Window& tile) const;
  void set_weights(WeightProvider provider) { weights_ = std::move(provider); }

  [[nodiscard]] engine::Field annual(int year, const engine::Window& tile);
  [[nodiscard]] std::array<engine::Field, 12> monthly(int year, const engine::Window& tile);
  [[nodiscard]] engine::Field annual_of(const std::array<engine::Field, 12>& months) const;
  [[nodiscard]] engine::ClassFractions classes(int year, const engine::Window& tile);
  void fetch_ahead(int year, const engine::Window& tile);
  [[nodiscard]] std::optional<LayerMass> mass(int year, const std::function<bool()>& go_on);
  [[nodiscard]] std::vector<engine::Finding> check(const std::vector<int>& years,
                                                   const engine::Window& needed);
  [[nodiscard]] LayerInfo info();

 private:
  using PixelReader = std::function<engine::Field(const engine::Window&)>;

  /// Values of the sampled blocks, canonical unit.
  struct Sample {
    double min = 0;
    double max = 0;
    double sum = 0;
    std::uint64_t count = 0;
    std::uint64_t outside = 0;
    std::uint64_t above = 0;        ///< of those outside
    std::uint64_t not_numbers = 0;  ///< beside the count
    std::set<double> unknown_codes;
    std::string failure;  ///< first block that cannot be decoded
  };
  /// How a raster covers a window of the grid.
  struct Cover {
    double outside_share = 0;                         ///< of the window's area
    double west = 0, east = 0, south = 0, north = 0;  ///< CRS units that lack on each side
  };

  // layer.cpp
  [[nodiscard]] engine::SourceGrid place(const RasterInfo& info) const;
  void choose_method();
  void open(int year);
  [[nodiscard]] bool is_amount() const { return spec_.quantity.kind == Kind::kAmount; }

  // layer_deliver.cpp
  [[nodiscard]] engine::Window source_window(const engine::Window& tile) const;
  /// Memory of a source window, cut into pieces where it is large.
  [[nodiscard]] static std::size_t piece_bytes(const engine::Window& window);
  void in_pieces(const engine::Window& tile,
                 const std::function<void(const engine::Window&)>& make) const;
  /// A field of a tile from those of its pieces.
  [[nodiscard]] engine::Field whole_of_pieces(
      const engine::Window& tile,
      const std::function<engine::Field(const engine::Window&)>& make) const;
  void count_needed(const engine::Window& tile, std::size_t pixel_bytes);
  /// Of a source on the grid's lattice: whether the pixels are the piece's cells, one by one.
  [[nodiscard]] bool are_the_cells(const engine::Window& pixels, const engine::Window& piece) const;
  [[nodiscard]] engine::Field density_of_piece(const engine::Window& piece, engine::Field pixels);
  [[nodiscard]] engine::ClassFractions classes_of_piece(const engine::Window& piece,
                                                        engine::Field pixels);
  [[nodiscard]] engine::Field density(const engine::Window& tile, const PixelReader& read);
  [[nodiscard]] engine::Field amount(int year, const engine::Window& tile);
  [[nodiscard]] engine::Field amount_of_piece(int year, const engine::Window& piece);
  /// Amounts of cells become amounts per km2.
  void make_density(int year, engine::Field& amounts) const;
  [[nodiscard]] engine::Field amounts_of_pixels(const engine::Window& window,
                                                const engine::Window& counted);

  // layer_range.cpp
  [[nodiscard]] bool has_range() const { return spec_.quantity.min < spec_.quantity.max; }
  /// In the range, or beside it by no more than rounding.
  [[nodiscard]] bool is_within_range(double value) const;
  /// Applies `outside`; `areas` where the field holds amounts per pixel; counts those whose centre
  /// lies in `counted`, so that overlapping windows count a pixel once.
  void apply_range(engine::Field& field, const std::vector<double>* areas,
                   const engine::Window& counted);
  [[nodiscard]] std::string describe_outside(double value, const engine::Field& field,
                                             std::size_t index) const;
  [[nodiscard]] std::uint64_t count_inside(const std::vector<std::size_t>& pixels,
                                           const engine::Window& window,
                                           const engine::Window& counted);

  // layer_check.cpp
  void sample_blocks(const engine::Window& needed, Sample& sample);
  void sample_block(const engine::Window& block, Sample& sample);
  void check_year(int year, const engine::Window& needed, Sample& sample,
                  std::vector<engine::Finding>& findings);
  void judge_not_numbers(const Sample& sample, const std::string& where,
                         std::vector<engine::Finding>& findings) const;
  void judge_sample(const Sample& sample, const std::string& files,
                    std::vector<engine::Finding>& findings) const;
  void judge_cover(const engine::Window& needed, std::vector<engine::Finding>& findings) const;
  void judge_place(std::vector<engine::Finding>& findings) const;
  [[nodiscard]] Cover cover(const engine::Window& window) const;
  [[nodiscard]] std::string subject() const { return "layer." + spec_.name; }

  LayerSpec spec_;
  engine::Grid grid_;
  std::shared_ptr<const engine::CellArea> area_;
  std::shared_ptr<BlockCache> cache_;
  int open_year_;
  std::optional<LayerSource> source_;
  engine::SourceGrid lattice_;  ///< of the source, snapped
  std::shared_ptr<const engine::CoordinateTransform> to_source_;
  std::shared_ptr<const engine::CoordinateTransform> to_target_;
  std::unique_ptr<engine::Resampler> resampler_;
  std::unique_ptr<engine::Conserver> conserver_;
  engine::Method method_ = engine::Method::kCopy;
  WeightProvider weights_;
  LayerCounters counters_;
  ReadCost cost_;  ///< of sources that are closed
  std::optional<Sample> last_sample_;
  /// Where a tile's pixels lie is asked for several times.
  struct Place {
    engine::Window tile{-1, -1, 0, 0};
    engine::Window pixels;
  };
  mutable Place last_place_;
};

}  // namespace cnci::io
