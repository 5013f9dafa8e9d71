// Instruction sets that fuse multiplication and addition give one set of bits, those that do not
// another: over random cells of a fused pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernels/random_tile.h"
#include "tests/kernels/run_pass.h"
#include "tests/kernels/targets.h"
#include "tests/support/sanitizer.h"

namespace cnci::kernels::testing {
namespace {

constexpr std::size_t kCells = sanitizer::kActive ? 400'000 : 10'000'000;
constexpr std::size_t kTile = std::size_t{1} << 15;

struct Job {
  RandomLayers layers;
  Parameters parameters = default_parameters();
};

/// Every path through the kernels that an instruction set could take differently.
std::vector<Job> jobs() {
  std::vector<Job> jobs(4);
  jobs[0].layers = {.shielded_fraction = true};
  jobs[1].layers = {.carbonate_fraction = true, .pco2 = true, .shielding_factor = true};
  jobs[1].parameters.set_text("carbonate.pco2", "raster");
  jobs[1].parameters.set_text("carbonate.freeze", "zero");
  jobs[1].parameters.set_text("nep.cap_rh", "true");
  jobs[1].parameters.set_text("nep.clamp_negative", "true");
  // Energies without a common step; more calcium than the polynomials cover.
  jobs[2].layers = {.runoff = true};
  jobs[2].parameters.set_number("silicate.sa_vb", 55.3217);
  jobs[2].parameters.set_number("carbonate.ks_a", -166);
  jobs[3].layers = {.monthly = true};
  jobs[3].parameters.set_text("runoff.clamp", "monthly");
  jobs[3].parameters.set_text("carbonate.pco2", "constant");
  jobs[3].parameters.set_text("carbonate.gamma", "ideal");
  return jobs;
}

/// Targets of this processor among the two.
std::vector<std::string> usable(std::string_view one, std::string_view other) {
  std::vector<std::string> targets = target_names();
  std::erase_if(targets, [&](const std::string& name) { return name != one && name != other; });
  return targets;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

std::string first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(double)) != 0) {
      return "cell " + std::to_string(i) + ": " + ::testing::PrintToString(a[i]) + " and " +
             ::testing::PrintToString(b[i]);
    }
  }
  return {};
}

/// Compares all outputs of two targets over at least `cells` cells, many of which have a value.
void compare(const std::vector<std::string>& targets, std::size_t cells) {
  const std::vector<Job> all = jobs();
  const std::vector<const Kernel*> kernels = all_kernels();
  const std::vector<std::string> wanted = outputs_of(kernels);
  std::vector<std::size_t> values(wanted.size());
  std::size_t compared = 0;
  for (std::size_t j = 0; j < all.size(); ++j) {
    SCOPED_TRACE("job " + std::to_string(j) + ", seed 20250117");
    RandomTile random(kTile, all[j].layers, 20250117 + j);
    const Pass pass(kernels, all[j].parameters, random.layers(), wanted);
    for (std::size_t done = 0; done < cells / all.size(); done += kTile) {
      random.fill();
      const TileInputs tile = random.inputs();
      std::vector<std::vector<std::vector<double>>> results;
      for (const std::string& target : targets) {
        const UseTarget use(target);
        results.push_back(run_pass(pass, tile, wanted));
      }
      compared += kTile;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        ASSERT_TRUE(same_bits(results[0][i], results[1][i]))
            << wanted[i] << " " << first_difference(results[0][i], results[1][i]);
        values[i] += static_cast<std::size_t>(
            std::count_if(results[0][i].begin(), results[0][i].end(),
                          [](double v) { return !std::isnan(v) && v != 0; }));
      }
    }
  }
  EXPECT_GE(compared, cells);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_GT(values[i], compared / 50) << wanted[i];
  }
}

TEST(Bits, Avx2AndAvx512AreTheSame) {
  const std::vector<std::string> targets = usable("avx2", "avx512");
  if (targets.size() < 2) {
    GTEST_SKIP() << "this processor has no two of avx2 and avx512";
  }
  compare(targets, kCells);
}

TEST(Bits, Sse4AndScalarAreTheSame) {
  const std::vector<std::string> targets = usable("sse4", "scalar");
  if (targets.size() < 2) {
    GTEST_SKIP() << "this processor has no two of sse4 and scalar";
  }
  compare(targets, kCells / 10);
}

}  // namespace
}  // namespace cnci::kernels::testing
