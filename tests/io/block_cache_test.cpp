#include "io/block_cache.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "io/raster.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

BlockCache::BlockPtr block_of(std::size_t bytes) { return std::make_shared<DecodedBlock>(bytes); }

TEST(BlockCache, GivesBackWhatWasPutThere) {
  BlockCache cache(100);
  const auto file = cache.open_file("a");
  EXPECT_NE(file, cache.open_file("b"));
  EXPECT_EQ(cache.find({file, 1, 0}), nullptr);
  const auto block = block_of(10);
  EXPECT_EQ(cache.insert({file, 1, 0}, block), block);
  EXPECT_EQ(cache.find({file, 1, 0}), block);
  for (const BlockCache::Key& other :
       {BlockCache::Key{file + 1, 1, 0}, {file, 2, 0}, {file, 1, 1}}) {
    EXPECT_EQ(cache.find(other), nullptr);
  }
  EXPECT_EQ(cache.bytes(), 10U);
}

TEST(BlockCache, DropsThoseUsedLongestAgo) {
  BlockCache cache(30);
  for (std::int64_t i = 0; i < 3; ++i) cache.insert({0, 1, i}, block_of(10));
  EXPECT_NE(cache.find({0, 1, 0}), nullptr);
  cache.insert({0, 1, 3}, block_of(10));
  EXPECT_EQ(cache.bytes(), 30U);
  EXPECT_NE(cache.find({0, 1, 0}), nullptr);
  EXPECT_EQ(cache.find({0, 1, 1}), nullptr);
  EXPECT_NE(cache.find({0, 1, 2}), nullptr);
}

TEST(BlockCache, KeepsTheLastOneHoweverLarge) {
  BlockCache cache(30);
  cache.insert({0, 1, 0}, block_of(10));
  cache.insert({0, 1, 1}, block_of(1000));
  EXPECT_EQ(cache.find({0, 1, 0}), nullptr);
  EXPECT_NE(cache.find({0, 1, 1}), nullptr);
  cache.insert({0, 1, 2}, block_of(10));
  EXPECT_EQ(cache.find({0, 1, 1}), nullptr);
  EXPECT_EQ(cache.bytes(), 10U);
}

TEST(BlockCache, TheFirstOfTwoStays) {
  BlockCache cache(30);
  const auto first = cache.insert({0, 1, 0}, block_of(10));
  EXPECT_EQ(cache.insert({0, 1, 0}, block_of(10)), first);
  EXPECT_EQ(cache.bytes(), 10U);
}

TEST(BlockCache, WhatIsHeldOutlivesIt) {
  BlockCache cache(10);
  const auto block = std::make_shared<DecodedBlock>(10);
  block->bytes()[9] = std::byte{7};
  const auto held = cache.insert({0, 1, 0}, block);
  cache.insert({0, 1, 1}, block_of(10));
  EXPECT_EQ(cache.find({0, 1, 0}), nullptr);
  EXPECT_EQ(held->bytes()[9], std::byte{7});
}

TEST(BlockCache, ForgetsAFileThatAllHaveClosedAndNoOther) {
  BlockCache cache(100);
  for (const char* name : {"a", "b", "c", "b"}) EXPECT_LT(cache.open_file(name), 3U);
  for (std::uint64_t file = 0; file < 3; ++file) {
    for (const int band : {0, 1, 7}) {
      cache.insert({file, band, 0}, block_of(1));
      cache.insert({file, band, 5}, block_of(1));
    }
  }
  cache.close_file(1);
  EXPECT_EQ(cache.bytes(), 18U);
  cache.close_file(1);
  EXPECT_EQ(cache.bytes(), 12U);
  EXPECT_EQ(cache.find({1, 7, 5}), nullptr);
  EXPECT_NE(cache.find({0, 7, 5}), nullptr);
  EXPECT_NE(cache.find({2, 0, 0}), nullptr);
  // Whoever opens it later finds nothing of what it held.
  EXPECT_EQ(cache.open_file("b"), 3U);
}

TEST(BlockCache, KeepsMoreWhereItIsAllowedMore) {
  BlockCache cache(10);
  cache.raise_most_bytes(30);
  cache.raise_most_bytes(20);
  for (std::int64_t i = 0; i < 4; ++i) cache.insert({0, 1, i}, block_of(10));
  EXPECT_EQ(cache.bytes(), 30U);
}

TEST(BlockCache, MayBeUsedByThreads) {
  BlockCache cache(50);
  const auto work = [&cache] {
    auto own = cache.open_file("same");
    for (std::int64_t i = 0; i < 2000; ++i) {
      const BlockCache::Key key{i % 3 == 0 ? own : 1000, 1, i % 11};
      if (cache.find(key) == nullptr) cache.insert(key, block_of(10));
      if (i % 100 != 0) continue;
      cache.close_file(own);
      own = cache.open_file(i % 200 == 0 ? "same" : "other");
    }
    cache.close_file(own);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.bytes(), 50U);
}

TEST(SharedCache, HoldsBlocksOfFilesWhileTheyAreOpen) {
  const testing::TemporaryFolder folder;
  testing::TestRaster raster;
  raster.cols = raster.rows = 32;
  raster.bands = {std::vector<double>(1024, 1), std::vector<double>(1024, 2)};
  raster.creation = {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE",
                     "INTERLEAVE=BAND"};
  const std::string a = write_tiff(folder.path("a.tif"), raster);
  raster.bands = {std::vector<double>(1024, 3), std::vector<double>(1024, 4)};
  raster.creation.back() = "INTERLEAVE=PIXEL";
  const std::string b = write_tiff(folder.path("b.tif"), raster);
  const auto cache = std::make_shared<BlockCache>(1 << 20);
  constexpr std::size_t kTile = 16 * 16 * sizeof(double);
  {
    const Raster first(a, {}, cache);
    const Raster second(b, {}, cache);
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(first.read(1, {0, 0, 16, 16}, {}).value[0], 1);
      EXPECT_EQ(first.read(2, {0, 0, 16, 16}, {}).value[0], 2);
      EXPECT_EQ(second.read(1, {10, 0, 16, 16}, {}).value[0], 3);
      EXPECT_EQ(second.read(2, {10, 0, 16, 16}, {}).value[0], 4);
    }
    // Two blocks of one band each, two of both bands.
    EXPECT_EQ(cache->bytes(), 2 * kTile + 2 * 2 * kTile);
  }
  EXPECT_EQ(cache->bytes(), 0U);
}

}  // namespace
}  // namespace cnci::io
