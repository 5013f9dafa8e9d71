#include "io/tile_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Error;

const StoreIdentity kIdentity{
    .result_hash = "a1b2c3", .layout_hash = "512-512", .description_json = R"({"years": "2019"})"};

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> out;
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
  return out;
}

StoredTile sample_tile(std::uint32_t tile) {
  StoredTile out;
  out.tile = tile;
  out.chunks = {
      {.variable = 0, .year = 0, .chunk_row = 3, .chunk_col = 40, .bytes = bytes_of("abc")},
      {.variable = 1, .year = 0, .chunk_row = 3, .chunk_col = 40, .bytes = bytes_of("")},
      {.variable = 2,
       .year = 1,
       .chunk_row = 4,
       .chunk_col = 41,
       .bytes = bytes_of(std::string(5000, 'x'))}};
  out.sums = bytes_of("exact sums of the zones");
  out.timings_json = R"({"read_s": 0.125})";
  return out;
}

void expect_equal(const StoredTile& a, const StoredTile& b) {
  EXPECT_EQ(a.tile, b.tile);
  EXPECT_EQ(a.sums, b.sums);
  EXPECT_EQ(a.timings_json, b.timings_json);
  ASSERT_EQ(a.chunks.size(), b.chunks.size());
  for (std::size_t i = 0; i < a.chunks.size(); ++i) {
    EXPECT_EQ(a.chunks[i].variable, b.chunks[i].variable);
    EXPECT_EQ(a.chunks[i].year, b.chunks[i].year);
    EXPECT_EQ(a.chunks[i].chunk_row, b.chunks[i].chunk_row);
    EXPECT_EQ(a.chunks[i].chunk_col, b.chunks[i].chunk_col);
    EXPECT_EQ(a.chunks[i].bytes, b.chunks[i].bytes);
  }
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_content(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
}

class TileStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static std::atomic<int> count{0};
    folder_ = (fs::temp_directory_path() /
               ("cnci_store_" + std::to_string(::getpid()) + "_" + std::to_string(count++)))
                  .string();
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::string folder_;
};

TEST_F(TileStoreTest, GivesBackWhatWasWritten) {
  const TileStore store(folder_, kIdentity);
  store.write(sample_tile(7));
  expect_equal(store.read(7), sample_tile(7));
  EXPECT_TRUE(store.contains(7));
  EXPECT_FALSE(store.contains(8));
}

TEST_F(TileStoreTest, HoldsATileWithoutChunksSumsOrTimings) {
  const TileStore store(folder_, kIdentity);
  StoredTile empty;
  empty.tile = 4000000000U;
  store.write(empty);
  expect_equal(store.read(empty.tile), empty);
  EXPECT_EQ(store.scan().valid, std::vector<std::uint32_t>{4000000000U});
}

TEST_F(TileStoreTest, WritesTheSameBytesForTheSameTile) {
  const TileStore store(folder_, kIdentity);
  store.write(sample_tile(1));
  const std::string first = content(store.tile_path(1));
  ::sleep(1);  // a stored time of day would show
  store.write(sample_tile(1));
  EXPECT_EQ(content(store.tile_path(1)), first);
}

TEST_F(TileStoreTest, LeavesNoTemporaryFiles) {
  const TileStore store(folder_, kIdentity);
  store.write(sample_tile(1));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_FALSE(is_temporary_name(entry.path().filename().string())) << entry.path();
  }
}

TEST_F(TileStoreTest, NoticesEveryFlippedByte) {
  const TileStore store(folder_, kIdentity);
  store.write(sample_tile(3));
  const std::string path = store.tile_path(3);
  const std::string good = content(path);
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::size_t> place(0, good.size() - 1);
  std::uniform_int_distribution<int> bit(0, 7);
  for (int i = 0; i < 1500; ++i) {
    const std::size_t at = i < 512 ? static_cast<std::size_t>(i) : place(random);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << bit(random)));
    write_content(path, bad);
    ASSERT_FALSE(store.contains(3)) << "byte " << at << " of " << good.size();
    ASSERT_THROW((void)store.read(3), Error) << "byte " << at << " of " << good.size();
  }
  write_content(path, good);
  EXPECT_TRUE(store.contains(3));
}

TEST_F(TileStoreTest, NoticesAFileCutShortOrExtended) {
  const TileStore store(folder_, kIdentity);
  store.write(sample_tile(3));
  const std::string path = store.tile_path(3);
  const std::string good = content(path);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{100}, std::size_t{512}, good.size() / 2, good.size() - 1}) {
    write_content(path, good.substr(0, size));
    EXPECT_THROW((void)store.read(3), Error) << size << " bytes";
  }
  write_content(path, good + '\0');
  EXPECT_THROW((void)store.read(3), Error);
}

TEST_F(TileStoreTest, ScanKeepsWhatIsGoodAndRemovesTheRest) {
  const TileStore store(folder_, kIdentity);
  for (const std::uint32_t tile : {5U, 2U, 9U}) store.write(sample_tile(tile));
  std::string damaged = content(store.tile_path(2));
  damaged[damaged.size() / 2] ^= 4;
  write_content(store.tile_path(2), damaged);
  fs::copy_file(store.tile_path(9), store.tile_path(11));  // a tile under another's name
  const std::string stale = (fs::path(folder_) / ".tile_00000005.h5.node7.1234.tmp").string();
  write_content(stale, "half a tile");

  const TileStore::Scan scan = store.scan();
  EXPECT_EQ(scan.valid, (std::vector<std::uint32_t>{5, 9}));
  ASSERT_EQ(scan.warnings.size(), 2U);
  EXPECT_NE(scan.warnings[0].find(store.tile_path(2)), std::string::npos);
  EXPECT_NE(scan.warnings[1].find(store.tile_path(11)), std::string::npos);
  EXPECT_FALSE(fs::exists(store.tile_path(2)));
  EXPECT_FALSE(fs::exists(store.tile_path(11)));
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(store.scan().warnings.empty());
}

TEST_F(TileStoreTest, LinksThatLeadNowhereAreNoTiles) {
  const TileStore store(folder_, kIdentity);
  for (const std::uint32_t tile : {1U, 2U, 3U}) store.write(sample_tile(tile));
  for (const std::uint32_t tile : {2U, 3U}) fs::remove(store.tile_path(tile));
  fs::create_symlink(store.tile_path(2), store.tile_path(2));
  fs::create_symlink("nowhere.h5", store.tile_path(3));
  const TileStore::Scan scan = store.scan();
  EXPECT_EQ(scan.valid, std::vector<std::uint32_t>{1});
  EXPECT_EQ(scan.warnings.size(), 2U);
  EXPECT_THROW((void)store.read(4), engine::AccessError) << "not there";
}

TEST_F(TileStoreTest, RefusesTilesOfAnotherJob) {
  TileStore(folder_, kIdentity).write(sample_tile(1));
  const std::string other_folder = folder_ + "/other";
  StoreIdentity other = kIdentity;
  other.result_hash = "ffff";
  const TileStore store(other_folder, other);
  fs::copy_file(TileStore(folder_, kIdentity).tile_path(1), store.tile_path(1));
  EXPECT_FALSE(store.contains(1));
  const TileStore::Scan scan = store.scan();
  EXPECT_TRUE(scan.valid.empty());
  ASSERT_EQ(scan.warnings.size(), 1U);
  EXPECT_NE(scan.warnings[0].find("another job"), std::string::npos) << scan.warnings[0];
}

TEST_F(TileStoreTest, RemembersTheIdentityItWasMadeWith) {
  EXPECT_FALSE(TileStore::identity_of(folder_).has_value());
  const TileStore store(folder_, kIdentity);
  EXPECT_EQ(TileStore::identity_of(folder_), kIdentity);
  EXPECT_NO_THROW(TileStore(folder_, kIdentity));
  StoreIdentity other = kIdentity;
  other.layout_hash = "256-256";
  EXPECT_THROW(TileStore(folder_, other), Error);
  EXPECT_EQ(TileStore::identity_of(folder_), kIdentity);
}

TEST_F(TileStoreTest, SaysWhichIdentityFileIsDamaged) {
  const TileStore store(folder_, kIdentity);
  write_content(folder_ + "/identity.json", "{\"version\": 1");
  try {
    (void)TileStore::identity_of(folder_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("identity.json"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("--fresh"), std::string::npos);
  }
}

TEST_F(TileStoreTest, SaysWhereItCannotWrite) {
  fs::create_directories(folder_);
  write_content(folder_ + "/file", "no folder");
  try {
    const TileStore store(folder_ + "/file/store", kIdentity);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/file/store"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("Not a directory"), std::string::npos) << error.what();
  }
}

TEST_F(TileStoreTest, WritesFromSeveralThreadsAtOnce) {
  const TileStore store(folder_, kIdentity);
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&store, t] {
      for (std::uint32_t i = 0; i < 8; ++i) store.write(sample_tile(t * 8 + i));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store.scan().valid.size(), 32U);
}

/// What a full disk does to a tile: in a child process whose files cannot grow beyond `bytes`, and
/// then can. 42 where the first attempt is reported and the second succeeds.
int write_under_limit(const TileStore& store, const StoredTile& tile, rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit tight{.rlim_cur = bytes, .rlim_max = limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  try {
    store.write(tile);
    return 1;
  } catch (const Error& error) {
    const std::string text = error.what();
    const auto begins = text.find(store.tile_path(tile.tile).substr(0, 10));
    if (begins != 0 || text.find("File too large") == std::string::npos) {
      std::fprintf(stderr, "%s\n", text.c_str());
      return 2;
    }
  }
  if (store.contains(tile.tile)) return 3;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  store.write(tile);
  return store.contains(tile.tile) ? 42 : 4;
}

TEST_F(TileStoreTest, ReportsADiskThatIsFullAndGoesOnWhenItIsNot) {
  const TileStore store(folder_, kIdentity);
  StoredTile big = sample_tile(1);
  big.chunks[0].bytes.assign(1 << 20, std::byte{7});
  for (const rlim_t limit :
       {rlim_t{0}, rlim_t{300}, rlim_t{4096}, rlim_t{1} << 19, rlim_t{1} << 20}) {
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(write_under_limit(store, big, limit));
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "limit " << limit;
    EXPECT_EQ(WEXITSTATUS(status), 42) << "limit " << limit;
    fs::remove(store.tile_path(1));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace cnci::io
