#include "resample_support.h"

namespace cnci::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

Grid thirty_seconds() { return grid({1, 120}, 8760, 6480, 7440, 4320); }  // 73 E, 54 N

SourceGrid raster(double x0, double y0, double dx, double dy, std::int64_t cols,
                  std::int64_t rows) {
  return {x0, y0, dx, dy, cols, rows, true, false};
}

TEST(Snap, RoundedPixelsOfAGlobalFileBecomeOneTwelfth) {
  // As written by a real file: pixel 0.0833333, its eastern end at 179.999856.
  const SourceGrid s =
      snap(raster(-180, 90, 0.0833333, 0.0833333, 4320, 2160), thirty_seconds(), true);
  EXPECT_EQ(s.dx, 1.0 / 12);
  EXPECT_EQ(s.dy, 1.0 / 12);
  EXPECT_EQ(s.x0, -180);
  EXPECT_EQ(s.y0, 90);
  EXPECT_TRUE(s.wraps);
}

TEST(Snap, GlobeAndPolesDoNotNeedTheGridsCrs) {
  const Grid albers = grid({1000, 1}, -2000, 5000, 4000, 4000, false);
  const SourceGrid s = snap(raster(0.0001, 89.9999, 0.2499998, 0.25, 1440, 720), albers, false);
  EXPECT_EQ(s.dx, 0.25);
  EXPECT_EQ(s.dy, 0.25);
  EXPECT_EQ(s.y0, 90);
  EXPECT_TRUE(s.wraps);
}

TEST(Snap, ThirtySecondFilesWithRoundedPixelsShareTheGridsLattice) {
  const Grid target = thirty_seconds();
  for (const double size : {0.00833333, 0.008333333, 0.0083333333333, 1.0 / 120}) {
    const SourceGrid s = snap(raster(73.00001, 53.99999, size, size, 7440, 4320), target, true);
    EXPECT_EQ(s.dx, 1.0 / 120) << size;
    EXPECT_EQ(s.x0, 73) << size;
    EXPECT_EQ(s.y0, 54) << size;
    const Resampler r(target, s, same_crs(), 0.5);
    EXPECT_EQ(r.fit(), Fit::kSameLattice) << size;
    EXPECT_EQ(r.source_window({7, 9, 5, 3}, Method::kCopy), (Window{7, 9, 5, 3})) << size;
  }
  // The planet in 30": six digits put its end 0.017 pixels off.
  const SourceGrid s = snap(raster(-180, 90, 0.00833333, 0.00833333, 43200, 21600), target, true);
  EXPECT_EQ(s.dx, 1.0 / 120);
  EXPECT_EQ(s.dy, 1.0 / 120);
  EXPECT_TRUE(s.wraps);
  EXPECT_EQ(Resampler(target, s, same_crs(), 0.5).fit(), Fit::kSameLattice);
}

TEST(Snap, CoarserAndFinerFilesLieOnLinesOfTheLattice) {
  const Grid target = thirty_seconds();
  const SourceGrid coarse = snap(raster(73.00002, 54, 0.10000005, 0.1, 620, 360), target, true);
  EXPECT_EQ(coarse.x0, 73);
  EXPECT_EQ(coarse.dx, 0.1);
  // 7.5": lines of a quarter cell, here one pixel east of a cell's edge.
  const SourceGrid fine =
      snap(raster(73 + 1 / 480.0 + 1e-6, 54, 0.002083333, 0.002083333, 4000, 4000), target, true);
  EXPECT_DOUBLE_EQ(fine.dx, 1 / 480.0);
  EXPECT_NEAR(fine.x0, 73 + 1 / 480.0, 1e-13);
}

TEST(Snap, WhatFitsNothingStays) {
  const Grid target = thirty_seconds();
  for (const SourceGrid& s : {raster(73.004, 54, 1 / 120.0, 1 / 120.0, 500, 500),  // half a cell
                              raster(73, 54, 0.0125, 0.0125, 500, 500),            // 1.5 cells
                              raster(73, 54, 0.0084, 0.0084, 500, 500)}) {
    const SourceGrid t = snap(s, target, true);
    EXPECT_EQ(t.x0, s.x0);
    EXPECT_EQ(t.dx, s.dx);
    EXPECT_EQ(t.dy, s.dy);
    EXPECT_FALSE(t.wraps);
  }
  // In another CRS there is no lattice to lie on.
  EXPECT_EQ(snap(raster(73.00001, 54, 0.1, 0.1, 620, 360), target, false).x0, 73.00001);
}

}  // namespace
}  // namespace cnci::engine
