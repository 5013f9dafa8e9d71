#include "engine/lattice.h"

#include "resample_support.h"

namespace cnci::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

std::vector<Point> all_points(const CoordinateLattice& lattice, const Window& window, int k) {
  std::vector<Point> out;
  lattice.visit_cells(window, k, [&](std::int64_t, std::int64_t, const CellPoints& p) {
    for (int j = 0; j < k; ++j) {
      for (int i = 0; i < k; ++i) {
        const auto at = static_cast<std::size_t>(j) * p.stride + static_cast<std::size_t>(i);
        out.push_back({p.x[at], p.y[at]});
      }
    }
  });
  return out;
}

TEST(Lattice, AnAffineTransformIsInterpolatedExactly) {
  const Grid g = grid({1, 1}, 3, 5, 20, 20, false);
  const CoordinateLattice lattice(g, points([](double& x, double& y) {
                                    x = 2 * x + 1;
                                    y = 4 * y;
                                  }),
                                  false);
  // Sub-points at quarters of the cell whose centre is (5.5, 4.5).
  const std::vector<Point> p = all_points(lattice, {2, 0, 1, 1}, 2);
  EXPECT_EQ(p, (std::vector<Point>{{11.5, 19}, {12.5, 19}, {11.5, 17}, {12.5, 17}}));
}

TEST(Lattice, StaysWithinItsToleranceAtAFractionOfThePoints) {
  const Grid g = grid({1, 1}, -200, -8570, 256, 256, false);
  const auto transform = points(from_albers);
  const CoordinateLattice lattice(g, transform, true);
  std::vector<Point> p = all_points(lattice, g.whole(), 1);
  EXPECT_LT(transform->points, p.size() / 20);
  double worst = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    to_albers(p[i].x, p[i].y);
    const double col = static_cast<double>(i % 256) + 0.5;
    const double row = std::floor(static_cast<double>(i) / 256) + 0.5;
    worst = std::max(worst, std::hypot(g.col_of(p[i].x) - col, g.row_of(p[i].y) - row));
  }
  EXPECT_LT(worst, 0.02);
  EXPECT_GT(worst, 0);
}

TEST(Lattice, BlocksAreDoneCellByCellWhereLongitudeJumps) {
  // A polar grid of 100 km cells: the pole and the antimeridian lie inside it.
  const Grid g = grid({100, 1}, -30, 30, 60, 60, false);
  const CoordinateLattice lattice(g, points(from_polar), true);
  int exact = 0;
  lattice.visit_cells(g.whole(), 1, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
    double x = g.x_at(static_cast<double>(col) + 0.5);
    double y = g.y_at(static_cast<double>(row) + 0.5);
    from_polar(x, y);
    exact += static_cast<int>(!p.smooth);
    if (!p.smooth) {
      EXPECT_EQ((Point{*p.x, *p.y}), (Point{x, y}));
    }
    EXPECT_NEAR(std::remainder(*p.x - x, 360.0) * std::cos(y / kRadian), 0, 0.05);
    EXPECT_NEAR(*p.y, y, 0.05);
  });
  EXPECT_GT(exact, 256);
}

TEST(Lattice, PointsWithoutAnImageAreNaNAndTheirNeighboursExact) {
  // Beyond 170 degrees east of a sinusoidal source's own limit nothing has an image.
  const Grid g = grid({100, 1}, 100, 90, 110, 100, false);
  const CoordinateLattice lattice(g, points(from_sinusoidal), true);
  int none = 0;
  lattice.visit_cells(g.whole(), 1, [&](std::int64_t col, std::int64_t row, const CellPoints& p) {
    double x = g.x_at(static_cast<double>(col) + 0.5);
    double y = g.y_at(static_cast<double>(row) + 0.5);
    from_sinusoidal(x, y);
    EXPECT_EQ(std::isnan(x), std::isnan(*p.x));
    none += static_cast<int>(std::isnan(x));
  });
  EXPECT_GT(none, 100);
}

TEST(Lattice, AnyWindowAndAnOverlappingGridSeeTheSamePoints) {
  const unsigned seed = 20240517;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 rng(seed);
  const Grid g = grid({100, 1}, -35, 33, 70, 70, false);
  Grid shifted = g;  // 5 columns and 3 rows less in the north-west
  shifted.west += 5;
  shifted.north -= 3;
  shifted.cols -= 5;
  shifted.rows -= 3;
  for (const int k : {1, 8}) {
    const CoordinateLattice lattice(g, points(from_polar), true);
    const CoordinateLattice other(shifted, points(from_polar), true);
    for (int n = 0; n < 10; ++n) {
      Window w = random_window(shifted.whole(), rng);
      w.cols = std::min<std::int64_t>(w.cols, 20);
      w.rows = std::min<std::int64_t>(w.rows, 20);
      const std::vector<Point> there = all_points(other, w, k);
      std::vector<Point> here;
      for (std::int64_t r = 0; r < w.rows; ++r) {
        for (std::int64_t c = 0; c < w.cols; ++c) {  // one cell at a time, in the other grid
          const auto cell = all_points(lattice, {w.col + 5 + c, w.row + 3 + r, 1, 1}, k);
          here.insert(here.end(), cell.begin(), cell.end());
        }
      }
      ASSERT_EQ(here, there);
    }
  }
}

}  // namespace
}  // namespace cnci::engine
