#include "io/coverage_cache.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/plan.h"
#include "io/durable_file.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Coverage;
using engine::Window;
using engine::ZoneIndex;
using engine::ZoneShape;

constexpr std::int64_t kTile = 16;
constexpr std::size_t kHeadBytes = 104;
constexpr std::size_t kSumAt = 96;

ZoneShape ring_of(const std::vector<std::array<double, 2>>& points) {
  ZoneShape shape;
  auto& ring = shape.rings.emplace_back();
  for (const auto& [x, y] : points) ring.push_back(engine::to_fixed(x, y));
  return shape;
}

/// Neighbours on a bent border, an island smaller than a cell, and one with a hole.
std::vector<ZoneShape> four_zones() {
  std::vector<ZoneShape> zones{ring_of({{1.5, 1}, {20.25, 2}, {17, 14.5}, {2, 27.5}}),
                               ring_of({{20.25, 2}, {39, 3}, {36.5, 25}, {17, 14.5}}),
                               ring_of({{5.2, 28.2}, {5.7, 28.2}, {5.7, 28.6}}),
                               ring_of({{20, 19}, {33, 26}, {21, 29.5}})};
  zones[3].rings.push_back(
      {engine::to_fixed(23, 24), engine::to_fixed(23, 26), engine::to_fixed(25, 25)});
  return zones;
}

engine::Grid grid_of_cells(std::int64_t cols, std::int64_t rows) {
  engine::Grid grid;
  grid.cols = cols;
  grid.rows = rows;
  return grid;
}

std::string bytes_of_coverage(const Coverage& coverage) {
  const auto add = [](std::string& to, const auto& values) {
    to.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(*values.data()));
  };
  std::string bytes;
  add(bytes, std::array{coverage.window});
  add(bytes, coverage.runs);
  add(bytes, coverage.mixed);
  add(bytes, coverage.shares);
  return bytes;
}

class CoverageCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(writer_.make_room());
    writer_.begin_to_keep();
  }

  [[nodiscard]] CoverageCache cache_of(const ZoneIndex& zones) const {
    return {root_, zones, grid_, kTile};
  }

  [[nodiscard]] bool is_right(const Coverage& coverage) const {
    return bytes_of_coverage(coverage) == bytes_of_coverage(engine::cover(zones_, coverage.window));
  }

  /// Whether a run that only reads takes what lies there; it has the right coverage either way.
  [[nodiscard]] bool is_believed(const Window& window) const {
    CoverageCache cache = cache_of(zones_);
    cache.begin_to_read();
    const CoverageCache::Found found = cache.of(window);
    EXPECT_EQ(found.coverage.window, window);
    EXPECT_TRUE(is_right(found.coverage));
    return found.was_kept;
  }

  [[nodiscard]] static std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void write_file(const std::string& path, const std::string& bytes) {
    fs::remove(path);  // some file systems write at once what replaces the content of a file
    std::ofstream(path, std::ios::binary) << bytes;
  }

  testing::TemporaryFolder folder_;
  std::string root_ = folder_.path("cache");
  ZoneIndex zones_{four_zones()};
  engine::Grid grid_ = grid_of_cells(40, 30);
  CoverageCache writer_ = cache_of(zones_);
  Window window_ = engine::tile_window(grid_, kTile, 1);  ///< has runs, and cells of two zones
};

TEST_F(CoverageCacheTest, WhatIsKeptIsWhatWasComputed) {
  for (std::uint32_t tile = 0; tile < 6; ++tile) {
    const Window window = engine::tile_window(grid_, kTile, tile);
    EXPECT_FALSE(is_believed(window)) << tile;
    const CoverageCache::Found first = writer_.of(window);
    EXPECT_FALSE(first.was_kept);
    EXPECT_TRUE(is_right(first.coverage));
    EXPECT_TRUE(is_believed(window)) << tile;
    EXPECT_TRUE(writer_.of(window).was_kept);
  }
  const Window nowhere{36, 26, 4, 4};
  EXPECT_TRUE(writer_.of(nowhere).coverage.empty());
  EXPECT_TRUE(is_believed(nowhere));
}

TEST_F(CoverageCacheTest, NothingIsMadeByReading) {
  const std::string other = folder_.path("other");
  CoverageCache cache(other, zones_, grid_, kTile);
  cache.begin_to_read();
  EXPECT_FALSE(cache.of(window_).was_kept);
  cache.begin_to_keep();  // there is no room
  EXPECT_FALSE(cache.of(window_).was_kept);
  EXPECT_FALSE(cache.of(window_).was_kept);
  EXPECT_FALSE(fs::exists(other));
  const CoverageCache none(zones_);
  EXPECT_TRUE(is_right(none.of(window_).coverage));
}

TEST_F(CoverageCacheTest, AWindowOfManyTilesIsNotKept) {
  const Window window{0, 0, 4 * kTile + 1, kTile};
  EXPECT_TRUE(is_right(writer_.of(window).coverage));
  EXPECT_FALSE(fs::exists(writer_.path_of(window)));
}

TEST_F(CoverageCacheTest, EveryDamagedByteIsFound) {
  static_cast<void>(writer_.of(window_));
  const std::string path = writer_.path_of(window_);
  const std::string sound = read_file(path);
  ASSERT_GT(sound.size(), kHeadBytes + 100);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    for (const char bit : {'\x01', '\x80'}) {
      std::string damaged = sound;
      damaged[i] = static_cast<char>(damaged[i] ^ bit);
      write_file(path, damaged);
      EXPECT_FALSE(is_believed(window_)) << "byte " << i;
    }
  }
  EXPECT_FALSE(writer_.of(window_).was_kept);
  EXPECT_TRUE(read_file(path) == sound);
  EXPECT_TRUE(is_believed(window_));
}

TEST_F(CoverageCacheTest, AFileOfAnotherLengthIsRefused) {
  static_cast<void>(writer_.of(window_));
  const std::string path = writer_.path_of(window_);
  const std::string sound = read_file(path);
  for (std::size_t length = 0; length < sound.size(); ++length) {
    write_file(path, sound.substr(0, length));
    EXPECT_FALSE(is_believed(window_)) << length;
  }
  for (const std::size_t more : {1U, 8U, 12U, 4096U}) {
    write_file(path, sound + std::string(more, '\0'));
    EXPECT_FALSE(is_believed(window_)) << more;
  }
  EXPECT_FALSE(writer_.of(window_).was_kept);
  EXPECT_TRUE(read_file(path) == sound);
}

TEST_F(CoverageCacheTest, TheKeyIsThatOfShapesGridAndTile) {
  const std::string key = writer_.folder();
  EXPECT_EQ(cache_of(ZoneIndex(four_zones())).folder(), key);
  engine::Grid elsewhere = grid_;
  elsewhere.crs_wkt = "another";
  EXPECT_EQ(CoverageCache(root_, zones_, elsewhere, kTile).folder(), key);
  EXPECT_NE(CoverageCache(root_, zones_, grid_, kTile + 1).folder(), key);
  EXPECT_NE(CoverageCache(root_, zones_, grid_of_cells(41, 30), kTile).folder(), key);
  EXPECT_NE(CoverageCache(root_, zones_, grid_of_cells(40, 31), kTile).folder(), key);
  const auto changed = [&](const std::function<void(std::vector<ZoneShape>&)>& change) {
    std::vector<ZoneShape> zones = four_zones();
    change(zones);
    return cache_of(ZoneIndex(zones)).folder();
  };
  EXPECT_NE(changed([](auto& zones) { ++zones[3].rings[1][2].y; }), key);
  EXPECT_NE(changed([](auto& zones) { std::swap(zones[0], zones[1]); }), key);
  EXPECT_NE(changed([](auto& zones) { zones.pop_back(); }), key);
  EXPECT_NE(changed([](auto& zones) { zones.emplace_back(); }), key);
  EXPECT_NE(changed([](auto& zones) {  // the same rings, of other zones
              zones[2].rings.push_back(zones[3].rings[0]);
              zones[3].rings.erase(zones[3].rings.begin());
            }),
            key);
  EXPECT_NE(changed([](auto& zones) {  // the same points, of other rings
              auto& rings = zones[3].rings;
              rings[0].push_back(rings[1].front());
              rings[1].erase(rings[1].begin());
            }),
            key);
}

TEST_F(CoverageCacheTest, AFileOfOtherZonesOrAnotherWindowIsRefused) {
  std::vector<ZoneShape> shapes = four_zones();
  ++shapes[0].rings[0][0].x;
  const ZoneIndex others(shapes);
  CoverageCache of_others = cache_of(others);
  ASSERT_FALSE(of_others.make_room());
  of_others.begin_to_keep();
  static_cast<void>(of_others.of(window_));
  writer_.begin_to_keep();  // its folder went with the others' run
  ASSERT_FALSE(writer_.make_room());
  EXPECT_FALSE(fs::exists(of_others.path_of(window_)));
  ASSERT_FALSE(of_others.make_room());
  static_cast<void>(of_others.of(window_));
  fs::create_directories(writer_.folder());
  fs::copy_file(of_others.path_of(window_), writer_.path_of(window_));
  EXPECT_FALSE(is_believed(window_));
  writer_.begin_to_keep();
  const Window other{0, 0, kTile, kTile};
  static_cast<void>(writer_.of(other));
  fs::copy_file(writer_.path_of(other), writer_.path_of(window_),
                fs::copy_options::overwrite_existing);
  EXPECT_TRUE(is_believed(other));
  EXPECT_FALSE(is_believed(window_));
}

/// Files whose checksum is right and whose content is not.
class HostileCoverage : public CoverageCacheTest {
 protected:
  void SetUp() override {
    CoverageCacheTest::SetUp();
    const Coverage coverage = writer_.of(window_).coverage;
    runs_ = coverage.runs;
    mixed_ = coverage.mixed;
    shares_ = coverage.shares;
    head_ = read_file(path_).substr(0, kHeadBytes);
    ASSERT_GT(runs_.size(), 2U);
    ASSERT_GT(mixed_.size(), 2U);
  }

  template <typename T>
  static std::string text_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
  }
  template <typename T>
  void put_in_head(std::size_t at, T value) {
    std::memcpy(head_.data() + at, &value, sizeof(value));
  }

  /// Writes all with the counts and the checksum that belong to it.
  void seal() {
    put_in_head(80, static_cast<std::uint32_t>(runs_.size()));
    put_in_head(84, static_cast<std::uint32_t>(mixed_.size()));
    put_in_head(88, static_cast<std::uint32_t>(shares_.size()));
    put_in_head(kSumAt, std::uint64_t{0});
    std::uint64_t sum = XXH3_64bits(head_.data(), head_.size());
    std::string all = head_;
    for (const std::string& part : {text_of(runs_), text_of(mixed_), text_of(shares_)}) {
      sum = XXH3_64bits_withSeed(part.data(), part.size(), sum);
      all += part;
    }
    std::memcpy(all.data() + kSumAt, &sum, sizeof(sum));
    write_file(path_, all);
  }

  void expect_refused(const char* what, const std::function<void()>& change) {
    const auto before = std::tuple(head_, runs_, mixed_, shares_);
    change();
    seal();
    EXPECT_FALSE(is_believed(window_)) << what;
    std::tie(head_, runs_, mixed_, shares_) = before;
    seal();
    EXPECT_TRUE(is_believed(window_)) << what;
  }

  std::string path_ = writer_.path_of(window_);
  std::string head_;
  std::vector<Coverage::Run> runs_;
  std::vector<Coverage::Mixed> mixed_;
  std::vector<engine::ZoneShare> shares_;
};

TEST_F(HostileCoverage, WithRunsThatCannotBe) {
  expect_refused("beyond the window", [&] { runs_.back().cell = kTile * kTile; });
  expect_refused("far beyond", [&] { runs_.back().cell = 0xffffffff; });
  expect_refused("empty", [&] { runs_[1].length = 0; });
  expect_refused("longer than a row", [&] { runs_.back().length = kTile + 1; });
  expect_refused("over the row's end", [&] { runs_.back() = {kTile * kTile - 3, 4, 0}; });
  expect_refused("endless", [&] { runs_.back().length = 0xffffffff; });
  expect_refused("of no zone", [&] { runs_[1].zone = 4; });
  expect_refused("twice", [&] { runs_.insert(runs_.begin(), runs_.front()); });
  expect_refused("in another order", [&] { std::swap(runs_[0], runs_[1]); });
  expect_refused("over a mixed cell", [&] { runs_[1].cell = mixed_[1].cell; });
}

TEST_F(HostileCoverage, WithMixedCellsThatCannotBe) {
  expect_refused("beyond the window", [&] { mixed_.back().cell = kTile * kTile; });
  expect_refused("in another order", [&] { std::swap(mixed_[0].cell, mixed_[1].cell); });
  expect_refused("in a run", [&] { mixed_[0].cell = runs_[0].cell; });
  expect_refused("without shares", [&] {
    mixed_.back().count = 0;
    shares_.resize(mixed_.back().first);
  });
  expect_refused("with others' shares", [&] { mixed_.back().first = 0; });
  expect_refused("with too many shares", [&] { ++mixed_.back().count; });
  expect_refused("with endless shares", [&] { mixed_.back().count = 0xffffffff; });
  expect_refused("with shares far off", [&] { mixed_.back().first = 0xfffffff0; });
  expect_refused("with shares left over", [&] { shares_.push_back({0, 1}); });
}

TEST_F(HostileCoverage, WithSharesThatCannotBe) {
  const auto two = [&] {
    return std::ranges::find_if(mixed_, [](const auto& cell) { return cell.count == 2; })->first;
  };
  expect_refused("of no zone", [&] { shares_.back().zone = 4; });
  expect_refused("of nothing", [&] { shares_.back().weight = 0; });
  expect_refused("of more than a cell", [&] { shares_[0].weight = engine::kWeightOne + 1; });
  expect_refused("of more than a cell in all", [&] {
    shares_[two() + 1].weight = engine::kWeightOne + 1 - shares_[two()].weight;
  });
  expect_refused("that wrap round", [&] { shares_[two()].weight = 0xffffffff; });
  expect_refused("in another order", [&] { std::swap(shares_[two()], shares_[two() + 1]); });
  expect_refused("of a zone twice", [&] { shares_[two() + 1].zone = shares_[two()].zone; });
}

TEST_F(HostileCoverage, OfAnotherVersionOrNumberOfZones) {
  expect_refused("magic", [&] { put_in_head(0, 'C'); });
  expect_refused("version", [&] { put_in_head(8, kCoverageFileVersion + 1); });
  expect_refused("zones", [&] { put_in_head(12, std::uint32_t{5}); });
  expect_refused("key", [&] { put_in_head(16, head_[16] == '0' ? '1' : '0'); });
  expect_refused("window", [&] { put_in_head(48, std::int64_t{0}); });
}

TEST_F(HostileCoverage, CountsThatNoWindowHasTakeNoMemory) {
  constexpr std::uint32_t kMany = 1 << 24;
  const auto resident_mb = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  const auto before = resident_mb();
  // Each of 128 MB or more, as the counts say; all of it a hole.
  for (const auto& [at, bytes] : {std::pair{80, 12}, std::pair{84, 12}, std::pair{88, 8}}) {
    std::string head = head_;
    for (const int count : {80, 84, 88}) std::memset(head.data() + count, 0, 4);
    std::memcpy(head.data() + at, &kMany, sizeof(kMany));
    write_file(path_, head);
    fs::resize_file(path_, kHeadBytes + std::uint64_t{kMany} * bytes);
    EXPECT_FALSE(is_believed(window_));
    std::memset(head.data() + at, 0xff, 4);
    write_file(path_, head);
    EXPECT_FALSE(is_believed(window_));
  }
  EXPECT_LT(resident_mb() - before, 64);
}

TEST_F(CoverageCacheTest, WhatIsNoFileIsNotOpened) {
  const std::string path = writer_.path_of(window_);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(is_believed(window_));  // and does not hang
  EXPECT_FALSE(writer_.of(window_).was_kept);
  EXPECT_TRUE(is_believed(window_));
  fs::remove(path);
  const std::string victim = folder_.path("victim");
  write_file(victim, "precious");
  fs::create_symlink(victim, path);
  EXPECT_FALSE(writer_.of(window_).was_kept);
  EXPECT_EQ(read_file(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(path));
  fs::rename(path, victim);
  fs::create_symlink(victim, path);
  EXPECT_FALSE(is_believed(window_));
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_FALSE(writer_.of(window_).was_kept);
  EXPECT_TRUE(fs::is_directory(path));
}

TEST_F(CoverageCacheTest, RoomIsMadeWithoutTouchingWhatIsNotOurs) {
  static_cast<void>(writer_.of(window_));
  const std::string old = root_ + "/coverage_" + std::string(32, 'a');
  const std::string mixed = root_ + "/coverage_" + std::string(32, 'b');
  const std::string elsewhere = folder_.path("elsewhere");
  const std::string own = writer_.folder();
  const std::vector<std::string> stay{root_ + "/notes.txt",
                                      root_ + "/window_0_0_1_1.bin",
                                      root_ + "/coverage_mine/window_0_0_1_1.bin",
                                      root_ + "/Coverage_" + std::string(32, 'a') + "/a.bin",
                                      root_ + "/coverage_" + std::string(31, 'a') + "G/a.bin",
                                      mixed + "/map.bin",
                                      mixed + "/window_folder.bin/map",
                                      elsewhere + "/window_0_0_1_1.bin",
                                      own + "/notes.tmp",
                                      own + "/.notes.tmp",
                                      writer_.path_of(window_)};
  const std::vector<std::string> go{
      old + "/window_0_0_1_1.bin", temporary_name(old + "/window_5_0_1_1.bin"),
      mixed + "/window_0_0_1_1.bin", temporary_name(own + "/window_5_0_1_1.bin")};
  for (const auto* names : {&stay, &go}) {
    for (const std::string& name : *names) {
      fs::create_directories(fs::path(name).parent_path());
      if (!fs::exists(name)) write_file(name, "x");
    }
  }
  const std::string link = root_ + "/coverage_" + std::string(32, 'c');
  fs::create_directory_symlink(elsewhere, link);
  EXPECT_FALSE(cache_of(zones_).make_room());
  for (const std::string& name : stay) EXPECT_TRUE(fs::exists(name)) << name;
  for (const std::string& name : go) EXPECT_FALSE(fs::exists(name)) << name;
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(is_believed(window_));
}

TEST_F(CoverageCacheTest, WhereThereIsNoRoomNothingIsKeptAndTheReasonIsSaid) {
  const auto expect_no_room = [&](const std::string& named) {
    CoverageCache cache = cache_of(zones_);
    const auto why = cache.make_room();
    ASSERT_TRUE(why) << named;
    EXPECT_TRUE(why->starts_with(named + ": ")) << *why;
    cache.begin_to_keep();
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(cache.of(window_).was_kept);
    EXPECT_TRUE(is_right(cache.of(window_).coverage));
  };
  const std::string elsewhere = folder_.path("elsewhere");
  const std::string own = writer_.folder();
  static_cast<void>(writer_.of(window_));
  fs::rename(own, elsewhere);
  fs::create_directory_symlink(elsewhere, own);
  expect_no_room(own);
  EXPECT_TRUE(fs::exists(elsewhere + "/" + fs::path(writer_.path_of(window_)).filename().string()));
  fs::remove(own);
  write_file(own, "mine");
  expect_no_room(own);
  fs::remove_all(root_);
  write_file(root_, "mine");
  expect_no_room(root_);
  EXPECT_EQ(read_file(root_), "mine");
  fs::remove(root_);
  fs::create_directory_symlink(elsewhere, root_);
  expect_no_room(root_);
  EXPECT_FALSE(fs::exists(elsewhere + "/" + fs::path(own).filename().string()));
  root_ = folder_.path("none/cache");
  expect_no_room(root_);
}

TEST_F(CoverageCacheTest, ThreadsAskForTheSameWindowsAtOnce) {
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (int& of_thread : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const Window window{i % 5, i % 3, kTile, kTile};
        const Coverage coverage = writer_.of(window).coverage;
        if (!(coverage.window == window) || !is_right(coverage)) ++of_thread;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
  for (const auto& entry : fs::directory_iterator(writer_.folder())) {
    EXPECT_FALSE(is_temporary_name(entry.path().filename().string())) << entry.path();
  }
}

}  // namespace
}  // namespace cnci::io
