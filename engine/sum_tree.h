// Exact sums by zone and by latitude band, of one tile (TileSums) and of all tiles (SumTree):
// parents are sums of their children, and an independent total over all visited cells must agree
// with the leaves plus the unzoned rest, to the last unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/exact_sum.h"
#include "engine/zone_tree.h"

namespace cnci::engine {

/// A quantity per km2 that is summed: value x cell area, in units of `quantum`.
struct SumVariable {
  std::string name;
  double quantum = 0x1p-30;
};

/// Amount and area of one variable over one group of cells.
struct Sums {
  ExactSum amount;  ///< sum of value x area x weight over valid cells
  ExactSum area;    ///< area x weight of those cells
  Sums& operator+=(const Sums& other);
  bool operator==(const Sums&) const = default;
};

/// Pseudo-zone: the uncovered part of cells that zones touch.
inline constexpr std::uint32_t kUnzoned = 0xffffffff;

/// Sums of one tile, by zone and by latitude band (band = floor(latitude / step)).
class TileSums {
 public:
  TileSums() = default;
  /// `areas_km2` and `bands` have one entry per cell of the coverage's window.
  TileSums(const Coverage& coverage, std::vector<double> areas_km2,
           const std::vector<std::int32_t>& bands, std::size_t years, std::size_t variables);

  /// Adds a variable of a year: values per km2 where valid. Throws Error where a cell's amount is
  /// too large for the sums (names the variable).
  void add(std::size_t year, std::size_t index, const SumVariable& variable,
           std::span<const double> value, std::span<const std::uint8_t> valid);

  [[nodiscard]] std::vector<std::byte> serialise() const;
  [[nodiscard]] static TileSums parse(std::span<const std::byte> bytes);

 private:
  friend class SumTree;
  struct Piece {  ///< a part of a cell that belongs to a zone
    std::uint32_t cell = 0;
    std::uint32_t weight = 0;
    std::uint32_t zone = 0;  ///< index into zones_
    std::uint32_t band = 0;  ///< index into bands_; unzoned parts have none
  };
  static constexpr std::uint32_t kNoBand = 0xffffffff;
  [[nodiscard]] std::size_t slot(std::size_t year, std::size_t variable) const {
    return year * variables_ + variable;
  }

  std::size_t years_ = 0;
  std::size_t variables_ = 0;
  std::vector<std::uint32_t> zones_;  ///< leaf ids, ascending, kUnzoned last where present
  std::vector<std::int32_t> bands_;   ///< ascending
  std::vector<ExactSum> zone_area_;
  std::vector<ExactSum> band_area_;
  std::vector<Sums> by_zone_;  ///< [slot][zone]
  std::vector<Sums> by_band_;  ///< [slot][band]
  std::vector<Sums> total_;    ///< [slot], cell by cell, whole cells

  // Only while a tile is computed:
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> touched_;  ///< cells that any zone touches
  std::vector<double> areas_km2_;
  std::vector<std::int64_t> area_quanta_;
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
