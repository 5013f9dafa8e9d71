#include "io/coverage_cache.h"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/bytes.h"
#include "engine/error.h"
#include "io/durable_file.h"
#include "io/random_access_file.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Coverage;
using engine::Window;
using engine::ZoneShare;

constexpr std::string_view kFolderPrefix = "coverage_";
constexpr std::string_view kWindowPrefix = "window_";
constexpr std::string_view kWindowSuffix = ".bin";
constexpr std::array<char, 8> kMagic{'c', 'n', 'c', 'i', ' ', 'c', 'o', 'v'};
constexpr std::size_t kKeyDigits = 32;

/// A cell takes 12 bytes as a run of one, 12 and 8 for each share as a mixed one: a window that
/// takes more is not kept, and a file that claims more is not believed.
constexpr std::uint64_t kMostBytesPerCell = 32;
constexpr std::uint64_t kMostBytesBeside = std::uint64_t{1} << 20;
/// Amounts are shared out by the zoned parts of the window of a tile's source pixels.
constexpr std::size_t kMostTilesOfWindow = 4;

/// What a file begins with; runs, mixed cells and shares follow as they stand in memory.
struct CoverageHead {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kCoverageFileVersion;
  std::uint32_t zones = 0;
  std::array<char, kKeyDigits> key{};
  Window window;
  std::uint32_t runs = 0;
  std::uint32_t mixed = 0;
  std::uint32_t shares = 0;
  std::uint32_t reserved = 0;
  std::uint64_t xxh3 = 0;  ///< over all other bytes of the file

  [[nodiscard]] std::uint64_t bytes_that_follow() const {
    return std::uint64_t{runs} * sizeof(Coverage::Run) +
           std::uint64_t{mixed} * sizeof(Coverage::Mixed) +
           std::uint64_t{shares} * sizeof(ZoneShare);
  }
};

template <typename T>
constexpr bool kIsPlain =
    std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T>;
static_assert(kIsPlain<CoverageHead> && sizeof(CoverageHead) == 104);
static_assert(kIsPlain<Coverage::Run> && sizeof(Coverage::Run) == 12);
static_assert(kIsPlain<Coverage::Mixed> && sizeof(Coverage::Mixed) == 12);
static_assert(kIsPlain<ZoneShare> && sizeof(ZoneShare) == 8);
static_assert(kIsPlain<engine::FixedPoint>);

std::uint64_t most_bytes(const Window& window) {
  return kMostBytesBeside + kMostBytesPerCell * window.cells();
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::uint64_t checksum_of(CoverageHead head, const Coverage& coverage) {
  head.xxh3 = 0;
  std::uint64_t sum = XXH3_64bits(&head, sizeof(head));
  for (const std::string_view part :
       {bytes_of(coverage.runs), bytes_of(coverage.mixed), bytes_of(coverage.shares)}) {
    sum = XXH3_64bits_withSeed(part.data(), part.size(), sum);
  }
  return sum;
}

/// Whether the shares of a cell are some part of it, each zone once.
bool are_sound(std::span<const ZoneShare> shares, std::size_t zones) {
  std::uint64_t next_zone = 0;
  std::uint64_t weight = 0;
  for (const ZoneShare& share : shares) {
    if (share.zone < next_zone || share.zone >= zones || share.weight == 0) return false;
    next_zone = std::uint64_t{share.zone} + 1;
    weight += share.weight;
    if (weight > engine::kWeightOne) return false;
  }
  return !shares.empty();
}

/// Whether it is one that could be computed: what sums rely on, and memory with them.
bool is_sound(const Coverage& coverage, std::size_t zones) {
  const std::uint64_t cells = coverage.window.cells();
  const auto cols = static_cast<std::uint64_t>(coverage.window.cols);
  const std::span<const ZoneShare> shares(coverage.shares);
  std::uint64_t next_cell = 0;
  std::size_t next_share = 0;
  auto run = coverage.runs.begin();
  auto mixed = coverage.mixed.begin();
  const auto take = [&](std::uint64_t cell, std::uint64_t length) {
    const bool is_free = cell >= next_cell && length > 0 && cell < cells;
    next_cell = cell + length;
    return is_free && cell % cols + length <= cols;
  };
  while (run != coverage.runs.end() || mixed != coverage.mixed.end()) {
    const bool is_run =
        mixed == coverage.mixed.end() || (run != coverage.runs.end() && run->cell < mixed->cell);
    if (is_run) {
      if (!take(run->cell, run->length) || run->zone >= zones) return false;
      ++run;
      continue;
    }
    if (!take(mixed->cell, 1) || mixed->first != next_share ||
        mixed->count > shares.size() - next_share ||
        !are_sound(shares.subspan(next_share, mixed->count), zones)) {
      return false;
    }
    next_share += mixed->count;
    ++mixed;
  }
  return next_share == shares.size();
}

/// Whether a file of `bytes` bytes holds what its head says, no more than a window may take.
bool fits(const CoverageHead& head, std::uint64_t bytes) {
  return bytes == sizeof(head) + head.bytes_that_follow() && bytes <= most_bytes(head.window);
}

template <typename T>
void read_all(const RandomAccessFile& file, std::uint64_t& offset, std::size_t count,
              std::vector<T>& values) {
  values.resize(count);
  file.read(offset, std::as_writable_bytes(std::span(values)));
  offset += count * sizeof(T);
}

class KeyHash {
 public:
  KeyHash() : state_(XXH3_createState(), XXH3_freeState) {
    if (!state_ || XXH3_128bits_reset(state_.get()) != XXH_OK) {
      throw engine::Error("xxHash cannot start");
    }
  }
  template <typename T>
  void add(std::span<const T> values) {
    if (XXH3_128bits_update(state_.get(), values.data(), values.size_bytes()) != XXH_OK) {
      throw engine::Error("xxHash failed");
    }
  }
  void add(std::uint64_t number) { add(std::span<const std::uint64_t>(&number, 1)); }
  [[nodiscard]] std::string digits() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
};

/// Of the shapes themselves, whatever file they came from.
std::string key_of(const engine::ZoneIndex& zones, const engine::Grid& grid, std::int64_t tile) {
  KeyHash hash;
  hash.add(engine::kCoverageVersion);
  hash.add(std::span<const std::int64_t>(std::array{grid.cols, grid.rows, tile}));
  hash.add(zones.zones().size());
  for (const engine::ZoneShape& zone : zones.zones()) {
    hash.add(zone.rings.size());
    for (const auto& ring : zone.rings) {
      hash.add(ring.size());
      hash.add(std::span<const engine::FixedPoint>(ring));
    }
  }
  return hash.digits();
}

bool is_real_folder(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

bool is_window_file(std::string_view name) {
  return name.starts_with(kWindowPrefix) && name.ends_with(kWindowSuffix);
}

bool is_window_being_written(std::string_view name) {
  return is_temporary_name(name) && name.substr(1).starts_with(kWindowPrefix);
}

/// Names of what lies in a folder; as much as can be listed.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  return names;
}

/// What cannot be removed stays: it is never believed for another key.
template <typename IsOurs>
void remove_files(const std::string& folder, const IsOurs& is_ours) {
  for (const std::string& name : names_in(folder)) {
    if (is_ours(name)) ::unlink((folder + "/" + name).c_str());
  }
}

void make_folder(const std::string& path) {
  require_real_folder(path);
  std::error_code error;
  fs::create_directory(path, error);
  if (error) fail_write(path, "create the folder", error.value());
}

}  // namespace

bool is_coverage_folder(std::string_view name) {
  if (!name.starts_with(kFolderPrefix)) return false;
  name.remove_prefix(kFolderPrefix.size());
  return name.size() == kKeyDigits && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

CoverageCache::CoverageCache(std::string root, const engine::ZoneIndex& zones,
                             const engine::Grid& grid, std::int64_t tile)
    : zones_(zones),
      root_(std::move(root)),
      key_(key_of(zones, grid, tile)),
      most_cells_(kMostTilesOfWindow * Window{0, 0, tile, tile}.cells()) {}

std::string CoverageCache::folder() const {
  return root_ + "/" + std::string(kFolderPrefix) + key_;
}

std::string CoverageCache::path_of(const Window& window) const {
  return fmt::format("{}/{}{}_{}_{}_{}{}", folder(), kWindowPrefix, window.col, window.row,
                     window.cols, window.rows, kWindowSuffix);
}

bool CoverageCache::is_there() const {
  return !key_.empty() && is_real_folder(root_) && is_real_folder(folder());
}

std::optional<std::string> CoverageCache::make_room() const {
  try {
    make_folder(root_);
    const std::string own = folder();
    for (const std::string& name : names_in(root_)) {
      const std::string other = root_ + "/" + name;
      if (other == own || !is_coverage_folder(name) || !is_real_folder(other)) continue;
      remove_files(other, [](std::string_view file) {
        return is_window_file(file) || is_window_being_written(file);
      });
      ::rmdir(other.c_str());
    }
    make_folder(own);
    if (::access(own.c_str(), W_OK | X_OK) != 0) fail_write(own, "write into the folder", errno);
    remove_files(own, is_window_being_written);
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

void CoverageCache::begin_to_read() { reads_ = is_there(); }

void CoverageCache::begin_to_keep() { reads_ = keeps_ = is_there(); }

CoverageCache::Found CoverageCache::of(const Window& window) const {
  if (!reads_ || window.empty() || !may_keep(window)) {
    return {engine::cover(zones_, window), false};
  }
  try {
    if (auto coverage = read(window)) return {*std::move(coverage), true};
  } catch (const std::exception&) {  // what cannot be read is computed
  }
  Found found{engine::cover(zones_, window), false};
  try {
    if (keeps_) write(found.coverage);
  } catch (const std::exception&) {  // the next run computes it again
  }
  return found;
}

std::optional<Coverage> CoverageCache::read(const Window& window) const {
  const std::string path = path_of(window);
  std::error_code error;
  // Of a link it is not known where it leads, and to open a pipe would hang.
  if (fs::symlink_status(path, error).type() != fs::file_type::regular) return std::nullopt;
  const RandomAccessFile file(path);
  CoverageHead head;
  file.read(0, std::as_writable_bytes(std::span(&head, 1)));
  const bool is_ours = head.magic == kMagic && head.version == kCoverageFileVersion &&
                       head.zones == zones_.zones().size() &&
                       std::string_view(head.key.data(), head.key.size()) == key_ &&
                       head.window == window;
  if (!is_ours || !fits(head, file.size())) return std::nullopt;
  Coverage coverage;
  coverage.window = window;
  std::uint64_t offset = sizeof(head);
  read_all(file, offset, head.runs, coverage.runs);
  read_all(file, offset, head.mixed, coverage.mixed);
  read_all(file, offset, head.shares, coverage.shares);
  if (checksum_of(head, coverage) != head.xxh3) return std::nullopt;
  if (!is_sound(coverage, zones_.zones().size())) return std::nullopt;
  return coverage;
}

void CoverageCache::write(const Coverage& coverage) const {
  CoverageHead head;
  head.zones = static_cast<std::uint32_t>(zones_.zones().size());
  std::copy_n(key_.begin(), head.key.size(), head.key.begin());
  head.window = coverage.window;
  head.runs = static_cast<std::uint32_t>(coverage.runs.size());
  head.mixed = static_cast<std::uint32_t>(coverage.mixed.size());
  head.shares = static_cast<std::uint32_t>(coverage.shares.size());
  if (sizeof(head) + head.bytes_that_follow() > most_bytes(coverage.window)) return;
  head.xxh3 = checksum_of(head, coverage);
  const std::array<std::string_view, 4> parts{
      std::string_view(reinterpret_cast<const char*>(&head), sizeof(head)), bytes_of(coverage.runs),
      bytes_of(coverage.mixed), bytes_of(coverage.shares)};
  const std::lock_guard lock(writing_);
  write_without_sync(path_of(coverage.window), parts);
}

}  // namespace cnci::io
