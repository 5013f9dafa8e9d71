#include "engine/conserve.h"

#include "engine/error.h"
#include "resample_support.h"

namespace cnci::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

Conserver geographic(const Grid& target, const SourceGrid& s) {
  return {target,     s,          same_crs(),
          same_crs(), same_crs(), std::make_shared<CellArea>(target, same_crs())};
}

/// Cells of 0.01 degree north of the equator, so small that their rows have equal areas to 1e-7.
Grid near_equator(std::int64_t cols, std::int64_t rows) {
  return grid({1, 100}, 0, rows, cols, rows);
}

std::string rounded(const Field& f) {
  Field out = f;
  for (double& v : out.value) v = std::round(v * 1e4) / 1e4;
  return text(out);
}

double total(const Field& f) {
  double sum = 0;
  for (std::size_t i = 0; i < f.value.size(); ++i) sum += f.valid[i] != 0 ? f.value[i] : 0;
  return sum;
}

// --- shares, by eye

TEST(Conserve, APixelIsSharedByOverlap) {
  const Grid target = near_equator(4, 2);
  const Conserver c = geographic(target, source(0, 0.02, 0.02, 2, 1));
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 2, 1}, {8, 4}), target.whole(), nullptr)),
            "2 2 1 1 / 2 2 1 1");
}

TEST(Conserve, APixelThatIsNotNestedGivesByArea) {
  // One pixel 1.5 cells wide from 0.25 to 1.75: a half each to two columns.
  const Grid target = near_equator(2, 1);
  const Conserver c = geographic(target, {0.0025, 0.01, 0.015, 0.01, 1, 1, true, false});
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 1, 1}, {6}), target.whole(), nullptr)), "3 3");
}

TEST(Conserve, SmallPixelsAddUp) {
  const Grid target = near_equator(2, 1);
  const Conserver c = geographic(target, source(0, 0.01, 0.005, 4, 2));
  EXPECT_EQ(
      rounded(c.distribute(field({0, 0, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), target.whole(), nullptr)),
      "14 22");
}

TEST(Conserve, ACellIsValidWhereAnyValidPixelTouchesIt) {
  const Grid target = near_equator(3, 1);
  const Conserver c = geographic(target, source(0, 0.01, 0.005, 6, 2));
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 6, 2}, {kX, kX, kX, 0, 0, 0, kX, kX, 5, kX, 0, 0}),
                                 target.whole(), nullptr)),
            "x 5 0");
}

TEST(Conserve, ThePartOutsideTheGridIsNotInside) {
  // The pixel's western half lies outside, the second pixel wholly.
  const Grid target = near_equator(1, 1);
  const Conserver c = geographic(target, {-0.01, 0.01, 0.02, 0.01, 2, 1, true, false});
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 2, 1}, {8, 100}), target.whole(), nullptr)), "4");
  EXPECT_THAT(c.inside_share({0, 0, 2, 1}), ::testing::ElementsAre(0.5, 0));
}

// --- weights

TEST(Conserve, WeightsShareAPixelAmongItsCells) {
  const Grid target = near_equator(2, 2);
  const Conserver c = geographic(target, source(0, 0.02, 0.02, 1, 1));
  const Field amount = field({0, 0, 1, 1}, {12});
  Field w = field(target.whole(), {1, 2, 0, 3});
  EXPECT_EQ(rounded(c.distribute(amount, target.whole(), &w)), "2 4 / 0 6");
  w = field(target.whole(), {kX, 2, kX, 2});  // missing counts as 0
  EXPECT_EQ(rounded(c.distribute(amount, target.whole(), &w)), "0 6 / 0 6");
}

TEST(Conserve, WithoutAnyWeightAPixelIsSharedUniformly) {
  const Grid target = near_equator(4, 2);
  const Conserver c = geographic(target, source(0, 0.02, 0.02, 2, 1));
  const Field w = field(target.whole(), {0, 0, 1, 0, 0, 0, 0, 0});
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 2, 1}, {8, 4}), target.whole(), &w)),
            "2 2 4 0 / 2 2 0 0");
}

TEST(Conserve, ACutPixelKeepsItsOutsideShareWhateverTheWeights) {
  const Grid target = near_equator(2, 1);  // a pixel of four columns, two of them outside
  const Conserver c = geographic(target, {-0.02, 0.01, 0.04, 0.01, 1, 1, true, false});
  const Field w = field(target.whole(), {1, 3});
  EXPECT_EQ(rounded(c.distribute(field({0, 0, 1, 1}, {8}), target.whole(), &w)), "1 3");
}

TEST(Conserve, WeightsOutsideTheTileCount) {
  const Grid target = near_equator(2, 1);
  const Conserver one_row = geographic(target, {0, 0.01, 0.02, 0.01, 1, 1, true, false});
  const Field w = field(target.whole(), {1, 3});
  EXPECT_EQ(one_row.target_window(one_row.source_window({0, 0, 1, 1})), target.whole());
  EXPECT_EQ(rounded(one_row.distribute(field({0, 0, 1, 1}, {8}), {0, 0, 1, 1}, &w)), "2");
  const Field too_few = field({0, 0, 1, 1}, {1});
  EXPECT_THROW(
      static_cast<void>(one_row.distribute(field({0, 0, 1, 1}, {8}), {0, 0, 1, 1}, &too_few)),
      Error);
}

// --- inventories

TEST(Conserve, AnInventoryOf01DegreeOn30SecondsKeepsItsFlux) {
  const Grid target = grid({1, 120}, 12480, 3240, 48, 36);  // 104 E, 27 N
  const SourceGrid s = snap({103.9, 27.1, 0.1, 0.1, 6, 5, true, false}, target, true);
  const Conserver c = geographic(target, s);
  Field amount({0, 0, 6, 5});
  for (std::size_t i = 0; i < 30; ++i) {
    amount.value[i] = 1000.0 + 37 * static_cast<double>(i);
    amount.valid[i] = 1;
  }
  const std::vector<double> pixel_km2 = c.source_areas_km2(amount.window);
  const Field out =
      c.distribute(crop(amount, c.source_window(target.whole())), target.whole(), nullptr);
  const std::vector<double> cell_km2 = CellArea(target, same_crs()).areas_km2(target.whole());
  for (std::int64_t row = 0; row < 36; ++row) {
    for (std::int64_t col = 0; col < 48; ++col) {
      const std::size_t cell = out.index(col, row);
      const std::size_t pixel = amount.index(1 + col / 12, 1 + row / 12);
      const double flux = amount.value[pixel] / pixel_km2[pixel];
      ASSERT_NEAR(out.value[cell] / cell_km2[cell] / flux, 1, 1e-12) << col << " " << row;
    }
  }
}

TEST(Conserve, APlanetFrom0To360LosesNothing) {
  const Grid target = grid({1, 1}, -180, 90, 360, 180);
  const SourceGrid s = source(-0.375, 90, 0.75, 480, 240);  // its seam lies inside a cell
  const Conserver c = geographic(target, s);
  std::mt19937 rng(5);
  const Field amount = random_field({0, 0, 480, 240}, rng);
  EXPECT_NEAR(total(c.distribute(amount, target.whole(), nullptr)) / total(amount), 1, 1e-13);
  for (const double share : c.inside_share(amount.window)) ASSERT_EQ(share, 1);
}

TEST(Conserve, RowsBeyondThePoleHaveNoArea) {
  // Pixels centred on the poles: half of the first and last row is not on the globe.
  const Grid target = grid({1, 1}, -180, 90, 360, 180);
  const SourceGrid s{-180, 90.5, 1, 1, 360, 181, true, true};
  const Conserver c = geographic(target, s);
  std::mt19937 rng(6);
  const Field amount = random_field({0, 0, 360, 181}, rng);
  EXPECT_NEAR(total(c.distribute(amount, target.whole(), nullptr)) / total(amount), 1, 1e-13);
}

// --- through a transform

class AlbersConserve : public ::testing::Test {
 protected:
  Conserver conserver(const SourceGrid& s) const {
    return {
        target_,           s,          points(from_albers),
        points(to_albers), same_crs(), std::make_shared<CellArea>(target_, points(from_albers))};
  }
  Grid target_ = grid({10, 1}, -61, -857, 40, 30, false);
};

TEST_F(AlbersConserve, AUniformFluxStaysUniform) {
  const SourceGrid s = source(90, 50, 0.5, 60, 60);
  const Conserver c = conserver(s);
  Field amount({0, 0, 60, 60});
  const std::vector<double> areas = c.source_areas_km2(amount.window);
  amount.value.assign(areas.begin(), areas.end());  // 1 per km2
  std::fill(amount.valid.begin(), amount.valid.end(), std::uint8_t{1});
  const Field out =
      c.distribute(crop(amount, c.source_window(target_.whole())), target_.whole(), nullptr);
  const std::vector<double> km2 = CellArea(target_, points(from_albers)).areas_km2(target_.whole());
  for (std::size_t i = 0; i < out.value.size(); ++i) ASSERT_NEAR(out.value[i] / km2[i], 1, 0.02);
}

TEST_F(AlbersConserve, DenominatorsHoldEveryCellOfTheGrid) {
  // Each pixel by itself: the cells of target_window(pixel) get all of it that lies inside.
  const SourceGrid s = source(95, 45, 0.7, 40, 40);
  const Conserver c = conserver(s);
  const Window raster{0, 0, 40, 40};
  const std::vector<double> share = c.inside_share(raster);
  int inside = 0;
  for (std::int64_t r = 0; r < 40; ++r) {
    for (std::int64_t col = 0; col < 40; ++col) {
      Field amount(raster);
      amount.value[amount.index(col, r)] = 1;
      amount.valid[amount.index(col, r)] = 1;
      const double expected = share[amount.index(col, r)];
      inside += static_cast<int>(expected == 1);
      const Window cells = c.target_window({col, r, 1, 1});
      const double found =
          cells.empty() ? 0
                        : total(c.distribute(crop(amount, c.source_window(cells)), cells, nullptr));
      ASSERT_NEAR(found, expected, 1e-12) << col << " " << r;
    }
  }
  EXPECT_GT(inside, 3);
}

TEST_F(AlbersConserve, PixelsThatNoSubPointMeetsAreNotLost) {
  // Pixels of about 0.3 km, a quarter of the distance between sub-points.
  const SourceGrid s = source(100, 36, 0.003, 100, 100);
  const Conserver c = conserver(s);
  std::mt19937 rng(8);
  const Field amount = random_field({0, 0, 100, 100}, rng);
  for (const double share : c.inside_share(amount.window)) ASSERT_EQ(share, 1);
  const Field out =
      c.distribute(crop(amount, c.source_window(target_.whole())), target_.whole(), nullptr);
  EXPECT_NEAR(total(out) / total(amount), 1, 1e-12);
}

/// Counts the points that go through it.
class CountedTransform final : public CoordinateTransform {
 public:
  CountedTransform(std::shared_ptr<const CoordinateTransform> transform, std::size_t& points)
      : transform_(std::move(transform)), points_(points) {}
  void apply(std::span<double> x, std::span<double> y) const override {
    points_ += x.size();
    transform_->apply(x, y);
  }
  [[nodiscard]] bool identity() const override { return transform_->identity(); }

 private:
  std::shared_ptr<const CoordinateTransform> transform_;
  std::size_t& points_;
};

TEST_F(AlbersConserve, OfAnInventoryOfThePlanetOnlyPixelsNearTheGridAreLookedAt) {
  for (const double west : {-180.0, 0.0, -260.0, 105.0}) {  // 105: the raster's edge cuts the grid
    const SourceGrid s{west, 90, 0.5, 0.5, 720, 360, true, true};
    std::size_t looked_at = 0;
    const Conserver c{target_,
                      s,
                      points(from_albers),
                      std::make_shared<CountedTransform>(points(to_albers), looked_at),
                      same_crs(),
                      std::make_shared<CellArea>(target_, points(from_albers))};
    std::vector<double> share;
    for (std::int64_t row = 0; row < 360; row += 90) {  // in strips, as the mass is summed
      const std::vector<double> part = c.inside_share({0, row, 720, 90});
      share.insert(share.end(), part.begin(), part.end());
    }
    EXPECT_LT(looked_at, share.size() / 4) << west;
    // The same as of a raster that is little larger than the grid.
    const SourceGrid near = source(90, 50, 0.5, 60, 60);
    const std::vector<double> expected = conserver(near).inside_share({0, 0, 60, 60});
    double inside = 0;
    for (std::int64_t row = 0; row < 360; ++row) {
      for (std::int64_t col = 0; col < 720; ++col) {
        const double longitude = std::remainder(west + 0.5 * static_cast<double>(col), 360);
        const auto near_col = static_cast<std::int64_t>(std::llround((longitude - 90) * 2));
        const std::int64_t near_row = row - 80;
        const bool is_near = near_col >= 0 && near_col < 60 && near_row >= 0 && near_row < 60;
        ASSERT_NEAR(share[static_cast<std::size_t>(row * 720 + col)],
                    is_near ? expected[static_cast<std::size_t>(near_row * 60 + near_col)] : 0,
                    1e-9)
            << west << ": " << col << " " << row;
        inside += is_near ? 1 : 0;
      }
    }
    EXPECT_EQ(inside, 3600);
  }
}

TEST_F(AlbersConserve, CutPixelsAreMeasuredByTheirTrueArea) {
  const SourceGrid s = source(90, 50, 0.5, 60, 60);
  const Conserver c = conserver(s);
  const Window raster{0, 0, 60, 60};
  const std::vector<double> share = c.inside_share(raster);
  const std::vector<double> km2 = c.source_areas_km2(raster);
  double inside_km2 = 0;
  for (std::size_t i = 0; i < share.size(); ++i) inside_km2 += share[i] * km2[i];
  double grid_km2 = 0;
  for (const double a : CellArea(target_, points(from_albers)).areas_km2(target_.whole())) {
    grid_km2 += a;
  }
  EXPECT_NEAR(inside_km2 / grid_km2, 1, 2e-3);
}

}  // namespace
}  // namespace cnci::engine
