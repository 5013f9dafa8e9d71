// The bytes of a window's blocks, and no others, are in the system's cache once they were asked
// for; where the file system drops nothing from its cache, that cannot be seen.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "io/raster.h"
#include "tests/io/raster_support.h"
#include "tests/io/tiff_support.h"

namespace cnci::io {
namespace {

/// Pages of a file in the system's cache.
class PageCache {
 public:
  explicit PageCache(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY)) {
    size_ = static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END));
    map_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
  }
  ~PageCache() {
    ::munmap(map_, size_);
    ::close(descriptor_);
  }
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  void drop() const {
    ::fsync(descriptor_);
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
  }
  /// Of `bytes` from `offset` on.
  [[nodiscard]] std::size_t pages(std::size_t offset, std::size_t bytes) const {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> in((size_ + page - 1) / page);
    EXPECT_EQ(::mincore(map_, size_, in.data()), 0);
    std::size_t count = 0;
    for (std::size_t p = (offset + page - 1) / page; (p + 1) * page <= offset + bytes; ++p) {
      count += in[p] & 1U;
    }
    return count;
  }

 private:
  int descriptor_;
  std::size_t size_ = 0;
  void* map_ = nullptr;
};

TEST(FetchAhead, BringsTheBlocksOfAWindowFromTheDisk) {
  const testing::TemporaryFolder folder;
  testing::TestRaster raster;
  raster.cols = raster.rows = 2048;
  raster.x0 = 100;
  raster.y0 = 30;
  raster.dx = 0.001;
  raster.dy = -0.001;
  raster.creation = {"TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE"};
  std::mt19937_64 random(2);
  raster.bands.emplace_back(std::size_t{2048} * 2048);
  for (double& value : raster.bands[0]) value = static_cast<double>(random());
  const std::string path = testing::write_tiff(folder.path("noise.tif"), raster);
  const Raster file(path);
  ASSERT_TRUE(file.info().past_gdal);
  const auto [offset, bytes] = testing::place_of(path, 1, 2, 1);
  const auto [far, far_bytes] = testing::place_of(path, 1, 3, 3);

  const PageCache cache(path);
  cache.drop();
  if (cache.pages(offset, bytes) > 0) GTEST_SKIP() << "this file system keeps files in memory";
  file.fetch_ahead(1, {1100, 600, 300, 300});  // block 2,1
  const std::size_t all = bytes / static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) - 1;
  for (int wait = 0; wait < 500 && cache.pages(offset, bytes) < all; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GE(cache.pages(offset, bytes), all);
  EXPECT_EQ(cache.pages(far, far_bytes), 0U);

  // What is decoded is not fetched.
  (void)file.read(1, {1100, 600, 10, 10}, {});
  cache.drop();
  file.fetch_ahead(1, {1100, 600, 300, 300});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(cache.pages(offset, bytes), 0U);
}

}  // namespace
}  // namespace cnci::io
