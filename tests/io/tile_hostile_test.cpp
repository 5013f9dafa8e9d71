// Tiles whose seal is right and whose content is not: nothing but an Error may come of them.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/hdf5_handles.h"
#include "io/tile_file.h"
#include "io/tile_seal.h"
#include "tests/io/raster_support.h"
#include "tests/support/sanitizer.h"

namespace cnci::io {
namespace {

using testing::error_of;

const StoreIdentity kIdentity{
    .result_hash = "a1b2c3", .layout_hash = "512-512", .description_json = "{}"};
constexpr std::size_t kSealBytes = 512;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Writes bytes with the seal that they need.
void write_sealed(const std::string& path, std::string bytes) {
  std::array<char, kSealBytes> seal{};
  const auto sum = XXH3_64bits(bytes.data() + kSealBytes, bytes.size() - kSealBytes);
  std::snprintf(seal.data(), seal.size(), "cnci tile %d\nbytes %zu\nxxh3 %016llx\n",
                kTileFileVersion, bytes.size(), static_cast<unsigned long long>(sum));
  std::copy(seal.begin(), seal.end(), bytes.begin());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class HostileTile : public ::testing::Test {
 protected:
  void SetUp() override {
    StoredTile tile;
    tile.tile = 7;
    tile.chunks = {{.chunk_row = 1, .bytes = std::vector<std::byte>(3000, std::byte{1})},
                   {.chunk_row = 2, .bytes = std::vector<std::byte>(2000, std::byte{2})}};
    tile.sums = std::vector<std::byte>(500, std::byte{3});
    tile.timings_json = "{}";
    write_tile_file(path_, tile, kIdentity);
  }

  /// Changes the file through HDF5 and seals it again.
  void change(const std::function<void(hid_t file)>& how) const {
    {
      const h5::Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
      const h5::Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDWR, access.get()), H5Fclose);
      ASSERT_TRUE(file.open());
      how(file.get());
    }
    write_sealed(path_, content(path_));
  }

  [[nodiscard]] std::string problem() const {
    return error_of([&] { (void)read_tile_file(path_, 7, kIdentity); });
  }

  /// Puts a dataset of bytes in the place of another.
  static h5::Handle replace(hid_t file, const char* name, hsize_t size, hid_t properties) {
    H5Ldelete(file, name, H5P_DEFAULT);
    const h5::Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
    return {H5Dcreate2(file, name, H5T_STD_U8LE, space.get(), H5P_DEFAULT, properties, H5P_DEFAULT),
            H5Dclose};
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path("tile_00000007.h5");
};

TEST_F(HostileTile, IsReadWhereNothingIsWrong) {
  EXPECT_EQ(read_tile_file(path_, 7, kIdentity).chunks.size(), 2U);
}

TEST_F(HostileTile, ThatClaimsMoreThanTheFileHolds) {
  change([](hid_t file) {
    const h5::Handle sparse(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const hsize_t chunk = 4096;
    H5Pset_chunk(sparse.get(), 1, &chunk);
    H5Pset_deflate(sparse.get(), 9);
    replace(file, "sums", hsize_t{1} << 50, sparse.get());
  });
  EXPECT_NE(problem().find("sums is not as this program writes it"), std::string::npos)
      << problem();
  change([](hid_t file) {
    const h5::Handle never(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_fill_time(never.get(), H5D_FILL_TIME_NEVER);
    H5Pset_alloc_time(never.get(), H5D_ALLOC_TIME_LATE);
    replace(file, "sums", hsize_t{1} << 50, never.get());
  });
  EXPECT_NE(problem().find("sums claims 1125899906842624 elements"), std::string::npos)
      << problem();
}

TEST_F(HostileTile, ThatReadsOtherFiles) {
  change([](hid_t file) {
    const h5::Handle outside(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(outside.get(), "/etc/passwd", 0, 100);
    replace(file, "sums", 100, outside.get());
  });
  EXPECT_NE(problem().find("sums is not as this program writes it"), std::string::npos)
      << problem();
  change([](hid_t file) {
    H5Ldelete(file, "sums", H5P_DEFAULT);
    H5Lcreate_external("/nowhere/else.h5", "/sums", file, "sums", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_NE(problem().find("sums lies elsewhere"), std::string::npos) << problem();
}

TEST_F(HostileTile, WhoseTextIsAListOfTexts) {
  change([](hid_t file) {
    H5Adelete(file, "result_hash");
    const h5::Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), 6);
    const hsize_t count = 8000;
    const h5::Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const h5::Handle attribute(
        H5Acreate2(file, "result_hash", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    const std::string text(count * 6, 'a');
    H5Awrite(attribute.get(), type.get(), text.data());
  });
  EXPECT_NE(problem().find("attribute result_hash"), std::string::npos) << problem();
}

TEST_F(HostileTile, WhoseIndexPointsBeyondThePayloadOrTwiceAtIt) {
  const std::string good = content(path_);
  // The second row's offset (3000) and length (2000), one after the other.
  const std::uint64_t row[2] = {3000, 2000};
  const auto at = good.find({reinterpret_cast<const char*>(row), sizeof(row)});
  ASSERT_NE(at, std::string::npos);
  const std::uint64_t rows[][2] = {{3000, ~std::uint64_t{0}},
                                   {~std::uint64_t{0}, 2000},
                                   {3000, std::uint64_t{1} << 62},
                                   {~std::uint64_t{0} - 999, 2000},
                                   {0, 2000},
                                   {3000, 2001}};
  for (const auto& bad : rows) {
    std::string bytes = good;
    bytes.replace(at, sizeof(bad), {reinterpret_cast<const char*>(bad), sizeof(bad)});
    write_sealed(path_, bytes);
    // The index has a checksum of its own, which the same hand would put right.
    change([](hid_t file) {
      const h5::Handle index(H5Dopen2(file, "index", H5P_DEFAULT), H5Dclose);
      const h5::Handle type(H5Dget_type(index.get()), H5Tclose);
      std::vector<char> data(2 * H5Tget_size(type.get()));
      H5Dread(index.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data());
      const std::uint64_t sum = XXH3_64bits(data.data(), data.size());
      const h5::Handle attribute(H5Aopen(index.get(), "xxh3", H5P_DEFAULT), H5Aclose);
      H5Awrite(attribute.get(), H5T_NATIVE_UINT64, &sum);
    });
    EXPECT_NE(problem().find("points beyond the payload"), std::string::npos) << problem();
  }
}

/// Reads spoilt tiles in a process of its own with 2 GB of memory; 42 where all gave an Error or
/// what was written.
int read_spoilt(const std::string& path, const std::string& good, std::uint64_t seed, int count) {
  if (!sanitizer::kActive) {  // which maps terabytes of addresses
    const rlimit memory{.rlim_cur = rlim_t{2} << 30, .rlim_max = rlim_t{2} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
  }
  std::mt19937_64 random(seed);
  for (int i = 0; i < count; ++i) {
    std::string bad = good;
    const int places = 1 + static_cast<int>(random() % 4);
    for (int k = 0; k < places; ++k) {
      // Most of HDF5's own structure lies in the first 4 kB after the seal.
      const std::size_t end =
          random() % 2 == 0 ? bad.size() : std::min<std::size_t>(4608, bad.size());
      const std::size_t place = kSealBytes + random() % (end - kSealBytes);
      const std::uint64_t kind = random() % 3;
      bad[place] = kind == 0 ? '\xff' : kind == 1 ? '\0' : static_cast<char>(random());
    }
    write_sealed(path, bad);
    try {
      (void)read_tile_file(path, 7, kIdentity);
    } catch (const engine::Error&) {
      continue;
    } catch (const std::exception& other) {
      std::fprintf(stderr, "seed %llu, file %d: %s\n", static_cast<unsigned long long>(seed), i,
                   other.what());
      return 1;
    }
  }
  return 42;
}

TEST_F(HostileTile, WithRandomBytesInItNeverCrashes) {
  const std::string good = content(path_);
  const std::uint64_t seed = std::random_device{}();
  for (std::uint64_t part = 0; part < 4; ++part) {
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(read_spoilt(path_, good, seed + part, 500));
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status) << ", seed " << seed + part;
    EXPECT_EQ(WEXITSTATUS(status), 42) << "seed " << seed + part;
  }
}

}  // namespace
}  // namespace cnci::io
