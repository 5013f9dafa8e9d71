#include "io/tile_seal.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <system_error>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io {
namespace {

using engine::AccessError;
using engine::Error;

/// Size and checksum of the whole file, as text in its first 512 bytes.
using Seal = std::array<char, kSealBytes>;

Seal make_seal(std::uint64_t size, std::uint64_t sum) {
  Seal seal{};
  std::snprintf(seal.data(), seal.size(), "cnci tile %d\nbytes %llu\nxxh3 %016llx\n",
                kTileFileVersion, static_cast<unsigned long long>(size),
                static_cast<unsigned long long>(sum));
  return seal;
}

struct FreeXxh3 {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File open_to_read(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  const bool leads_nowhere = (status.type() == fs::file_type::not_found ||
                              error == std::errc::too_many_symbolic_link_levels ||
                              error == std::errc::filename_too_long) &&
                             fs::is_symlink(fs::symlink_status(path, error));
  if (leads_nowhere || (fs::exists(status) && !fs::is_regular_file(status))) {
    throw Error(path + ": is no file");  // to open a pipe would hang
  }
  File file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    throw AccessError(path + ": cannot open the file (" + std::generic_category().message(errno) +
                      ")");
  }
  return file;
}

/// As many bytes as there are, up to the size of the buffer.
std::size_t read_some(std::FILE* file, const std::string& path, std::span<char> into) {
  const std::size_t got = std::fread(into.data(), 1, into.size(), file);
  if (got < into.size() && std::ferror(file) != 0) {
    throw AccessError(path + ": cannot read the file (" + std::generic_category().message(errno) +
                      ")" + (errno == EIO ? write_advice(EIO) : ""));
  }
  return got;
}

/// Size of the file and checksum of all that follows the seal; `in` stands behind the seal. Calls
/// visit(bytes) for what it reads, one after the other.
template <typename Visit>
Seal computed_seal(std::FILE* in, const std::string& path, const Visit& visit) {
  const std::unique_ptr<XXH3_state_t, FreeXxh3> state(XXH3_createState());
  if (!state || XXH3_64bits_reset(state.get()) != XXH_OK) throw std::bad_alloc();
  std::vector<char> buffer(std::size_t{1} << 18);
  std::uint64_t size = kSealBytes;
  for (std::size_t got = buffer.size(); got == buffer.size();) {
    got = read_some(in, path, buffer);
    if (XXH3_64bits_update(state.get(), buffer.data(), got) != XXH_OK) {
      throw Error("the checksum of a tile cannot be made");
    }
    visit(std::span<const char>(buffer).first(got));
    size += got;
  }
  return make_seal(size, XXH3_64bits_digest(state.get()));
}

/// Whether bytes that begin at `offset` of a file hold what the parts have there.
bool agree(std::span<const char> bytes, std::uint64_t offset,
           const std::vector<WrittenPart>& parts) {
  return std::ranges::all_of(parts, [&](const WrittenPart& part) {
    const std::uint64_t begin = std::max(part.offset, offset);
    const std::uint64_t end = std::min(part.offset + part.size, offset + bytes.size());
    return begin >= end || std::memcmp(bytes.data() + (begin - offset),
                                       static_cast<const char*>(part.data) + (begin - part.offset),
                                       end - begin) == 0;
  });
}

}  // namespace

void seal_file(const std::string& path, const std::vector<WrittenPart>& parts) {
  Seal seal{};
  bool holds_all = true;
  {
    const File file = open_to_read(path);
    static_cast<void>(read_some(file.get(), path, seal));
    std::uint64_t size = kSealBytes;
    seal = computed_seal(file.get(), path, [&](std::span<const char> bytes) {
      holds_all = holds_all && agree(bytes, size, parts);
      size += bytes.size();
    });
    holds_all = holds_all && std::ranges::all_of(parts, [&](const WrittenPart& part) {
                  return part.offset >= kSealBytes && part.offset + part.size <= size;
                });
  }
  if (!holds_all) {
    throw Error(path +
                ": does not hold what was written into it; the memory or the file system of "
                "this host is at fault");
  }
  overwrite_beginning(path, seal);
}

void verify_seal(const std::string& path) {
  const File file = open_to_read(path);
  Seal stored{};
  if (read_some(file.get(), path, stored) < stored.size()) throw Error(path + ": is cut short");
  if (stored != computed_seal(file.get(), path, [](std::span<const char>) {})) {
    throw Error(path +
                ": is damaged (the checksum of the file does not agree); the tile will be "
                "computed again");
  }
}

}  // namespace cnci::io
