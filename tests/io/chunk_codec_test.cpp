#include "io/chunk_codec.h"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <random>
#include <string>

#include "engine/error.h"
#include "io/float_bits.h"
#include "io/hdf5_handles.h"

namespace cnci::io {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

std::vector<float> smooth_field(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = i % 17 == 0 ? kNan : 30.0F + std::sin(static_cast<float>(i) / 50.0F);
  }
  return values;
}

std::vector<float> noise(std::size_t count) {
  std::mt19937 random(11);
  std::vector<float> values(count);
  for (float& value : values) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return bits(x) == bits(y); });
}

TEST(ChunkCodec, GivesBackEveryBitAtEveryLevelAndLength) {
  for (int level = 1; level <= 9; ++level) {
    for (const std::size_t count : {1U, 2U, 3U, 63U, 64U, 65U, 1000U, 512U * 512U}) {
      const auto smooth = smooth_field(count);
      EXPECT_TRUE(same_bits(decode_chunk(encode_chunk(smooth, level), count), smooth))
          << "level " << level << ", " << count << " values";
    }
  }
}

TEST(ChunkCodec, HoldsNoiseThatDoesNotCompress) {
  const auto values = noise(512 * 512);
  for (const int level : {1, 6}) {
    const auto bytes = encode_chunk(values, level);
    EXPECT_LT(bytes.size(), values.size() * 4 + 1024);
    EXPECT_TRUE(same_bits(decode_chunk(bytes, values.size()), values));
  }
}

TEST(ChunkCodec, SmallsASmoothFieldAndGivesTheSameBytesTwice) {
  auto values = smooth_field(512 * 512);
  round_mantissas(values, 16);
  const auto bytes = encode_chunk(values, 1);
  EXPECT_LT(bytes.size(), values.size() * 2);
  EXPECT_EQ(bytes, encode_chunk(values, 1));
}

TEST(ChunkCodec, AChunksBytesDoNotDependOnThoseBeforeIt) {
  auto smooth = smooth_field(64 * 512);
  round_mantissas(smooth, 16);
  auto shifted = smooth;
  std::rotate(shifted.begin(), shifted.begin() + 1000, shifted.end());
  for (const int level : {1, 6}) {
    ChunkEncoder encoder(level);
    for (const auto& before : {noise(512 * 512), shifted, smooth, noise(10)}) {
      (void)encoder.encode(before);
      EXPECT_EQ(encoder.encode(smooth), encode_chunk(smooth, level)) << level;
    }
  }
}

TEST(ChunkCodec, NoticesDamageAndWrongLength) {
  const auto values = smooth_field(1000);
  const auto bytes = encode_chunk(values, 1);
  EXPECT_THROW((void)decode_chunk(bytes, 999), engine::Error);
  EXPECT_THROW((void)decode_chunk(bytes, 1001), engine::Error);
  auto shorter = bytes;
  shorter.pop_back();
  EXPECT_THROW((void)decode_chunk(shorter, 1000), engine::Error);
  auto longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_THROW((void)decode_chunk(longer, 1000), engine::Error);
  // The last four bytes are the Adler-32 checksum of the values.
  auto flipped = bytes;
  flipped.back() ^= std::byte{1};
  EXPECT_THROW((void)decode_chunk(flipped, 1000), engine::Error);
}

TEST(ChunkCodec, RefusesImpossibleLevelsAndEmptyChunks) {
  const std::vector<float> one{1.0F};
  EXPECT_THROW((void)ChunkEncoder(0), engine::Error);
  EXPECT_THROW((void)encode_chunk(one, 0), engine::Error);
  EXPECT_THROW((void)encode_chunk(one, 10), engine::Error);
  EXPECT_THROW((void)encode_chunk({}, 1), engine::Error);
}

class ChunkInHdf5 : public ::testing::TestWithParam<int> {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_ = (std::filesystem::temp_directory_path() /
                       ("cnci_codec_" + std::to_string(::getpid()) + ".h5"))
                          .string();
};

/// A file with one dataset of 6 x 10 floats, shuffled and deflated, in one chunk.
h5::Handle one_chunk_dataset(const h5::Handle& file, const std::string& path) {
  const std::array<hsize_t, 2> extent{6, 10};
  const h5::Handle space(H5Screate_simple(2, extent.data(), nullptr), H5Sclose);
  const h5::Handle properties = h5::dataset_properties(path);
  H5Pset_chunk(properties.get(), 2, extent.data());
  H5Pset_shuffle(properties.get());
  H5Pset_deflate(properties.get(), 4);
  return {H5Dcreate2(file.get(), "v", H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, properties.get(),
                     H5P_DEFAULT),
          H5Dclose};
}

TEST_P(ChunkInHdf5, IsWhatHdf5sOwnFiltersRead) {
  const auto values = smooth_field(60);
  const h5::Handle file = h5::create_file(path_);
  const h5::Handle dataset = one_chunk_dataset(file, path_);
  const auto bytes = encode_chunk(values, GetParam());
  const std::array<hsize_t, 2> corner{0, 0};
  ASSERT_GE(
      H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, corner.data(), bytes.size(), bytes.data()), 0);
  std::vector<float> back(60);
  ASSERT_GE(H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, back.data()),
            0);
  EXPECT_TRUE(same_bits(back, values));
}

TEST_P(ChunkInHdf5, IsReadFromWhatHdf5sOwnFiltersWrite) {
  const auto values = smooth_field(60);
  const h5::Handle file = h5::create_file(path_);
  const h5::Handle dataset = one_chunk_dataset(file, path_);
  ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            0);
  ASSERT_GE(H5Dflush(dataset.get()), 0);
  const std::array<hsize_t, 2> corner{0, 0};
  hsize_t size = 0;
  ASSERT_GE(H5Dget_chunk_storage_size(dataset.get(), corner.data(), &size), 0);
  std::vector<std::byte> bytes(size);
  std::uint32_t mask = 0;
  ASSERT_GE(H5Dread_chunk(dataset.get(), H5P_DEFAULT, corner.data(), &mask, bytes.data()), 0);
  EXPECT_TRUE(same_bits(decode_chunk(bytes, 60), values));
}

INSTANTIATE_TEST_SUITE_P(Levels, ChunkInHdf5, ::testing::Values(1, 2, 6, 9));

}  // namespace
}  // namespace cnci::io
