#include "kernels/simd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

TEST(Simd, TargetsAreListedFromTheBestToScalarWhicheverIsInUse) {
  const std::vector<std::string_view> order{"avx512", "avx2", "sse4", "scalar"};
  const std::vector<std::string_view> targets = simd_targets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(targets.back(), "scalar");
  std::vector<std::size_t> places;
  for (const std::string_view target : targets) {
    const auto place = std::find(order.begin(), order.end(), target);
    ASSERT_NE(place, order.end()) << target;
    places.push_back(static_cast<std::size_t>(place - order.begin()));
  }
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
  EXPECT_EQ(std::adjacent_find(places.begin(), places.end()), places.end());
  for_each_target([&](std::string_view) { EXPECT_EQ(simd_targets(), targets); });
}

TEST(Simd, TheBestIsUsedUntilAnotherIsAskedFor) {
  EXPECT_EQ(simd_target(), simd_targets().front());
  for (const std::string_view target : simd_targets()) {
    const UseTarget use(target);
    EXPECT_EQ(simd_target(), target);
  }
  EXPECT_EQ(simd_target(), simd_targets().front());
}

TEST(Simd, AnUnknownTargetIsAnErrorThatListsTheKnownOnes) {
  for (const std::string name : {"avx1024", "", "AVX2", "avx"}) {
    SCOPED_TRACE(name);
    try {
      use_simd_target(name);
      FAIL() << "must throw";
    } catch (const std::invalid_argument& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("target " + name + " "), std::string::npos) << text;
      for (const std::string_view target : simd_targets()) {
        EXPECT_NE(text.find(target), std::string::npos) << text;
      }
    }
    EXPECT_EQ(simd_target(), simd_targets().front());
  }
}

TEST(Simd, TargetsThatFuseAreAClassOfTheirOwn) {
  const std::map<std::string_view, bool> fuses{
      {"avx512", true}, {"avx2", true}, {"sse4", false}, {"scalar", false}};
  for_each_target(
      [&](std::string_view target) { EXPECT_EQ(simd_target_fuses(), fuses.at(target)) << target; });
}

/// Shielding 1 - 0.9 f takes one rounding where it is fused and two where it is not.
TEST(Simd, WhatIsInUseIsWhatComputes) {
  std::map<bool, std::vector<double>> flux_by_class;
  for_each_target([&](std::string_view) {
    Tile tile(100);
    std::vector<double> shielded;
    for (int i = 0; i < 100; ++i) shielded.push_back(i / 101.0);
    tile.set("runoff", std::vector<double>(100, 1))
        .set("temperature", std::vector<double>(100, 11));
    tile.set("shielded_fraction", shielded).set_lithology({{"vb", std::vector<double>(100, 1)}});
    const std::vector<double> flux = tile.run("silicate").at("scsf");
    EXPECT_EQ(flux_by_class.emplace(simd_target_fuses(), flux).first->second, flux);
  });
  if (flux_by_class.size() == 2) {
    EXPECT_NE(flux_by_class.at(true), flux_by_class.at(false));
  }
}

}  // namespace
}  // namespace cnci::kernels::testing
