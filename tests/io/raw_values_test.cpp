#include "io/raw_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "engine/field.h"
#include "io/layer.h"
#include "tests/io/every_target.h"

namespace cnci::io {
namespace {

TEST(RawValues, AreTheSameBitsOnEveryInstructionSet) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::mt19937 random(6);
  std::uniform_real_distribution<double> any(-20, 20);
  for (const std::size_t count : {1U, 2U, 3U, 7U, 8U, 9U, 1023U, 1025U, 2100U}) {
    std::vector<double> raw(count);
    for (double& value : raw) {
      const std::uint32_t kind = random() % 8;
      value = kind == 0   ? -9
              : kind == 1 ? 1e300
              : kind == 2 ? kInfinity
              : kind == 3 ? -std::numeric_limits<double>::signaling_NaN()
                          : any(random);
    }
    std::vector<double> expected;
    std::vector<std::uint8_t> expected_valid;
    for (const double value : raw) {
      const bool valid = std::abs(value) < kInfinity && value != -9 && !(value >= 3 && value <= 4);
      expected_valid.push_back(valid ? 1 : 0);
      expected.push_back(valid ? (value * 0.1 + 0.7) * 3 - 2 : engine::kMissing);
    }
    const RawValues values(GDT_Float64, {{0.1, 0.7}, {3, -2}}, {{-9, -9}, {3, 4}});
    testing::on_every_target([&] {
      std::vector<double> value(count);
      std::vector<std::uint8_t> valid(count, 9);
      values.decode(reinterpret_cast<const std::byte*>(raw.data()), 1, value, valid);
      EXPECT_EQ(valid, expected_valid);
      EXPECT_EQ(std::memcmp(value.data(), expected.data(), count * sizeof(double)), 0);

      std::vector<double> sum(count, 0.1);
      std::vector<std::uint8_t> both(count, 1);
      both[count / 2] = 0;
      sum[count / 2] = engine::kMissing;
      values.add(reinterpret_cast<const std::byte*>(raw.data()), 1, sum, both);
      for (std::size_t i = 0; i < count; ++i) {
        const bool is_valid = i != count / 2 && expected_valid[i] != 0;
        ASSERT_EQ(both[i], is_valid ? 1 : 0) << i;
        const double wanted = is_valid ? 0.1 + expected[i] : engine::kMissing;
        ASSERT_EQ(std::memcmp(&sum[i], &wanted, sizeof(double)), 0) << i;
      }
    });
  }
}

TEST(RawValues, EveryTypeIsWidenedAndSamplesAreSkipped) {
  const std::vector<double> numbers{0, 1, 2, 100, 200};
  for (const GDALDataType type : {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Int32,
                                  GDT_UInt64, GDT_Int64, GDT_Float32, GDT_Float64}) {
    SCOPED_TRACE(GDALGetDataTypeName(type));
    std::vector<std::uint64_t> memory(15);
    const int size = GDALGetDataTypeSizeBytes(type);
    GDALCopyWords(numbers.data(), GDT_Float64, 8, memory.data(), type, 3 * size, 5);
    std::vector<double> value(5);
    std::vector<std::uint8_t> valid(5);
    RawValues(type, {{1, 0}}, {{100, 100}})
        .decode(reinterpret_cast<const std::byte*>(memory.data()), 3, value, valid);
    EXPECT_EQ(valid, (std::vector<std::uint8_t>{1, 1, 1, 0, 1}));
    EXPECT_EQ(value[1], 1);
    EXPECT_EQ(value[4], 200);
  }
}

TEST(RawValues, CodesOfBytesComeToTheSameAsCodesOfAnyNumbers) {
  LayerSpec spec;
  spec.quantity.kind = Kind::kClass;
  spec.legend = {{1, 11}, {2, 12}, {7, 13}, {255, 14}};
  spec.missing_classes = {13};
  const CodeTable codes(spec);
  std::vector<std::byte> raw;
  for (int i = 0; i < 512; ++i) raw.push_back(static_cast<std::byte>(i * 5));
  const std::vector<NodataRange> nodata{{9, 20}};
  for (const std::size_t stride : {1U, 2U}) {
    const std::size_t count = raw.size() / stride;
    engine::Field slow = engine::Field::unfilled({0, 0, static_cast<std::int64_t>(count), 1});
    engine::Field fast = slow;
    const RawValues plain(GDT_Byte, {{1, 0}}, nodata);
    EXPECT_FALSE(plain.replaces_codes());
    plain.decode(raw.data(), stride, slow.value, slow.valid);
    std::set<double> unknown;
    codes.apply(slow, unknown);
    RawValues coded(GDT_Byte, {{1, 0}}, nodata);
    std::set<double> found;
    coded.replace_codes(codes, found);
    EXPECT_TRUE(coded.replaces_codes());
    coded.decode(raw.data(), stride, fast.value, fast.valid);
    EXPECT_EQ(found, unknown);
    EXPECT_TRUE(found.contains(0) && !found.contains(9) && !found.contains(7));
    EXPECT_EQ(std::memcmp(fast.value.data(), slow.value.data(), count * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(fast.valid.data(), slow.valid.data(), count), 0);
  }
  RawValues wide(GDT_UInt16, {{1, 0}}, {});
  std::set<double> none;
  wide.replace_codes(codes, none);
  EXPECT_FALSE(wide.replaces_codes());
}

}  // namespace
}  // namespace cnci::io
