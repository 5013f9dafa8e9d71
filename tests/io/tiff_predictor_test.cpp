#include "io/tiff_predictor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/io/every_target.h"

namespace cnci::io {
namespace {

std::vector<std::byte> random_bytes(std::size_t count, std::mt19937& random) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

template <class T>
void sum_rows(std::vector<std::byte>& bytes, std::size_t row_bytes, std::size_t samples) {
  for (std::size_t row = 0; row < bytes.size(); row += row_bytes) {
    for (std::size_t i = samples * sizeof(T); i < row_bytes; i += sizeof(T)) {
      T left;
      T own;
      std::memcpy(&left, &bytes[row + i - samples * sizeof(T)], sizeof(T));
      std::memcpy(&own, &bytes[row + i], sizeof(T));
      own = static_cast<T>(own + left);
      std::memcpy(&bytes[row + i], &own, sizeof(T));
    }
  }
}

void sum_rows(std::vector<std::byte>& bytes, std::size_t row_bytes, std::size_t sample_bytes,
              std::size_t samples) {
  switch (sample_bytes) {
    case 1:
      return sum_rows<std::uint8_t>(bytes, row_bytes, samples);
    case 2:
      return sum_rows<std::uint16_t>(bytes, row_bytes, samples);
    case 4:
      return sum_rows<std::uint32_t>(bytes, row_bytes, samples);
    default:
      return sum_rows<std::uint64_t>(bytes, row_bytes, samples);
  }
}

/// All numbers of pixels around those of vectors, and pixels of up to 19 samples.
void for_each_shape(const std::function<void(std::size_t cols, std::size_t samples)>& test) {
  for (const std::size_t samples : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 13U, 15U, 16U, 17U, 19U}) {
    for (const std::size_t cols : {1U, 2U, 3U, 5U, 8U, 15U, 16U, 17U, 31U, 33U, 100U}) {
      test(cols, samples);
    }
  }
}

TEST(TiffPredictor, HorizontalIsThePlainSum) {
  std::mt19937 random(3);
  for (const std::size_t size : {1U, 2U, 4U, 8U}) {
    for_each_shape([&](std::size_t cols, std::size_t samples) {
      SCOPED_TRACE(std::to_string(size) + " bytes, " + std::to_string(cols) + " pixels of " +
                   std::to_string(samples));
      const std::size_t row_bytes = cols * samples * size;
      const auto stored = random_bytes(3 * row_bytes, random);
      auto expected = stored;
      sum_rows(expected, row_bytes, size, samples);
      testing::on_every_target([&] {
        // From an odd address.
        std::vector<std::byte> bytes(1);
        bytes.insert(bytes.end(), stored.begin(), stored.end());
        undo_horizontal_predictor({std::span(bytes).subspan(1), row_bytes, size, samples});
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), bytes.begin() + 1));
      });
    });
  }
}

TEST(TiffPredictor, FloatingPointPutsBytesTogether) {
  std::mt19937 random(4);
  std::vector<std::byte> memory;
  for (const std::size_t size : {4U, 8U}) {
    for_each_shape([&](std::size_t cols, std::size_t samples) {
      SCOPED_TRACE(std::to_string(size) + " bytes, " + std::to_string(cols) + " pixels of " +
                   std::to_string(samples));
      const std::size_t count = cols * samples;
      const std::size_t row_bytes = count * size;
      const auto stored = random_bytes(2 * row_bytes, random);
      auto planes = stored;
      sum_rows(planes, row_bytes, 1, samples);
      std::vector<std::byte> expected(stored.size());
      for (std::size_t row = 0; row < 2; ++row) {
        for (std::size_t i = 0; i < count; ++i) {
          for (std::size_t byte = 0; byte < size; ++byte) {
            expected[row * row_bytes + i * size + byte] =
                planes[row * row_bytes + (size - 1 - byte) * count + i];
          }
        }
      }
      testing::on_every_target([&] {
        auto bytes = stored;
        undo_floating_point_predictor({bytes, row_bytes, size, samples}, memory);
        EXPECT_EQ(bytes, expected);
      });
    });
  }
}

TEST(TiffPredictor, SwapReversesEverySample) {
  std::mt19937 random(5);
  for (const std::size_t size : {1U, 2U, 4U, 8U}) {
    for (const std::size_t count : {1U, 7U, 8U, 9U, 40U}) {
      const auto stored = random_bytes(count * size, random);
      std::vector<std::byte> expected;
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t byte = size; byte-- > 0;) expected.push_back(stored[i * size + byte]);
      }
      testing::on_every_target([&] {
        auto bytes = stored;
        swap_sample_bytes({bytes, bytes.size(), size, 1});
        EXPECT_EQ(bytes, expected);
      });
    }
  }
}

}  // namespace
}  // namespace cnci::io
