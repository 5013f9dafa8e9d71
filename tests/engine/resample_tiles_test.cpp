// Guarantee 1: a cell's value has the same bits in any tile.
#include "resample_support.h"

namespace cnci::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

struct Case {
  std::string name;
  Grid target;
  SourceGrid source;
  TransformPtr to_source;
  TransformPtr to_target;
  TransformPtr source_to_lonlat;
  TransformPtr target_to_lonlat;
};

std::vector<Case> cases() {
  const TransformPtr same = same_crs();
  const auto albers = points(to_albers);
  const auto lonlat = points(from_albers);
  const Grid province = grid({1, 120}, 12480, 3240, 120, 90);
  const Grid projected = grid({10, 1}, -61, -857, 90, 70, false);
  return {
      {"nested", province, source(103.9, 27.1, 0.1, 14, 12), same, same, same, same},
      {"finer, not nested", province, source(103.95, 27.02, 1 / 290.0, 300, 250), same, same, same,
       same},
      {"coarser, not nested", province, source(103.87, 27.13, 0.07, 30, 20), same, same, same,
       same},
      {"antimeridian, 0..360", grid({1, 2}, 340, 60, 60, 40), source(0, 90, 0.75, 480, 240), same,
       same, same, same},
      {"planet, seam inside cells", grid({2, 1}, -90, 45, 180, 90),
       source(-179.5, 90, 0.75, 480, 240), same, same, same, same},
      {"projected, parallel", projected, source(-630, -8550, 7, 150, 120, false), same, same,
       lonlat, lonlat},
      {"Albers on degrees, coarser", projected, source(95, 50, 0.3, 80, 80), lonlat, albers, same,
       lonlat},
      {"Albers on degrees, finer", projected, source(97, 41, 0.03, 550, 330), lonlat, albers, same,
       lonlat},
      {"degrees on sinusoidal", grid({1, 1}, 150, 60, 30, 50),
       source(13000, 7000, 83, 90, 80, false), points(to_sinusoidal), points(from_sinusoidal),
       points(from_sinusoidal), same},
      {"pole on a planet of degrees", grid({100, 1}, -20, 20, 40, 40, false),
       source(-180, 90, 2, 180, 90), points(from_polar), points(to_polar), same,
       points(from_polar)},
  };
}

constexpr int kWindows = 12;

TEST(TileInvariance, EveryMethodGivesTheSameBitsInAnyWindow) {
  const unsigned seed = 7411;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 rng(seed);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Resampler r(c.target, c.source, c.to_source, 0.5);
    const Field all = random_field({0, 0, c.source.cols, c.source.rows}, rng);
    for (const Method m : {Method::kNear, Method::kBilinear, Method::kAverage}) {
      SCOPED_TRACE(static_cast<int>(m));
      const Window need = r.source_window(c.target.whole(), m);
      const Field whole = r.resample(crop(all, need), c.target.whole(), m);
      EXPECT_GT(std::count(whole.valid.begin(), whole.valid.end(), 1),
                static_cast<std::ptrdiff_t>(whole.valid.size() / 3));
      for (int n = 0; n < kWindows; ++n) {
        const Window w = random_window(c.target.whole(), rng);
        const Field tile = r.resample(crop(all, r.source_window(w, m)), w, m);
        ASSERT_TRUE(same_bits(tile, crop(whole, w)))
            << w.col << " " << w.row << " " << w.cols << " " << w.rows;
      }
    }
  }
}

TEST(TileInvariance, ClassFractionsAreTheSameInAnyWindow) {
  const unsigned seed = 99;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 rng(seed);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Resampler r(c.target, c.source, c.to_source, 0.5);
    const Field all = random_field({0, 0, c.source.cols, c.source.rows}, rng, 6);
    for (const Method m : {Method::kNear, Method::kFraction}) {
      const auto run = [&](const Window& w) {
        return r.resample_classes(crop(all, r.source_window(w, m)), w, m);
      };
      // The fraction of a class as a field; 0 where it has no plane.
      const auto plane = [](const ClassFractions& f, int id) {
        Field out(f.window);
        out.valid = f.valid;
        std::fill(out.value.begin(), out.value.end(), 0.0);
        for (const auto& p : f.planes) {
          if (p.class_id == id) out.value = p.fraction;
        }
        for (std::size_t i = 0; i < f.only_class.size(); ++i) {
          out.value[i] = f.valid[i] != 0 && f.only_class[i] == id ? 1 : 0;
        }
        return out;
      };
      const ClassFractions whole = run(c.target.whole());
      for (std::size_t i = 0; i < whole.valid.size(); ++i) {
        double sum = 0;
        for (const auto& p : whole.planes) sum += p.fraction[i];
        if (!whole.only_class.empty()) sum = whole.valid[i];
        ASSERT_NEAR(sum, whole.valid[i], 1e-14);
      }
      for (int n = 0; n < kWindows; ++n) {
        const Window w = random_window(c.target.whole(), rng);
        const ClassFractions tile = run(w);
        for (int id = 0; id < 6; ++id) {
          ASSERT_TRUE(same_bits(plane(tile, id), crop(plane(whole, id), w))) << id;
        }
      }
    }
  }
}

TEST(TileInvariance, AmountsHaveTheSameBitsInAnyWindowAndNoneIsLost) {
  const unsigned seed = 31337;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 rng(seed);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto area = std::make_shared<CellArea>(c.target, c.target_to_lonlat);
    const Conserver conserver(c.target, c.source, c.to_source, c.to_target, c.source_to_lonlat,
                              area);
    const Window raster{0, 0, c.source.cols, c.source.rows};
    const Field all = random_field(raster, rng);
    Field weights = random_field(c.target.whole(), rng);
    for (std::size_t i = 0; i < weights.value.size(); ++i) {  // half the cells: none
      if (weights.valid[i] != 0 && weights.value[i] < 50) weights.value[i] = 0;
    }
    double amount = 0;
    double outside = 0;
    const std::vector<double> share = conserver.inside_share(raster);
    for (std::size_t i = 0; i < share.size(); ++i) {
      ASSERT_GE(share[i], 0);
      ASSERT_LE(share[i], 1);
      if (all.valid[i] == 0) continue;
      amount += all.value[i];
      outside += all.value[i] * (1 - share[i]);
    }
    for (const bool weighted : {false, true}) {
      SCOPED_TRACE(weighted ? "weighted" : "uniform");
      const auto run = [&](const Window& w) {
        const Window need = conserver.source_window(w);
        if (!weighted) return conserver.distribute(crop(all, need), w, nullptr);
        const Field some = crop(weights, conserver.target_window(need));
        return conserver.distribute(crop(all, need), w, &some);
      };
      const Field whole = run(c.target.whole());
      double inside = 0;
      for (std::size_t i = 0; i < whole.value.size(); ++i) {
        if (whole.valid[i] == 0) continue;
        ASSERT_GE(whole.value[i], 0);
        inside += whole.value[i];
      }
      EXPECT_GT(inside, 0);
      EXPECT_NEAR((inside + outside) / amount, 1, 1e-12);
      for (int n = 0; n < kWindows; ++n) {
        Window w = random_window(c.target.whole(), rng);
        if (n % 3 == 0) w.cols = w.rows = 1;
        ASSERT_TRUE(same_bits(run(w), crop(whole, w)))
            << w.col << " " << w.row << " " << w.cols << " " << w.rows;
      }
    }
  }
}

}  // namespace
}  // namespace cnci::engine
