#include "kernels/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/describe.h"
#include "kernels/lithology.h"

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
      EXPECT_EQ(first.domain.min, input.domain.min) << input.name;
      EXPECT_EQ(first.domain.max, input.domain.max) << input.name;
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

}  // namespace
}  // namespace cnci::kernels::testing
