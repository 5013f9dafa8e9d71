#include "engine/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <random>

#include "engine/error.h"

namespace cnci::engine {
namespace {

using Ring = std::vector<std::pair<double, double>>;  // column, row of vertices
using Matrix = std::vector<std::vector<double>>;

ZoneShape shape(const std::vector<Ring>& rings) {
  ZoneShape out;
  for (const Ring& ring : rings) {
    auto& fixed = out.rings.emplace_back();
    for (const auto& [x, y] : ring) fixed.push_back(to_fixed(x, y));
  }
  return out;
}

/// Fractions of the cells of a window that a zone covers.
Matrix fractions(const std::vector<ZoneShape>& zones, const Window& window, std::uint32_t zone) {
  const Coverage coverage = cover(ZoneIndex(zones), window);
  Matrix out(window.rows, std::vector<double>(window.cols, 0));
  const auto put = [&](std::uint32_t cell, std::uint32_t weight) {
    out[cell / window.cols][cell % window.cols] = static_cast<double>(weight) / kWeightOne;
  };
  for (const auto& run : coverage.runs) {
    for (std::uint32_t i = 0; i < run.length; ++i) {
      if (run.zone == zone) put(run.cell + i, kWeightOne);
    }
  }
  for (const auto& mixed : coverage.mixed) {
    for (std::uint32_t i = 0; i < mixed.count; ++i) {
      const ZoneShare& share = coverage.shares[mixed.first + i];
      if (share.zone == zone) put(mixed.cell, share.weight);
    }
  }
  return out;
}

void expect_near(const Matrix& got, const Matrix& want, double tolerance = 1e-6) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t r = 0; r < got.size(); ++r) {
    for (std::size_t c = 0; c < got[r].size(); ++c) {
      EXPECT_NEAR(got[r][c], want[r][c], tolerance) << "row " << r << " column " << c;
    }
  }
}

TEST(Coverage, ASquareCoversPartsOfItsBorderCells) {
  expect_near(
      fractions({shape({{{0.5, 0.5}, {2.5, 0.5}, {2.5, 2.5}, {0.5, 2.5}}})}, {0, 0, 3, 3}, 0),
      {{0.25, 0.5, 0.25},  //
       {0.5, 1, 0.5},
       {0.25, 0.5, 0.25}});
}

TEST(Coverage, ATriangleIsCutExactly) {
  expect_near(fractions({shape({{{0, 0}, {3, 3}, {0, 3}}})}, {0, 0, 3, 3}, 0), {{0.5, 0, 0},  //
                                                                                {1, 0.5, 0},
                                                                                {1, 1, 0.5}});
}

TEST(Coverage, AHoleIsTakenOut) {
  const ZoneShape ring = shape({{{0, 0}, {3, 0}, {3, 3}, {0, 3}},        // exterior
                                {{1, 1}, {1, 2}, {1.5, 2}, {1.5, 1}}});  // hole, other way round
  expect_near(fractions({ring}, {0, 0, 3, 3}, 0), {{1, 1, 1}, {1, 0.5, 1}, {1, 1, 1}});
}

TEST(Coverage, PartsOfAMultipolygonAddUp) {
  const ZoneShape islands = shape({{{0, 0}, {0.5, 0}, {0.5, 1}, {0, 1}},  //
                                   {{0.75, 0}, {1, 0}, {1, 1}, {0.75, 1}}});
  expect_near(fractions({islands}, {0, 0, 2, 1}, 0), {{0.75, 0}});
}

TEST(Coverage, AZoneSmallerThanACellIsSeen) {
  const ZoneShape dot = shape({{{1.25, 1.25}, {1.5, 1.25}, {1.5, 1.5}, {1.25, 1.5}}});
  expect_near(fractions({dot}, {0, 0, 3, 3}, 0), {{0, 0, 0}, {0, 0.0625, 0}, {0, 0, 0}});
}

TEST(Coverage, SharedPartGoesToTheLowerZone) {
  const ZoneShape low = shape({{{0, 0}, {1.5, 0}, {1.5, 1}, {0, 1}}});
  const ZoneShape high = shape({{{1, 0}, {3, 0}, {3, 1}, {1, 1}}});
  expect_near(fractions({low, high}, {0, 0, 3, 1}, 0), {{1, 0.5, 0}});
  expect_near(fractions({low, high}, {0, 0, 3, 1}, 1), {{0, 0.5, 1}});
}

TEST(Coverage, OverlapsAreSettledCellByCellInTheOrderOfZones) {
  constexpr std::int64_t kSide = 12;
  std::mt19937_64 random(11);
  const auto quarters = [&random](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  for (int round = 0; round < 200; ++round) {
    const bool whole_cells = round % 2 == 0;
    std::vector<ZoneShape> zones;
    // What of each cell a zone takes, in sixteenths, before others come.
    std::vector<std::vector<std::int64_t>> taken;
    for (std::int64_t z = quarters(1, 9); z > 0; --z) {
      const std::int64_t step = whole_cells ? 4 : 1;
      const auto side = [&] {
        const std::int64_t low = quarters(-8, 40) / step * step;
        return std::pair(low, low + step * quarters(1, 48 / step));
      };
      const auto [west, east] = side();
      const auto [north, south] = side();
      const auto at = [](std::int64_t x) { return static_cast<double>(x) / 4; };
      zones.push_back(shape({{{at(west), at(north)},
                              {at(east), at(north)},
                              {at(east), at(south)},
                              {at(west), at(south)}}}));
      auto& cells = taken.emplace_back();
      for (std::int64_t cell = 0; cell < kSide * kSide; ++cell) {
        const auto within = [](std::int64_t low, std::int64_t high, std::int64_t of) {
          return std::max<std::int64_t>(0, std::min(high, 4 * of + 4) - std::max(low, 4 * of));
        };
        cells.push_back(within(west, east, cell % kSide) * within(north, south, cell / kSide));
      }
    }
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> expected;  // cell, zone
    for (std::uint32_t cell = 0; cell < kSide * kSide; ++cell) {
      std::int64_t left = 16;
      for (std::uint32_t zone = 0; zone < zones.size(); ++zone) {
        const std::int64_t part = std::min(left, taken[zone][cell]);
        if (part > 0) expected[{cell, zone}] = static_cast<std::uint32_t>(part) * (kWeightOne / 16);
        left -= part;
      }
    }
    const Coverage coverage = cover(ZoneIndex(zones), {0, 0, kSide, kSide});
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> found;
    const Coverage::Run* last = nullptr;
    for (const Coverage::Run& run : coverage.runs) {
      for (std::uint32_t i = 0; i < run.length; ++i) {
        EXPECT_TRUE(found.emplace(std::pair(run.cell + i, run.zone), kWeightOne).second);
      }
      EXPECT_EQ(run.cell / kSide, (run.cell + run.length - 1) / kSide);
      if (last != nullptr) {
        EXPECT_LE(last->cell + last->length, run.cell);
        EXPECT_FALSE(last->zone == run.zone && last->cell + last->length == run.cell &&
                     run.cell % kSide != 0);
      }
      last = &run;
    }
    for (const Coverage::Mixed& mixed : coverage.mixed) {
      for (std::uint32_t i = 0; i < mixed.count; ++i) {
        const ZoneShare& share = coverage.shares[mixed.first + i];
        EXPECT_TRUE(found.emplace(std::pair(mixed.cell, share.zone), share.weight).second);
      }
    }
    ASSERT_EQ(found, expected) << "round " << round;
  }
}

TEST(Coverage, ColumnsWestOfTheGridAreCoveredLikeAnyOther) {
  const std::vector<ZoneShape> zones = {shape({{{-3.5, -2}, {2, -2}, {2, 0}, {-3.5, 0}}})};
  expect_near(fractions(zones, {-5, -2, 6, 2}, 0), {{0, 0.5, 1, 1, 1, 1}, {0, 0.5, 1, 1, 1, 1}});
}

TEST(Coverage, FullCellsAreRunsWithinARow) {
  const Coverage c = cover(ZoneIndex({shape({{{0, 0}, {3, 0}, {3, 2}, {0, 2}}})}), {0, 0, 3, 2});
  ASSERT_EQ(c.runs.size(), 2u);
  EXPECT_EQ(c.runs[0].length, 3u);
  EXPECT_EQ(c.runs[1].cell, 3u);
  EXPECT_TRUE(c.mixed.empty());
}

/// A partition of a disc into sectors whose borders zigzag: neighbours share every vertex.
std::vector<ZoneShape> random_partition(std::mt19937_64& random, int sectors, double size) {
  std::uniform_real_distribution<double> jitter(-0.03 * size, 0.03 * size);
  const double centre_x = size * 0.49;
  const double centre_y = size * 0.51;
  std::vector<Ring> spokes(sectors);
  std::vector<Ring> arcs(sectors);
  for (int s = 0; s < sectors; ++s) {
    const double angle = 2 * std::numbers::pi * s / sectors;
    for (int k = 1; k <= 8; ++k) {
      const double radius = size * 0.45 * k / 8;
      spokes[s].emplace_back(centre_x + radius * std::cos(angle) + jitter(random) / k,
                             centre_y + radius * std::sin(angle) + jitter(random) / k);
    }
    for (int k = 1; k < 5; ++k) {
      const double a = angle + 2 * std::numbers::pi / sectors * k / 5;
      arcs[s].emplace_back(centre_x + size * 0.45 * std::cos(a) + jitter(random),
                           centre_y + size * 0.45 * std::sin(a) + jitter(random));
    }
  }
  std::vector<ZoneShape> zones;
  for (int s = 0; s < sectors; ++s) {
    Ring ring{{centre_x, centre_y}};
    ring.insert(ring.end(), spokes[s].begin(), spokes[s].end());
    ring.insert(ring.end(), arcs[s].begin(), arcs[s].end());
    const Ring& next = spokes[(s + 1) % sectors];
    ring.insert(ring.end(), next.rbegin(), next.rend());
    zones.push_back(shape({ring}));
  }
  return zones;
}

TEST(Coverage, ZonesOfACellAddUpToItsCoveredFraction) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const int sectors = 3 + static_cast<int>(seed % 9);
    const auto zones = random_partition(random, sectors, 90);
    // The same outer border as one polygon: its coverage is the sum of the parts, exactly.
    const auto covered = cover(ZoneIndex(zones), {0, 0, 90, 90}).covered();
    double zone_cells = 0;
    for (const ZoneShape& zone : zones) zone_cells += zone.area_cells();
    double weight_cells = 0;
    std::size_t interior = 0;
    for (const std::uint32_t w : covered) {
      ASSERT_LE(w, kWeightOne);
      weight_cells += static_cast<double>(w) / kWeightOne;
      interior += w == kWeightOne ? 1 : 0;
    }
    EXPECT_NEAR(weight_cells, zone_cells, 1e-3);
    EXPECT_GT(interior, 4000u);
    // Every cell well inside the disc belongs to sectors only: no sliver is lost between them.
    for (int row = 0; row < 90; ++row) {
      for (int col = 0; col < 90; ++col) {
        if (std::hypot(col + 0.5 - 44.1, row + 0.5 - 45.9) < 30) {
          ASSERT_EQ(covered[row * 90 + col], kWeightOne) << col << ' ' << row;
        }
      }
    }
  }
}

TEST(Coverage, DoesNotDependOnTheTile) {
  std::mt19937_64 random(7);
  const ZoneIndex zones(random_partition(random, 7, 150));
  using Cells = std::map<std::pair<std::int64_t, std::int64_t>, std::vector<ZoneShare>>;
  const auto gather = [&](std::int64_t size) {
    Cells cells;
    for (std::int64_t row = 0; row < 150; row += size) {
      for (std::int64_t col = 0; col < 150; col += size) {
        const Window w = Window{col, row, size, size}.intersect({0, 0, 150, 150});
        const Coverage c = cover(zones, w);
        const auto key = [&](std::uint32_t cell) {
          return std::pair{row + cell / w.cols, col + cell % w.cols};
        };
        for (const auto& run : c.runs) {
          for (std::uint32_t i = 0; i < run.length; ++i) {
            cells[key(run.cell + i)] = {{run.zone, kWeightOne}};
          }
        }
        for (const auto& m : c.mixed) {
          cells[key(m.cell)] = {c.shares.begin() + m.first, c.shares.begin() + m.first + m.count};
        }
      }
    }
    return cells;
  };
  const Cells whole = gather(150);
  ASSERT_GT(whole.size(), 10000u);
  for (const std::int64_t size : {1, 7, 64, 100}) EXPECT_EQ(gather(size), whole) << size;
}

TEST(Coverage, ReversedEdgesCancelExactly) {
  // One polygon and its complement in a box, with steep and shallow edges: parts add up everywhere.
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> x(4.5, 5.5);
  Ring border;
  for (int i = 0; i <= 100; ++i) border.emplace_back(x(random), i / 10.0);
  Ring west{{0, 10}, {0, 0}};
  west.insert(west.end(), border.begin(), border.end());
  Ring east{{10, 0}, {10, 10}};
  east.insert(east.end(), border.rbegin(), border.rend());
  const auto covered = cover(ZoneIndex({shape({west}), shape({east})}), {0, 0, 10, 10}).covered();
  for (const std::uint32_t w : covered) EXPECT_EQ(w, kWeightOne);
}

TEST(Coverage, KnowsMoreThan65535Zones) {
  std::vector<ZoneShape> zones;
  for (int i = 0; i < 70000; ++i) {
    const double col = i % 300;
    const double row = static_cast<double>(i / 300);
    zones.push_back(shape({{{col, row}, {col + 1, row}, {col + 1, row + 1}, {col, row + 1}}}));
  }
  const Coverage c = cover(ZoneIndex(std::move(zones)), {0, 230, 300, 3});
  ASSERT_EQ(c.runs.size(), 900u);
  EXPECT_EQ(c.runs.front().zone, 69000u);
  EXPECT_EQ(c.runs.back().zone, 69899u);
}

TEST(Coverage, AZoneThatReachesFarBeyondTheGridFillsIt) {
  constexpr double kFar = 9e11;
  const ZoneShape far = shape({{{-kFar, -kFar}, {kFar, -kFar}, {kFar, kFar}, {-kFar, kFar}}});
  EXPECT_DOUBLE_EQ(far.area_cells(), 4 * kFar * kFar);
  const auto covered = cover(ZoneIndex({far}), {0, 0, 3, 70}).covered();
  EXPECT_EQ(covered, std::vector<std::uint32_t>(210, kWeightOne));
}

TEST(Coverage, AVertexThatIsNoNumberOrTooFarIsRefused) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const double bad : {2e12, -1e19, 1e300, kInf, std::nan("")}) {
    EXPECT_THROW((void)to_fixed(bad, 0), Error) << bad;
    EXPECT_THROW((void)to_fixed(0, bad), Error) << bad;
  }
}

TEST(Coverage, ManyTinyZonesInOneCellKeepTheirSum) {
  std::vector<ZoneShape> zones;
  for (int i = 0; i < 1000; ++i) {
    const double x = i / 1000.0;
    const double w = 1 / 1000.0;
    zones.push_back(shape({{{x, 0}, {x + w, 0}, {x + w, 1e-4}, {x, 1e-4}}}));
  }
  const auto covered = cover(ZoneIndex(std::move(zones)), {0, 0, 1, 1}).covered();
  EXPECT_NEAR(static_cast<double>(covered[0]) / kWeightOne, 1e-4, 1e-6);
}

}  // namespace
}  // namespace cnci::engine
