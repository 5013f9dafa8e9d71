#include "kernels/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>

#include "kernels/describe.h"
#include "tests/kernels/tile.h"

namespace cnci::kernels::testing {
namespace {

TEST(Registry, ListsTheKernelsInTheOrderOfComputation) {
  std::vector<std::string_view> names;
  for (const Kernel& kernel : registry()) {
    names.push_back(kernel.name);
    EXPECT_EQ(find_kernel(kernel.name), &kernel);
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"runoff", "carbonate", "silicate", "nep",
                                                  "emissions", "balance", "branch"}));
  EXPECT_EQ(find_kernel("loess"), nullptr);
}

TEST(Registry, ParametersAreUniqueAndTheirDefaultsLieInTheirRanges) {
  const Parameters defaults = default_parameters();
  std::set<std::string_view> keys;
  for (const Kernel& kernel : registry()) {
    for (const Parameter& p : kernel.parameters) {
      EXPECT_TRUE(keys.insert(p.key).second) << p.key;
      EXPECT_EQ(p.key.substr(0, p.key.find('.')), kernel.name) << p.key;
      EXPECT_FALSE(p.about.empty()) << p.key;
      if (p.type != Parameter::Type::kNumber) {
        EXPECT_NE(std::find(p.choices.begin(), p.choices.end(), defaults.text(p.key)),
                  p.choices.end())
            << p.key;
      } else if (p.key == "silicate.cc") {
        EXPECT_FALSE(defaults.has_number(p.key));
      } else {
        EXPECT_GE(defaults.number(p.key), p.min) << p.key;
        EXPECT_LE(defaults.number(p.key), p.max) << p.key;
      }
    }
  }
  EXPECT_GT(keys.size(), 80U);
}

TEST(Registry, KernelsAgreeAboutTheLayersTheyShare) {
  std::map<std::string_view, Input> seen;
  for (const Kernel& kernel : registry()) {
    for (const Input& input : kernel.inputs) {
      const auto [at, added] = seen.emplace(input.name, input);
      const Input& first = at->second;
      EXPECT_EQ(first.unit, input.unit) << input.name;
      EXPECT_EQ(first.min, input.min) << input.name;
      EXPECT_EQ(first.max, input.max) << input.name;
      EXPECT_EQ(first.nature, input.nature) << input.name;
      EXPECT_EQ(first.period, input.period) << input.name;
      EXPECT_EQ(first.carbon, input.carbon) << input.name;
      EXPECT_EQ(first.monthly, input.monthly) << input.name;
      EXPECT_LT(input.min, input.max) << input.name;
    }
  }
}

TEST(Registry, SummedOutputsFitIntoSixtyTwoBitsOfTheirQuantum) {
  std::set<std::string_view> names;
  for (const Kernel& kernel : registry()) {
    for (const Output& output : kernel.outputs) {
      EXPECT_TRUE(names.insert(output.name).second) << output.name;
      const bool summed = output.role == Role::kSink || output.role == Role::kEmission ||
                          output.role == Role::kSupport || output.role == Role::kDiagnostic;
      EXPECT_EQ(output.quantum > 0, summed) << output.name;
      if (summed) {
        EXPECT_LT(output.bound / output.quantum, 0x1p62) << output.name;
        int exponent = 0;
        EXPECT_EQ(std::frexp(output.quantum, &exponent), 0.5) << output.name;
      }
      const bool flux = output.role == Role::kSink || output.role == Role::kEmission ||
                        output.role == Role::kDerived;
      if (flux) {
        EXPECT_EQ(output.unit, "t km-2 year-1") << output.name;
        EXPECT_TRUE(output.long_name.ends_with("expressed as carbon dioxide")) << output.name;
      }
    }
  }
}

TEST(Registry, SupportsNameAnOutputOfTheSameKernel) {
  for (const Kernel& kernel : registry()) {
    for (const Output& output : kernel.outputs) {
      if (output.role == Role::kSupport) {
        EXPECT_TRUE(std::any_of(kernel.outputs.begin(), kernel.outputs.end(), [&](const Output& o) {
          return o.name == output.support_of;
        })) << output.name;
        EXPECT_FALSE(output.area_name.empty());
        EXPECT_FALSE(output.support_flux_name.empty());
      }
    }
  }
}

TEST(Registry, LithologyCodesAndIdsBelongTogether) {
  EXPECT_EQ(lithology_classes().size(), 16U);
  for (const LithologyClass& rock : lithology_classes()) {
    EXPECT_EQ(lithology_id(rock.code), rock.id);
  }
  EXPECT_EQ(lithology_id("sc"), 6);
  EXPECT_EQ(lithology_id("nd"), kLithologyNoData);
  EXPECT_EQ(lithology_id("xx"), 0);
}

TEST(Parameters, UnknownKeysAreNamedInTheError) {
  Parameters parameters;
  parameters.set_number("a.b", 2);
  parameters.set_text("a.c", "true");
  EXPECT_EQ(parameters.number("a.b"), 2);
  EXPECT_TRUE(parameters.flag("a.c"));
  try {
    static_cast<void>(parameters.number("a.typo"));
    FAIL() << "must throw";
  } catch (const std::out_of_range& error) {
    EXPECT_NE(std::string(error.what()).find("a.typo"), std::string::npos);
  }
  EXPECT_THROW(static_cast<void>(parameters.text("a.b")), std::out_of_range);
}

TEST(TileFunctions, RefuseAbsentInputsAndWrongLengths) {
  Tile tile(2);
  tile.set("runoff", {1, 2}).set_lithology({{"sc", {1, 1}}});
  EXPECT_THROW(tile.run("silicate"), std::invalid_argument);
  tile.set("temperature", {15});
  EXPECT_THROW(tile.run("silicate"), std::invalid_argument);
}

TEST(Describe, TellsEverythingThatADeclarationHolds) {
  for (const Kernel& kernel : registry()) {
    const std::string text = describe(kernel);
    for (const Input& input : kernel.inputs) {
      EXPECT_NE(text.find("    " + std::string(input.name) + ":"), std::string::npos);
    }
    for (const Parameter& p : kernel.parameters) {
      EXPECT_NE(text.find(std::string(p.key) + " = "), std::string::npos) << p.key;
    }
    for (const Output& output : kernel.outputs) {
      EXPECT_NE(text.find(std::string(output.name) + " ["), std::string::npos) << output.name;
    }
    EXPECT_NE(text.find("sources"), std::string::npos);
  }
  const std::string carbonate = describe(*find_kernel("carbonate"));
  EXPECT_NE(carbonate.find("carbonate.brook_base = -3.47  [-6 to 0]"), std::string::npos);
  EXPECT_NE(carbonate.find("[brook | constant | raster]"), std::string::npos);
  EXPECT_NE(describe(*find_kernel("silicate")).find("silicate.cc = (see below)"),
            std::string::npos);
}

/// Random cells with gaps, all kernels in their order.
struct RandomTile {
  RandomTile(std::size_t cells, unsigned seed) {
    std::mt19937 random(seed);
    const auto column = [&](double low, double high) {
      std::uniform_real_distribution<double> value(low, high);
      std::vector<double> values(cells);
      for (double& v : values) {
        v = value(random);
        if (value(random) < low + 0.1 * (high - low)) {
          v = kNaN;
        }
      }
      return values;
    };
    columns = {{"precipitation", column(0, 2500)}, {"evapotranspiration", column(0, 1200)},
               {"temperature", column(-30, 35)},   {"shielded_fraction", column(0, 1)},
               {"npp", column(-100, 2000)},        {"soc", column(0, 100)},
               {"emissions", column(0, 5000)}};
    std::uniform_int_distribution<std::size_t> pick(0, kCodes.size() - 1);
    for (std::size_t i = 0; i < cells; ++i) {
      rock.push_back(pick(random));
    }
  }

  /// Cells [first, first + count) as a tile of their own.
  [[nodiscard]] std::map<std::string, std::vector<double>> run(std::size_t first,
                                                               std::size_t count) const {
    Tile part(count);
    for (const auto& [name, values] : columns) {
      part.set(name, {values.begin() + static_cast<std::ptrdiff_t>(first),
                      values.begin() + static_cast<std::ptrdiff_t>(first + count)});
    }
    std::map<std::string, std::vector<double>> planes;
    for (std::size_t i = 0; i < count; ++i) {
      auto& plane = planes[kCodes[rock[first + i]]];
      plane.resize(count);
      plane[i] = 1;
    }
    part.set_lithology(planes);
    std::map<std::string, std::vector<double>> all;
    for (const Kernel& kernel : registry()) {
      all.merge(part.run(std::string(kernel.name)));
    }
    return all;
  }

  inline static const std::vector<std::string> kCodes{"su", "vb", "sm", "sc", "wb", "pa", "nd"};
  std::map<std::string, std::vector<double>> columns;
  std::vector<std::size_t> rock;
};

TEST(TileFunctions, ACellDoesNotDependOnTheLengthOfItsTile) {
  const unsigned seed = 4711;
  SCOPED_TRACE("seed " + std::to_string(seed));
  const std::size_t cells = 130;
  const RandomTile random(cells, seed);
  const auto whole = random.run(0, cells);
  for (std::size_t length = 1; length <= cells; ++length) {
    const std::size_t first = cells - length;
    for (const auto& [name, values] : random.run(first, length)) {
      for (std::size_t i = 0; i < length; ++i) {
        const double expected = whole.at(name)[first + i];
        EXPECT_TRUE(values[i] == expected || (std::isnan(values[i]) && std::isnan(expected)))
            << name << " length " << length << " cell " << i;
      }
    }
  }
}

TEST(TileFunctions, ATileOfMissingCellsStaysMissing) {
  Tile tile(3);
  for (const std::string name : {"precipitation", "evapotranspiration", "temperature", "npp", "soc",
                                 "emissions", "shielding_factor"}) {
    tile.set(name, {kNaN, kNaN, kNaN});
  }
  tile.set_lithology({}, {0, 0, 0});
  for (const Kernel& kernel : registry()) {
    for (const auto& [name, values] : tile.run(std::string(kernel.name))) {
      const double expected = name == "branch" ? kLithologyNoData : kNaN;
      expect_column(values, {expected, expected, expected});
    }
  }
}

TEST(TileFunctions, AnEmptyTileIsFine) {
  Tile tile(0);
  tile.set("runoff", {}).set("temperature", {}).set_lithology({});
  EXPECT_TRUE(tile.run("silicate").at("scsf").empty());
}

}  // namespace
}  // namespace cnci::kernels::testing
