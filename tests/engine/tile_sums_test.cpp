// Sums of a tile against their plain definition: cell by cell, part by part, in 128 bits.
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/sum_tree.h"

namespace cnci::engine {
namespace {

constexpr std::uint32_t kZones = 5;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Uses one target until the end of the scope.
class OnTarget {
 public:
  explicit OnTarget(std::int64_t target) { use(target); }
  ~OnTarget() { use(0); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;

 private:
  static void use(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

std::vector<std::int64_t> targets() {
  std::vector<std::int64_t> found;
  for (const std::int64_t target : {HWY_SCALAR, HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & HWY_TARGETS & target) != 0) found.push_back(target);
  }
  return found;
}

ZoneTree flat_tree() {
  std::vector<ZoneLineage> leaves;
  for (std::uint32_t zone = 0; zone < kZones; ++zone) {
    const std::string code = std::to_string(zone);
    leaves.push_back({{code}, {code}});
  }
  return build_zone_tree({"zone"}, leaves).tree;
}

struct Tile {
  Coverage coverage;
  std::vector<double> areas_km2;
  std::vector<std::int32_t> bands;
  std::vector<double> value;
  [[nodiscard]] std::size_t cells() const { return areas_km2.size(); }
};

struct Result {
  std::map<std::uint32_t, Sums> zones;
  std::map<std::int32_t, Sums> bands;
  std::map<std::uint32_t, ExactSum> zone_areas;
  std::map<std::int32_t, ExactSum> band_areas;
  bool operator==(const Result&) const = default;
};

void add_part(Result& result, const Tile& tile, double quantum, std::uint32_t cell,
              std::uint32_t zone, std::uint32_t weight) {
  const auto add = [&](ExactSum& sum, double amount, double unit) {
    sum.value += static_cast<Int128>(std::nearbyint(amount / unit)) * weight;
  };
  const double area = tile.areas_km2[cell];
  const double value = tile.value[cell];
  Sums& zone_sums = result.zones[zone];
  add(result.zone_areas[zone], area, kAreaQuantum);
  if (!std::isnan(value)) {
    add(zone_sums.amount, value * area, quantum);
    add(zone_sums.area, area, kAreaQuantum);
  }
  if (zone == kUnzoned) return;
  Sums& band_sums = result.bands[tile.bands[cell]];
  add(result.band_areas[tile.bands[cell]], area, kAreaQuantum);
  if (!std::isnan(value)) {
    add(band_sums.amount, value * area, quantum);
    add(band_sums.area, area, kAreaQuantum);
  }
}

Result plain(const Tile& tile, double quantum) {
  Result result;
  for (std::uint32_t zone = 0; zone < kZones; ++zone) result.zones[zone] = {};
  for (std::uint32_t zone = 0; zone < kZones; ++zone) result.zone_areas[zone] = {};
  result.zones[kUnzoned] = {};
  for (const Coverage::Run& run : tile.coverage.runs) {
    for (std::uint32_t cell = run.cell; cell < run.cell + run.length; ++cell) {
      add_part(result, tile, quantum, cell, run.zone, kWeightOne);
    }
  }
  for (const Coverage::Mixed& mixed : tile.coverage.mixed) {
    std::uint32_t rest = kWeightOne;
    for (std::uint32_t i = mixed.first; i < mixed.first + mixed.count; ++i) {
      const ZoneShare& share = tile.coverage.shares[i];
      add_part(result, tile, quantum, mixed.cell, share.zone, share.weight);
      rest -= share.weight;
    }
    if (rest > 0) add_part(result, tile, quantum, mixed.cell, kUnzoned, rest);
  }
  result.zone_areas.erase(kUnzoned);
  return result;
}

/// The tile's sums when its window is fed in blocks of `block` cells in random order.
Result summed(const Tile& tile, double quantum, std::size_t block, std::mt19937_64& random) {
  const SumVariable variable{"flux", quantum};
  TileSums sums(tile.coverage, tile.areas_km2, tile.bands, 2, 3);
  std::vector<std::size_t> starts;
  for (std::size_t first = 0; first < tile.cells(); first += block) starts.push_back(first);
  std::shuffle(starts.begin(), starts.end(), random);
  for (const std::size_t first : starts) {
    const std::size_t cells = std::min(block, tile.cells() - first);
    // A copy of its own, so that reading beyond it is seen.
    const std::vector<double> part(tile.value.begin() + static_cast<std::ptrdiff_t>(first),
                                   tile.value.begin() + static_cast<std::ptrdiff_t>(first + cells));
    sums.add(1, 2, variable, first, part);
  }
  SumTree tree(flat_tree(), {{"a"}, {"b"}, variable}, 2);
  tree.add(TileSums::parse(sums.serialise()));
  for (const SumTree::Closure& line : tree.roll_up()) EXPECT_TRUE(line.exact);
  EXPECT_EQ(tree.at(0, 2, 0), Sums{});
  Result result;
  for (std::uint32_t zone = 0; zone < kZones; ++zone) {
    result.zones[zone] = tree.at(1, 2, tree.zones().first_leaf + zone);
    result.zone_areas[zone] = tree.area(tree.zones().first_leaf + zone);
  }
  result.zones[kUnzoned] = tree.unzoned(1, 2);
  for (const auto& [latitude, band] : tree.bands()) {
    result.bands[latitude] = band.sums[1 * 3 + 2];
    result.band_areas[latitude] = band.area;
  }
  return result;
}

class RandomTile {
 public:
  explicit RandomTile(std::uint64_t seed) : random_(seed) {}

  /// Runs, mixed cells and gaps; bands that change anywhere.
  Tile operator()(double quantum) {
    Tile tile;
    Coverage& c = tile.coverage;
    c.window = {0, 0, between(1, 700), between(1, 6)};
    const std::int64_t longest = between(1, 300);
    fill_cells(tile);
    for (std::int64_t row = 0; row < c.window.rows; ++row) {
      const auto row_end = static_cast<std::uint32_t>((row + 1) * c.window.cols);
      for (auto cell = static_cast<std::uint32_t>(row * c.window.cols); cell < row_end;) {
        if (one_of(3)) {
          add_mixed(c, cell++);
          continue;
        }
        const auto length =
            std::min(static_cast<std::uint32_t>(between(1, longest)), row_end - cell);
        if (one_of(10)) {  // a gap, where values must not matter
          std::fill_n(tile.value.begin() + cell, length, one_of(2) ? kInfinity : 1e300);
        } else {
          c.runs.push_back({cell, length, zone()});
        }
        cell += length;
      }
    }
    add_values(tile, quantum);
    return tile;
  }

 private:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool one_of(std::int64_t cases) { return between(1, cases) == 1; }
  std::uint32_t zone() { return static_cast<std::uint32_t>(between(0, kZones - 1)); }

  void fill_cells(Tile& tile) {
    constexpr std::array<double, 5> kBases{1, 0.7312, 123.4, 3000, 250000};
    const double base = kBases.at(static_cast<std::size_t>(between(0, 4)));
    const double step = one_of(2) ? 0 : 1e-5 * base;
    const auto cells = tile.coverage.window.cells();
    tile.value.assign(cells, 0);
    for (std::size_t i = 0; i < cells; ++i) {
      tile.areas_km2.push_back(base + step * static_cast<double>(i % 97));
      const bool same = i > 0 && !one_of(40);
      tile.bands.push_back(same ? tile.bands.back() : static_cast<std::int32_t>(between(-9, 9)));
    }
  }

  void add_mixed(Coverage& c, std::uint32_t cell) {
    const auto first = static_cast<std::uint32_t>(c.shares.size());
    std::int64_t left = kWeightOne;
    for (std::uint32_t z = zone(); z < kZones && left > 1; ++z) {
      if (one_of(3)) continue;
      // A zone that fills the cell would be a run.
      const std::int64_t weight = between(1, one_of(2) ? 1 : left - 1);
      c.shares.push_back({z, static_cast<std::uint32_t>(weight)});
      left -= weight;
    }
    const auto count = static_cast<std::uint32_t>(c.shares.size()) - first;
    // All of the cell, or all but the smallest part of it.
    if (count > 1 && left > 0 && one_of(2)) {
      c.shares.back().weight += static_cast<std::uint32_t>(one_of(2) ? left : left - 1);
    }
    if (count > 0) c.mixed.push_back({cell, first, count});
  }

  /// Values of every kind in touched cells, of some kinds only in some tiles.
  void add_values(Tile& tile, double quantum) {
    const bool missing = one_of(2);
    const std::int64_t last_kind = one_of(2) ? 6 : 9;
    const std::int64_t rare = between(1, 200);
    const auto set = [&](std::uint32_t cell) {
      const double sign = one_of(2) ? -1 : 1;
      const double quanta = sign * quanta_of_kind(one_of(rare) ? between(0, last_kind) : 0);
      tile.value[cell] = quanta * quantum / tile.areas_km2[cell];
      if (missing && one_of(5)) tile.value[cell] = kNan;
    };
    for (const Coverage::Run& run : tile.coverage.runs) {
      for (std::uint32_t i = 0; i < run.length; ++i) set(run.cell + i);
    }
    for (const Coverage::Mixed& mixed : tile.coverage.mixed) set(mixed.cell);
  }

  double quanta_of_kind(std::int64_t kind) {
    switch (kind) {
      case 0:
        return std::uniform_real_distribution<double>(0, 0x1p40)(random_);
      case 1:
        return 0;
      case 2:
        return 0x1p-1060;
      case 3:
        return static_cast<double>(between(0, 1000)) + 0.5;
      case 4:
        return 0.49999999999999994;
      case 5:
        return static_cast<double>(between(0, 1 << 30)) * 0x1p20 + 0.5;
      case 6:
        return 0x1p51 - static_cast<double>(between(1, 9)) * 0.25;
      case 7:
        return 0x1p51 + static_cast<double>(between(0, 9)) * 0.5;
      case 8:
        return 0x1p53 + static_cast<double>(between(-8, 8));
      default:
        return kQuantaLimit * (1 - 0x1p-50);  // value x area may round up
    }
  }

  std::mt19937_64 random_;
};

TEST(TileSums, EqualTheirDefinitionHoweverTheWindowIsFed) {
  const std::vector<std::int64_t> all = targets();
  ASSERT_GE(all.size(), 2u);
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    const double quantum = seed % 3 == 0 ? 0x1p-20 : 0x1p-30;
    const Tile tile = RandomTile(seed)(quantum);
    const Result expected = plain(tile, quantum);
    for (const std::int64_t target : all) {
      const OnTarget on(target);
      for (const std::size_t block : {tile.cells(), 1ul, 7ul, 64ul, 1000ul}) {
        std::mt19937_64 random(seed);
        const Result found = summed(tile, quantum, block, random);
        ASSERT_TRUE(found == expected)
            << "seed " << seed << ", target " << hwy::TargetName(target) << ", block " << block;
      }
    }
  }
}

/// A row of `cells` whole cells of 1 km2 in one zone.
Tile row_of(std::size_t cells) {
  Tile tile;
  tile.coverage.window = {0, 0, static_cast<std::int64_t>(cells), 1};
  tile.coverage.runs = {{0, static_cast<std::uint32_t>(cells), 0}};
  tile.areas_km2.assign(cells, 1);
  tile.bands.assign(cells, 0);
  tile.value.assign(cells, 0);
  return tile;
}

Int128 amount_of(const Tile& tile) {
  std::mt19937_64 random(1);
  return summed(tile, 1, tile.cells(), random).zones.at(0).amount.value / kWeightOne;
}

TEST(TileSums, HalfAQuantumGoesToTheEvenSide) {
  for (const std::int64_t target : targets()) {
    const OnTarget on(target);
    // A cell of 2^52 quanta sends the block the way of large amounts.
    for (const double neighbour : {0.0, 0x1p52, kNan}) {
      Tile tile = row_of(19);
      tile.value[3] = neighbour;
      const Int128 rest = std::isnan(neighbour) ? 0 : static_cast<Int128>(neighbour);
      const auto rounded = [&](double value) {
        tile.value[17] = value;
        return static_cast<std::int64_t>(amount_of(tile) - rest);
      };
      EXPECT_EQ(rounded(0.5), 0);
      EXPECT_EQ(rounded(1.5), 2);
      EXPECT_EQ(rounded(-2.5), -2);
      EXPECT_EQ(rounded(-3.5), -4);
      EXPECT_EQ(rounded(0.49999999999999994), 0);
      EXPECT_EQ(rounded(0x1p31 + 0.5), std::int64_t{1} << 31);
      EXPECT_EQ(rounded(0x1p50 + 1.5), (std::int64_t{1} << 50) + 2);
      EXPECT_EQ(rounded(-0x1p51 - 0.5), -(std::int64_t{1} << 51));
      EXPECT_EQ(rounded(-0x1p51 - 1.5), -(std::int64_t{1} << 51) - 2);
    }
  }
}

TEST(TileSums, HoldBlocksOfTheLargestAmountsAndAreas) {
  for (const std::int64_t target : targets()) {
    const OnTarget on(target);
    Tile tile = row_of(2500);
    std::fill(tile.value.begin(), tile.value.end(), -std::nextafter(kQuantaLimit, 0));
    EXPECT_EQ(amount_of(tile), static_cast<Int128>(-std::nextafter(kQuantaLimit, 0)) * 2500);
    std::fill(tile.areas_km2.begin(), tile.areas_km2.end(), 0x1p21);
    std::fill(tile.value.begin(), tile.value.end(), 1.0);
    EXPECT_EQ(amount_of(tile), Int128{2500} << 21);
    std::mt19937_64 random(1);
    EXPECT_EQ(summed(tile, 1, 1000, random).zones.at(0).area.value,
              Int128{2500} * kWeightOne << 61);
  }
}

TEST(TileSums, HoldTheAreasOfRowsOfManyLargeCells) {
  for (const std::int64_t target : targets()) {
    const OnTarget on(target);
    Tile tile = row_of(5000);
    const double area = std::nextafter(kNarrowQuanta, 0) * kAreaQuantum;
    std::fill(tile.areas_km2.begin(), tile.areas_km2.end(), area);
    std::mt19937_64 random(1);
    const Result result = summed(tile, 1, 5000, random);
    const Int128 quanta = Int128{to_quanta(area, kAreaQuantum)} * 5000;
    EXPECT_EQ(result.zone_areas.at(0).value, quanta * kWeightOne);
    EXPECT_EQ(result.band_areas.at(0).value, quanta * kWeightOne);
    EXPECT_EQ(result.zones.at(0).area.value, quanta * kWeightOne);
  }
}

std::string error_of(const Tile& tile, std::size_t first, std::size_t cells) {
  TileSums sums(tile.coverage, tile.areas_km2, tile.bands, 1, 1);
  try {
    sums.add(0, 0, {"ce", 1}, first, std::span(tile.value).subspan(first, cells));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TileSums, AmountsBeyondTheBoundAreAnErrorNamingTheVariable) {
  for (const std::int64_t target : targets()) {
    const OnTarget on(target);
    for (const double value : {kQuantaLimit, -kQuantaLimit, 1e300, kInfinity, -kInfinity}) {
      for (const std::size_t cell : {0ul, 700ul, 1500ul, 2042ul}) {
        Tile tile = row_of(2043);
        tile.value[5] = kNan;
        tile.value[cell] = value;
        const std::string text = error_of(tile, 0, 2043);
        EXPECT_NE(text.find("ce of a cell is " + std::to_string(value)), std::string::npos) << text;
        EXPECT_EQ(error_of(tile, cell == 0 ? 1 : 0, 699), "");
        tile.areas_km2[cell] = 0;
        EXPECT_EQ(error_of(tile, 0, 2043).empty(), std::isfinite(value));
      }
    }
  }
}

TEST(TileSums, CellsThatNoZoneTouchesDoNotMatter) {
  for (const std::int64_t target : targets()) {
    const OnTarget on(target);
    Tile tile = row_of(40);
    tile.coverage.runs = {{7, 3, 0}, {21, 9, 0}};
    std::fill(tile.value.begin(), tile.value.end(), kInfinity);
    std::fill_n(tile.value.begin() + 7, 3, 2);
    std::fill_n(tile.value.begin() + 21, 9, 3);
    EXPECT_EQ(amount_of(tile), 3 * 2 + 9 * 3);
  }
}

TEST(TileSums, CellsBeyondTheWindowAreAnError) {
  const Tile tile = row_of(4);
  TileSums sums(tile.coverage, tile.areas_km2, tile.bands, 1, 1);
  EXPECT_THROW(sums.add(0, 0, {"ce", 1}, 2, std::vector<double>(3)), Error);
}

}  // namespace
}  // namespace cnci::engine
