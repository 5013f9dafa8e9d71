#include "jobs/zoned_parts.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/cells.h"

namespace cnci::jobs {
namespace {

using engine::Window;

/// A zone from column 1.5 to 6 and row 1 to 4.25.
engine::ZoneIndex one_zone() {
  engine::ZoneShape shape;
  shape.rings = {{engine::to_fixed(1.5, 1), engine::to_fixed(6, 1), engine::to_fixed(6, 4.25),
                  engine::to_fixed(1.5, 4.25)}};
  return engine::ZoneIndex({shape});
}

std::vector<double> expected(const Window& window) {
  std::vector<double> parts;
  for (std::int64_t row = window.row; row < window.row_end(); ++row) {
    for (std::int64_t col = window.col; col < window.col_end(); ++col) {
      const double width = col == 1 ? 0.5 : col >= 2 && col < 6 ? 1 : 0;
      const double height = row >= 1 && row < 4 ? 1 : row == 4 ? 0.25 : 0;
      parts.push_back(width * height);
    }
  }
  return parts;
}

TEST(ZonedParts, AreThoseOfTheWindowWhateverWasAskedBefore) {
  const engine::ZoneIndex zones = one_zone();
  const io::CoverageCache coverage(zones);
  ZonedParts parts(coverage);
  for (const Window& window :
       {Window{0, 0, 8, 6}, Window{1, 3, 4, 2}, Window{0, 0, 8, 6}, Window{5, 4, 6, 3},
        Window{6, 5, 2, 1}, Window{-2, 0, 5, 6}, Window{-1, 1, 3, 4}, Window{4, 1, 3, 4}}) {
    const auto field = parts.over(window);
    EXPECT_EQ(field->window.intersect(window), window);
    EXPECT_EQ(field->value, expected(field->window)) << window.col << ' ' << window.row;
    EXPECT_EQ(field->valid, std::vector<std::uint8_t>(field->value.size(), 1));
  }
}

TEST(ZonedParts, TheCoverageOfATileIsThatOfItsWindowAlone) {
  const engine::ZoneIndex zones = one_zone();
  engine::Grid grid;
  grid.cols = 12;
  grid.rows = 9;
  const io::CoverageCache coverage("/nowhere", zones, grid, 6);
  const Window around{-1, -1, 9, 8};
  for (const Window& window : {Window{0, 0, 6, 6}, Window{2, 1, 3, 3}, Window{6, 5, 2, 2}}) {
    ZonedParts parts(coverage);
    const engine::Coverage part = parts.coverage(window, around).coverage;
    const engine::Coverage whole = engine::cover(zones, window);
    EXPECT_EQ(part.window, window);
    EXPECT_EQ(part.covered(), whole.covered());
    EXPECT_EQ(part.shares, whole.shares);
    EXPECT_EQ(part.runs.size(), whole.runs.size());
    EXPECT_EQ(part.mixed.size(), whole.mixed.size());
    EXPECT_EQ(parts.over(around)->window, around);
  }
}

}  // namespace
}  // namespace cnci::jobs
