#include "engine/resample.h"

#include "engine/error.h"
#include "resample_support.h"

namespace cnci::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

/// A projected grid of cols x rows unit cells whose north-west corner is (0, 0).
Grid unit_grid(std::int64_t cols, std::int64_t rows) {
  return grid({1, 1}, 0, 0, cols, rows, false);
}

/// Resamples a whole raster (rows of values) onto the whole grid.
std::string resampled(const Grid& target, const SourceGrid& s, const std::vector<double>& values,
                      Method method, double min_valid = 0.5,
                      const TransformPtr& transform = same_crs()) {
  const Resampler r(target, s, transform, min_valid);
  const Field whole = field({0, 0, s.cols, s.rows}, values);
  const Field part = crop(whole, r.source_window(target.whole(), method));
  return text(r.resample(part, target.whole(), method));
}

// --- the methods, by eye

TEST(Resample, CopyTakesThePixelOfTheSameLattice) {
  // The source begins one column west and one row north of the grid.
  const SourceGrid s = source(-1, 1, 1, 4, 3, false);
  EXPECT_EQ(resampled(unit_grid(3, 2), s, {1, 2, 3, 4, 5, 6, 7, kX, 9, 10, 11, 12}, Method::kCopy),
            "6 7 x / 10 11 12");
}

TEST(Resample, CellsBeyondTheRasterAreMissing) {
  const SourceGrid s = source(1, -1, 1, 2, 1, false);
  for (const Method m : {Method::kCopy, Method::kNear, Method::kBilinear, Method::kAverage}) {
    EXPECT_EQ(resampled(unit_grid(4, 3), s, {1, 2}, m), "x x x x / x 1 2 x / x x x x");
  }
}

TEST(Resample, NearTakesThePixelThatHoldsTheCentre) {
  EXPECT_EQ(resampled(unit_grid(4, 2), source(0, 0, 2, 2, 1, false), {1, kX}, Method::kNear),
            "1 1 x x / 1 1 x x");
}

TEST(Resample, NearOnAPixelEdgeTakesTheEasternAndSouthernPixel) {
  EXPECT_EQ(resampled(unit_grid(1, 1), source(0, 0, 0.5, 2, 2, false), {1, 2, 3, 4}, Method::kNear),
            "4");
}

TEST(Resample, BilinearInterpolatesBetweenCentresAndHoldsTheEdge) {
  // Centres of the pixels at x = 1, 3; of the cells at 0.5, 1.5, 2.5, 3.5.
  EXPECT_EQ(
      resampled(unit_grid(4, 4), source(0, 0, 2, 2, 2, false), {0, 4, 8, 12}, Method::kBilinear),
      "0 1 3 4 / 2 3 5 6 / 6 7 9 10 / 8 9 11 12");
}

TEST(Resample, BilinearDoesNotExtrapolateBeyondTheRaster) {
  EXPECT_EQ(resampled(unit_grid(6, 1), source(1, 0, 2, 2, 1, false), {0, 4}, Method::kBilinear),
            "x 0 1 3 4 x");
}

TEST(Resample, BilinearIsMissingWhereTheNearestIsAndElseRenormalised) {
  // The missing pixel's four cells are missing. Weights of the four pixels in sixteenths: second
  // row, second column (9 * 0 + 3 * 8 + 1 * 12) / 13; third row (3 * 0 + 9 * 8 + 3 * 12) / 15 and
  // (1 * 0 + 3 * 8 + 9 * 12) / 13.
  EXPECT_EQ(
      resampled(unit_grid(4, 4), source(0, 0, 2, 2, 2, false), {0, kX, 8, 12}, Method::kBilinear),
      "0 0 x x / 2 2.76923077 x x / 6 7.2 10.1538462 12 / 8 9 11 12");
}

TEST(Resample, AverageIsTheMeanOverOverlaps) {
  EXPECT_EQ(
      resampled(unit_grid(1, 1), source(0, 0, 0.5, 2, 2, false), {1, 2, 3, 6}, Method::kAverage),
      "3");
  // Pixels of 2/3 cell: the middle one is split between the cells.
  EXPECT_EQ(resampled(unit_grid(2, 1), source(0, 0, 2.0 / 3, 3, 2, false), {3, 6, 9, 3, 6, 9},
                      Method::kAverage),
            "4 8");
}

TEST(Resample, AverageNeedsMinValidOfTheWeight) {
  const SourceGrid s = source(0, 0, 0.5, 4, 2, false);
  const std::vector<double> values{1, kX, kX, kX, kX, 3, kX, 8};
  EXPECT_EQ(resampled(unit_grid(2, 1), s, values, Method::kAverage, 0.5), "2 x");
  EXPECT_EQ(resampled(unit_grid(2, 1), s, values, Method::kAverage, 0.25), "2 8");
  EXPECT_EQ(resampled(unit_grid(2, 1), s, values, Method::kAverage, 0.51), "x x");
  EXPECT_EQ(resampled(unit_grid(2, 1), s, {1, 1, kX, kX, 1, 1, kX, kX}, Method::kAverage, 0),
            "1 x");
}

TEST(Resample, WeightOutsideTheRasterCountsAsNotValid) {
  // One of four quarters of the cell lies in the raster.
  const SourceGrid s = source(0.5, -0.5, 0.5, 1, 1, false);
  EXPECT_EQ(resampled(unit_grid(1, 1), s, {7}, Method::kAverage, 0.5), "x");
  EXPECT_EQ(resampled(unit_grid(1, 1), s, {7}, Method::kAverage, 0.25), "7");
}

TEST(Resample, AverageOfAConstantIsThatConstant) {
  const double third = 1.0 / 3;
  const Grid target = grid({1, 10}, 1000, 600, 4, 4);
  const SourceGrid s = source(100, 60, 1.0 / 70, 28, 28);
  const Resampler r(target, s, same_crs(), 0.5);
  Field whole({0, 0, 28, 28});
  std::fill(whole.value.begin(), whole.value.end(), third);
  std::fill(whole.valid.begin(), whole.valid.end(), std::uint8_t{1});
  const Field out = r.resample(whole, target.whole(), Method::kAverage);
  for (std::size_t i = 0; i < out.value.size(); ++i) EXPECT_EQ(out.value[i], third);
}

TEST(Resample, GeographicAverageWeighsByEllipsoidalArea) {
  // One cell from the equator to 60 north over two pixels of 30 degrees.
  const Grid target = grid({60, 1}, 0, 1, 1, 1);
  const SourceGrid s = source(0, 60, 30, 2, 2);
  const Resampler r(target, s, same_crs(), 0.5);
  const Field out = r.resample(field({0, 0, 2, 2}, {1, 1, 0, 0}), target.whole(), Method::kAverage);
  const double north = ellipsoid_area_km2(30, 60, 30);
  const double south = ellipsoid_area_km2(0, 30, 30);
  EXPECT_NEAR(out.value[0], north / (north + south), 1e-14);
  EXPECT_LT(out.value[0], 0.43);
}

// --- classes

TEST(Resample, FractionsAreAreasOfClasses) {
  const Grid target = unit_grid(2, 1);
  const SourceGrid s = source(0, 0, 0.5, 4, 2, false);
  const Resampler r(target, s, same_crs(), 0.5);
  const ClassFractions f = r.resample_classes(field({0, 0, 4, 2}, {5, 5, kX, 9, 5, 2, kX, 9}),
                                              target.whole(), Method::kFraction);
  ASSERT_EQ(f.planes.size(), 3U);
  EXPECT_EQ(f.planes[0].class_id, 2);
  EXPECT_THAT(f.planes[0].fraction, ::testing::ElementsAre(0.25, 0));
  EXPECT_EQ(f.planes[1].class_id, 5);
  EXPECT_THAT(f.planes[1].fraction, ::testing::ElementsAre(0.75, 0));
  EXPECT_EQ(f.planes[2].class_id, 9);
  EXPECT_THAT(f.planes[2].fraction, ::testing::ElementsAre(0, 1));
  EXPECT_THAT(f.valid, ::testing::ElementsAre(1, 1));
}

TEST(Resample, ClassesBelowMinValidAreMissingAndLeaveNoPlane) {
  const Grid target = unit_grid(1, 1);
  const Resampler r(target, source(0, 0, 0.5, 2, 2, false), same_crs(), 0.5);
  const ClassFractions f =
      r.resample_classes(field({0, 0, 2, 2}, {kX, kX, kX, 4}), target.whole(), Method::kFraction);
  EXPECT_TRUE(f.planes.empty());
  EXPECT_THAT(f.valid, ::testing::ElementsAre(0));
}

TEST(Resample, NearClassesAreWhole) {
  const Grid target = unit_grid(4, 1);
  const Resampler r(target, source(0, 0, 2, 2, 1, false), same_crs(), 0.5);
  const ClassFractions f =
      r.resample_classes(field({0, 0, 2, 1}, {7, 3}), target.whole(), Method::kNear);
  EXPECT_TRUE(f.planes.empty());
  EXPECT_THAT(f.only_class, ::testing::ElementsAre(7, 7, 3, 3));
  EXPECT_THAT(f.valid, ::testing::ElementsAre(1, 1, 1, 1));
}

// --- longitudes

TEST(Resample, LongitudesOf0To360FilesServeWesternGrids) {
  // Grid 180 W .. 180 E, file 0 .. 360, pixels and cells of 90 degrees.
  const Grid target = grid({90, 1}, -2, 1, 4, 2);
  const SourceGrid s = source(0, 90, 90, 4, 2);
  for (const Method m : {Method::kCopy, Method::kNear, Method::kAverage, Method::kBilinear}) {
    EXPECT_EQ(resampled(target, s, {1, 2, 3, 4, 5, 6, 7, 8}, m), "3 4 1 2 / 7 8 5 6");
  }
}

TEST(Resample, GridsAcrossTheAntimeridianReadBothEnds) {
  const Grid target = grid({90, 1}, 1, 1, 2, 2);  // 90 E .. 270 E
  EXPECT_EQ(resampled(target, source(-180, 90, 90, 4, 2), {1, 2, 3, 4, 5, 6, 7, 8}, Method::kNear),
            "4 1 / 8 5");
  // A file that ends short of the antimeridian does not wrap.
  EXPECT_EQ(resampled(target, source(-180, 90, 90, 3, 2), {1, 2, 3, 5, 6, 7}, Method::kAverage),
            "x 1 / x 5");
}

TEST(Resample, WrappingBilinearInterpolatesAcrossTheSeam) {
  // Pixels of 90 degrees with centres at -135, -45, 45, 135; cells of 45 degrees at 157.5, 202.5.
  const Grid target = grid({45, 1}, 3, 1, 2, 1);
  const SourceGrid s = source(-180, 90, 90, 4, 2);
  EXPECT_EQ(resampled(target, s, {0, 9, 9, 8, 0, 9, 9, 8}, Method::kBilinear), "6 2");
}

TEST(Resample, WrappingAverageTakesBothSidesOfTheSeam) {
  // One cell -90 .. 90 on a file 0 .. 360.
  const Grid target = grid({180, 1}, -1, 1, 2, 1);
  Grid half = target;
  half.origin_x = 90;  // cells 90 W .. 90 E and 90 E .. 270 E
  half.origin_y = -90;
  const SourceGrid s = source(0, 90, 90, 4, 2);
  EXPECT_EQ(resampled(half, s, {1, 2, 3, 5, 1, 2, 3, 5}, Method::kAverage), "3 2.5");
}

TEST(Resample, WindowsOfAWrappingSourceAreTheShortWayRound) {
  const SourceGrid s = source(-180, 90, 1, 360, 180);
  const Resampler r(grid({1, 2}, 350, 20, 20, 20), s, same_crs(), 0.5);  // 175 E .. 185 E
  const Window w = r.source_window({0, 0, 20, 20}, Method::kAverage);
  EXPECT_EQ(w, (Window{355, 80, 10, 10}));
  EXPECT_EQ(r.source_window({0, 0, 20, 20}, Method::kBilinear), (Window{354, 79, 12, 12}));
}

TEST(Resample, NoOverlapIsAnEmptyWindowAndAllMissing) {
  const Grid target = unit_grid(2, 2);
  const Resampler r(target, source(10, 0, 1, 2, 2, false), same_crs(), 0.5);
  for (const Method m : {Method::kNear, Method::kBilinear, Method::kAverage}) {
    const Window w = r.source_window(target.whole(), m);
    EXPECT_TRUE(w.empty());
    EXPECT_EQ(text(r.resample(Field(w), target.whole(), m)), "x x / x x");
  }
}

// --- fit and ratio

TEST(Resample, FitTellsLatticesApart) {
  const Grid target = grid({1, 120}, 12000, 4000, 100, 100);
  const double x0 = 100;
  const double y0 = 4000 / 120.0;
  const auto fit = [&](double x, double dx) {
    return Resampler(target, source(x, y0, dx, 100, 100), same_crs(), 0.5).fit();
  };
  EXPECT_EQ(fit(x0, 1 / 120.0), Fit::kSameLattice);
  EXPECT_EQ(fit(x0 - 360, 1 / 120.0), Fit::kSameLattice);
  EXPECT_EQ(fit(x0 + 0.5 / 120, 1 / 120.0), Fit::kCoarser);  // shifted by half a cell: bilinear
  EXPECT_EQ(fit(x0, 1 / 240.0), Fit::kFiner);
  EXPECT_EQ(fit(x0, 0.1), Fit::kCoarser);
}

TEST(Resample, RatioThroughATransformIsMeasuredInTheOverlap) {
  // Cells of 1 km on pixels of 0.1 degree near 36 N: 11.1 km x 9.0 km.
  const Grid target = grid({1, 1}, -200, -8570, 400, 400, false);
  const Resampler r(target, source(70, 60, 0.1, 700, 600), points(from_albers), 0.5);
  EXPECT_EQ(r.fit(), Fit::kCoarser);
  EXPECT_NEAR(r.ratio(), 10, 0.5);
}

// --- bad use

TEST(Resample, RefusesWhatItCannotDo) {
  const Grid target = unit_grid(2, 2);
  const SourceGrid coarse = source(0, 0, 2, 1, 1, false);
  const Resampler r(target, coarse, same_crs(), 0.5);
  const Field one = field({0, 0, 1, 1}, {1});
  EXPECT_THROW(static_cast<void>(r.resample(one, target.whole(), Method::kCopy)), Error);
  EXPECT_THROW(static_cast<void>(r.resample(one, target.whole(), Method::kConserve)), Error);
  EXPECT_THROW(static_cast<void>(r.resample(one, {1, 1, 2, 2}, Method::kNear)), Error);
  EXPECT_THROW(static_cast<void>(r.resample(Field({5, 5, 1, 1}), {0, 0, 1, 1}, Method::kNear)),
               Error);
  EXPECT_THROW(Resampler(target, source(0, 90, 1, 361, 180), same_crs(), 0.5), Error);
  EXPECT_THROW(Resampler(target, coarse, same_crs(), 1.5), Error);
}

}  // namespace
}  // namespace cnci::engine
