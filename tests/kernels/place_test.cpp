// A cell's values follow from its inputs alone, whatever stands beside it and wherever it stands,
// and are those of the plain formulas, missing where those are.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/kernels/against_plain.h"
#include "tests/kernels/random_tile.h"
#include "tests/kernels/run_pass.h"
#include "tests/kernels/targets.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

class Place : public OnTarget {
 protected:
  Place() : kernels_(all_kernels()), wanted_(outputs_of(kernels_)) {}

  [[nodiscard]] Pass pass(const RandomTile& random) const {
    return {kernels_, default_parameters(), random.layers(), wanted_};
  }

  /// Columns of a part of the tile equal those of the whole, bit by bit.
  void expect_part(const std::vector<std::vector<double>>& part,
                   const std::vector<std::vector<double>>& whole, std::size_t first) const {
    for (std::size_t column = 0; column < part.size(); ++column) {
      EXPECT_EQ(0, std::memcmp(part[column].data(), &whole[column][first],
                               part[column].size() * sizeof(double)))
          << wanted_[column];
    }
  }

  std::vector<const Kernel*> kernels_;
  std::vector<std::string> wanted_;
};
CNCI_ON_EVERY_TARGET(Place);

constexpr std::uint64_t kSeed = 20250118;
constexpr std::size_t kLongest = 130;
constexpr std::size_t kOffsets = 8;
const RandomLayers kMixed{.carbonate_fraction = false, .shielded_fraction = true};
const RandomLayers kRescaled{.carbonate_fraction = true, .shielding_factor = true};

TEST_P(Place, DoesNotMatterInATileOfAnyLengthAndAlignment) {
  for (const RandomLayers& layers : {kMixed, kRescaled}) {
    const RandomTile random(kLongest + kOffsets, layers, kSeed);
    const Pass pass = this->pass(random);
    const auto whole = run_pass(pass, random.inputs(), wanted_);
    for (std::size_t length = 1; length <= kLongest; ++length) {
      for (std::size_t offset = 0; offset < kOffsets; ++offset) {
        SCOPED_TRACE("seed " + std::to_string(kSeed) + ", length " + std::to_string(length) +
                     ", offset " + std::to_string(offset));
        expect_part(run_pass(pass, random.inputs(offset, length), wanted_), whole, offset);
      }
    }
  }
}

TEST_P(Place, DoesNotMatterInBlocksOfAnyLength) {
  const RandomTile random(2 * kBlockCells + 77, kMixed, kSeed);
  const Pass pass = this->pass(random);
  const TileInputs tile = random.inputs();
  const auto whole = run_pass(pass, tile, wanted_);
  for (const std::size_t step : {1, 3, 7, 8, 9, 100, 127, 1000, 1023}) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", blocks of " + std::to_string(step));
    expect_part(run_pass(pass, tile, wanted_, step), whole, 0);
  }
}

TEST_P(Place, DoesNotMatterWhereABlockWasUsedBefore) {
  // What a block held before, longer and with other classes, leaves no trace.
  const RandomTile random(kBlockCells + kLongest, kMixed, kSeed);
  const Pass pass = this->pass(random);
  const Pass::Sources sources = pass.attach(random.inputs());
  Block block = pass.block();
  for (std::size_t first : {0, 5, 64, 129}) {
    pass.compute(sources, 0, kBlockCells, block);
    pass.compute(sources, first, 1, block);
    Block fresh = pass.block();
    pass.compute(sources, first, 1, fresh);
    for (const std::string& name : wanted_) {
      EXPECT_EQ(0, std::memcmp(block[pass.slot(name)], fresh[pass.slot(name)], sizeof(double)))
          << name << " cell " << first;
    }
  }
}

TEST_P(Place, OfRubbishIsMissingAndOfTheRestIsThePlainFormula) {
  std::vector<std::pair<RandomLayers, Parameters>> jobs(5, {{}, default_parameters()});
  jobs[0].first = kMixed;
  jobs[1].first = kRescaled;
  jobs[1].first.pco2 = true;
  jobs[1].second.set_text("carbonate.pco2", "raster");
  jobs[2].first.monthly = true;
  jobs[2].second.set_text("runoff.clamp", "monthly");
  jobs[2].second.set_text("nep.cap_rh", "true");
  jobs[2].second.set_text("carbonate.freeze", "zero");
  jobs[3].first.runoff = true;
  jobs[3].second.set_number("silicate.sa_vb", 55.3217);
  jobs[3].second.set_text("nep.clamp_negative", "true");
  jobs[4].first = {.lithology = false, .carbonate_fraction = true};
  jobs[4].second.set_text("carbonate.pco2", "constant");
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    SCOPED_TRACE("job " + std::to_string(j) + ", seed " + std::to_string(kSeed));
    const RandomLayers& layers = jobs[j].first;
    const Parameters& parameters = jobs[j].second;
    const RandomTile random(4000, layers, kSeed + j);
    const TileInputs tile = random.inputs();
    std::vector<const Kernel*> kernels = kernels_;
    std::erase_if(kernels, [&](const Kernel* kernel) {
      return !layers.lithology && kernel->name == "silicate";
    });
    const std::vector<std::string> wanted = outputs_of(kernels);
    const Pass pass(kernels, parameters, random.layers(), wanted);
    Worst().compare(true_cells(parameters, random.layers(), tile), wanted,
                    run_pass(pass, tile, wanted));
  }
}

TEST_P(Place, OneCellIsEnough) {
  Tile tile(1);
  tile.set("precipitation", {1266}).set("evapotranspiration", {667}).set("temperature", {15.2});
  tile.set_lithology({{"sc", {1}}});
  tile.run("runoff");
  expect_column(tile.run("carbonate").at("ccsf"), {48.19174915});
}

TEST_P(Place, ATileOfMissingCellsStaysMissing) {
  for (const std::size_t cells : {1, 3, 8, 1030}) {
    Tile tile(cells);
    const std::vector<double> missing(cells, kNaN);
    for (const std::string name : {"precipitation", "evapotranspiration", "temperature", "npp",
                                   "soc", "emissions", "shielding_factor"}) {
      tile.set(name, missing);
    }
    tile.set_lithology({}, std::vector<std::uint8_t>(cells, 0));
    for (const Kernel& kernel : registry()) {
      for (const auto& [name, values] : tile.run(std::string(kernel.name))) {
        expect_column(values,
                      name == "branch" ? std::vector<double>(cells, kLithologyNoData) : missing);
      }
    }
  }
}

TEST_P(Place, AnEmptyTileIsFine) {
  Tile tile(0);
  tile.set("runoff", {}).set("temperature", {}).set_lithology({});
  EXPECT_TRUE(tile.run("silicate").at("scsf").empty());
}

}  // namespace
}  // namespace cnci::kernels::testing
