#include "jobs/chunk_planes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cnci::jobs {
namespace {

using engine::Window;

/// Stores the number of every cell, in blocks of `block`, and reads the chunks back.
void check(const Window& tile, const io::ChunkShape& shape, std::size_t block) {
  SCOPED_TRACE(testing::Message() << tile.cols << " x " << tile.rows << " in chunks of "
                                  << shape.cols << " x " << shape.rows << ", " << block);
  ChunkPlanes planes(tile, shape, 2);
  const std::size_t cells = tile.cells();
  for (std::size_t first = 0; first < cells; first += block) {
    const std::size_t count = std::min(block, cells - first);
    if (first / block % 3 == 1) {
      planes.set_missing(first, count);
      continue;
    }
    std::size_t next = 0;
    planes.visit_pieces(first, count, [&](std::size_t cell, std::size_t length, std::size_t place) {
      EXPECT_EQ(cell, next);
      next += length;
      for (std::size_t i = 0; i < length; ++i) {
        planes.plane(0)[place + i] = static_cast<float>(first + cell + i);
        planes.plane(1)[place + i] = -static_cast<float>(first + cell + i);
      }
    });
    EXPECT_EQ(next, count);
  }
  std::size_t seen = 0;
  for (std::size_t number = 0; number < planes.chunks(); ++number) {
    const auto row0 = static_cast<std::int64_t>(number / planes.chunks_across()) * shape.rows;
    const auto col0 = static_cast<std::int64_t>(number % planes.chunks_across()) * shape.cols;
    for (std::int64_t r = 0; r < shape.rows; ++r) {
      for (std::int64_t c = 0; c < shape.cols; ++c) {
        const float value = planes.chunk(0, number)[static_cast<std::size_t>(r * shape.cols + c)];
        const float other = planes.chunk(1, number)[static_cast<std::size_t>(r * shape.cols + c)];
        const bool inside = row0 + r < tile.rows && col0 + c < tile.cols;
        const auto cell = static_cast<std::size_t>((row0 + r) * tile.cols + col0 + c);
        if (!inside || cell / block % 3 == 1) {
          EXPECT_TRUE(std::isnan(value) && std::isnan(other));
          continue;
        }
        EXPECT_EQ(value, static_cast<float>(cell));
        EXPECT_EQ(other, -static_cast<float>(cell));
        ++seen;
      }
    }
  }
  EXPECT_GT(seen, 0U);
}

TEST(ChunkPlanes, HoldEveryCellInItsChunk) {
  for (const std::size_t block : {1U, 7U, 16U, 1024U}) {
    check({0, 0, 16, 16}, {.rows = 16, .cols = 16}, block);
    check({16, 32, 16, 16}, {.rows = 8, .cols = 8}, block);
    check({16, 32, 16, 16}, {.rows = 4, .cols = 16}, block);
    check({16, 32, 13, 9}, {.rows = 8, .cols = 8}, block);
    check({0, 0, 5, 3}, {.rows = 8, .cols = 8}, block);
  }
}

}  // namespace
}  // namespace cnci::jobs
