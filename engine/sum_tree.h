// Exact sums by zone and by latitude band, of one tile (TileSums) and of all tiles (SumTree):
// parents are sums of their children, and an independent total over all visited cells must agree
// with the leaves plus the unzoned rest, to the last unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/block_sums.h"
#include "engine/coverage.h"
#include "engine/exact_sum.h"
#include "engine/zone_tree.h"

namespace cnci::engine {

/// A quantity per km2 that is summed: value x cell area, in units of `quantum`.
struct SumVariable {
  std::string name;
  double quantum = 0x1p-30;
};

/// Pseudo-zone: the uncovered part of cells that zones touch.
inline constexpr std::uint32_t kUnzoned = 0xffffffff;

/// Sums of one tile, by zone and by latitude band (band = floor(latitude / step)). Whole cells are
/// summed run by run in 64-bit integers, mixed cells by their weights; the total is summed apart
/// from both, over all touched cells.
class TileSums {
 public:
  TileSums() = default;
  /// `areas_km2` has one entry per cell of the coverage's window, `bands` one per cell, or one per
  /// row where all of a row lies in one band.
  TileSums(const Coverage& coverage, std::vector<double> areas_km2,
           const std::vector<std::int32_t>& bands, std::size_t years, std::size_t variables);

  /// Adds a variable of a year over the cells first .. first + value.size() of the window
  /// (row-major): values per km2, NaN where missing; cells that no zone touches do not matter.
  /// Parts of the window may come in any order, each cell at most once per year and variable.
  /// Throws Error where a cell's amount is too large for the sums or infinite (names the variable);
  /// the sums are then incomplete and of no use.
  void add(std::size_t year, std::size_t index, const SumVariable& variable, std::size_t first,
           std::span<const double> value);

  [[nodiscard]] std::vector<std::byte> serialise() const;
  [[nodiscard]] static TileSums parse(std::span<const std::byte> bytes);

 private:
  friend class SumTree;
  struct Segment {  ///< whole cells of one zone and band, side by side in a row
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t zone = 0;  ///< index into zones_
    std::uint32_t band = 0;  ///< index into bands_
  };
  struct Mixed {  ///< a cell of several zones, or of one that does not fill it
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t first = 0;  ///< into shares_
    std::uint32_t count = 0;
    std::uint32_t band = 0;
  };
  [[nodiscard]] std::size_t slot(std::size_t year, std::size_t variable) const {
    return year * variables_ + variable;
  }
  class CellBands;
  void find_area_quanta();
  void index_zones_and_bands(const Coverage& coverage, const CellBands& bands);
  void add_segments_of(const Coverage::Run& run, const CellBands& bands);
  void add_mixed(const Coverage& coverage, const Coverage::Mixed& mixed, std::int32_t band);
  void add_areas_of_segments(std::size_t cols);
  void find_touched(const Coverage& coverage);
  /// What of a tile lies in a block of cells; the variables of a block share it.
  struct BlockParts {
    std::size_t first = 0;
    std::size_t end = 0;
    std::vector<CellRange> touched;   ///< counted from the block's first cell
    std::vector<CellRange> segments;  ///< likewise
    std::vector<Int128> segment_areas;
    Int128 touched_area = 0;
    // Positions in the vectors below, so that sums can be copied.
    std::size_t first_segment = 0;
    std::pair<std::size_t, std::size_t> mixed;
  };
  void look_at(std::size_t first, std::size_t end);
  void add_block(std::size_t slot, const SumVariable& variable, std::size_t first,
                 std::span<const double> value);
  void add_parts(std::size_t slot, const BlockQuanta& block);
  [[noreturn]] void report_too_large(const SumVariable& variable, std::size_t first,
                                     std::span<const double> value) const;

  std::size_t years_ = 0;
  std::size_t variables_ = 0;
  std::vector<std::uint32_t> zones_;  ///< leaf ids, ascending, kUnzoned last where present
  std::vector<std::int32_t> bands_;   ///< ascending
  std::vector<ExactSum> zone_area_;
  std::vector<ExactSum> band_area_;
  std::vector<Sums> by_zone_;  ///< [slot][zone]
  std::vector<Sums> by_band_;  ///< [slot][band]
  std::vector<Sums> total_;    ///< [slot], cell by cell, whole cells

  // Only while a tile is computed; all ascending in cells:
  std::vector<Segment> segments_;
  std::vector<Mixed> mixed_;
  std::vector<ZoneShare> shares_;   ///< zone is an index into zones_; the rest is kUnzoned
  std::vector<CellRange> touched_;  ///< cells that any zone touches
  std::vector<double> areas_km2_;
  std::vector<std::int64_t> area_quanta_;
  BlockParts parts_;                   ///< of the block at work
  std::vector<Int128> segment_sums_;   ///< amounts of its segments, of the variable at work
  std::vector<Int128> segment_areas_;  ///< likewise, of cells with a value
  std::vector<std::uint8_t> large_;    ///< [slot], whether a block before had wide sums
  bool wide_areas_ = false;            ///< an area is kNarrowQuanta or more
};

/// Sums of all tiles.
class SumTree {
 public:
  SumTree(ZoneTree zones, std::vector<SumVariable> variables, std::size_t years);

  void add(const TileSums& tile);

  /// A line of the closure table: leaves + unzoned against the independent total.
  struct Closure {
    std::size_t year = 0;
    std::string variable;
    double zoned = 0;
    double unzoned = 0;
    double total = 0;
    bool exact = false;  ///< equal to the last unit, amounts and areas
  };
  /// Sums children into parents; call once, after the last tile.
  std::vector<Closure> roll_up();

  [[nodiscard]] const ZoneTree& zones() const { return zones_; }
  [[nodiscard]] const std::vector<SumVariable>& variables() const { return variables_; }
  [[nodiscard]] const Sums& at(std::size_t year, std::size_t variable, std::size_t node) const;
  [[nodiscard]] const Sums& unzoned(std::size_t year, std::size_t variable) const;
  [[nodiscard]] const ExactSum& area(std::size_t node) const { return areas_[node]; }

  struct Band {
    ExactSum area;
    std::vector<Sums> sums;  ///< [year * variables + variable]
  };
  [[nodiscard]] const std::map<std::int32_t, Band>& bands() const { return bands_; }

 private:
  [[nodiscard]] std::size_t slot(std::size_t year, std::size_t variable) const {
    return year * variables_.size() + variable;
  }
  ZoneTree zones_;
  std::vector<SumVariable> variables_;
  std::size_t years_;
  std::vector<ExactSum> areas_;  ///< [node]
  ExactSum unzoned_area_;
  std::vector<Sums> sums_;     ///< [slot][node]
  std::vector<Sums> unzoned_;  ///< [slot]
  std::vector<Sums> total_;    ///< [slot]
  std::map<std::int32_t, Band> bands_;
};

}  // namespace cnci::engine
