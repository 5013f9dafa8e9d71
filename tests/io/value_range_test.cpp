#include "io/value_range.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/io/every_target.h"

namespace cnci::io {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();

TEST(ValueRange, OneValidValueOutsideIsSeenWhereverItStands) {
  testing::on_every_target([] {
    for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 31U, 512U, 515U}) {
      std::vector<double> values(count, 3);
      std::vector<std::uint8_t> valid(count, 1);
      const std::vector<double> areas(count, 0.5);
      EXPECT_TRUE(all_within(values, valid, 3, 3));
      EXPECT_TRUE(all_within_per_area(values, areas, valid, 6, 6));
      EXPECT_FALSE(all_within_per_area(values, areas, valid, 0, 5));
      for (std::size_t i = 0; i < count; i += count < 40 ? 1 : 37) {
        for (const double outside : {2.9, 3.1, kNoNumber, kEndless, -kEndless}) {
          values[i] = outside;
          EXPECT_FALSE(all_within(values, valid, 3, 3)) << count << ' ' << i << ' ' << outside;
          EXPECT_FALSE(all_within_per_area(values, areas, valid, 6, 6)) << count << ' ' << i;
          valid[i] = 0;
          EXPECT_TRUE(all_within(values, valid, 3, 3)) << count << ' ' << i << ' ' << outside;
          EXPECT_TRUE(all_within_per_area(values, areas, valid, 6, 6)) << count << ' ' << i;
          valid[i] = 1;
        }
        values[i] = 3;
      }
    }
    EXPECT_TRUE(all_within({}, {}, 0, 1));
  });
}

}  // namespace
}  // namespace cnci::io
