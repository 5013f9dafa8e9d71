#include "io/tile_store.h"

#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "io/durable_file.h"
#include "io/tile_file.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Error;

constexpr int kStoreVersion = 3;
constexpr const char* kIdentityFile = "identity.json";
constexpr std::string_view kTilePrefix = "tile_";
constexpr std::string_view kTileSuffix = ".h5";

std::optional<std::uint32_t> tile_of_name(std::string_view name) {
  if (!name.starts_with(kTilePrefix) || !name.ends_with(kTileSuffix)) return std::nullopt;
  name.remove_prefix(kTilePrefix.size());
  name.remove_suffix(kTileSuffix.size());
  std::uint32_t tile = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tile);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return tile;
}

/// A checksum over what the identity file says, so that damage is not taken for another job.
std::string seal_of(const StoreIdentity& identity) {
  const std::string all =
      identity.result_hash + '\n' + identity.layout_hash + '\n' + identity.description_json;
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(all.data(), all.size())));
  return text.data();
}

}  // namespace

TileStore::TileStore(std::string folder, StoreIdentity identity)
    : folder_(std::move(folder)), identity_(std::move(identity)) {
  require_real_folder(folder_);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw Error(folder_ + ": cannot create the folder of the tile store (" + error.message() +
                "); choose another output.path or check who may write there");
  }
  if (const auto found = identity_of(folder_)) {
    if (found->result_hash != identity_.result_hash ||
        found->layout_hash != identity_.layout_hash) {
      throw Error(folder_ + ": holds tiles of another job (" +
                  (found->result_hash != identity_.result_hash ? "its settings or inputs differ"
                                                               : "its tile or chunk size differs") +
                  "); use --fresh to start over, or another output.path");
    }
    return;
  }
  const nlohmann::ordered_json text = {{"format", "cnci tile store"},
                                       {"version", kStoreVersion},
                                       {"result_hash", identity_.result_hash},
                                       {"layout_hash", identity_.layout_hash},
                                       {"description", identity_.description_json},
                                       {"xxh3", seal_of(identity_)}};
  write_text_durably((fs::path(folder_) / kIdentityFile).string(), text.dump(2) + "\n");
}

std::optional<StoreIdentity> TileStore::identity_of(const std::string& folder) {
  const std::string path = (fs::path(folder) / kIdentityFile).string();
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  const auto cannot_be_read = [&] {
    return engine::AccessError(path +
                               ": cannot be read, so that it is not known whose tiles these are; "
                               "check who may read it, or choose another output.path");
  };
  if (error) throw cannot_be_read();
  if (!fs::is_regular_file(status)) {  // to open a pipe would hang
    throw Error(path +
                ": is no file, so that it cannot be told whose tiles these are; use --fresh "
                "to start over");
  }
  try {
    std::ifstream in(path);
    if (!in.is_open()) throw cannot_be_read();
    const auto text = nlohmann::json::parse(in);
    if (text.at("version").get<int>() != kStoreVersion) {
      throw Error(path + ": is a tile store of another version; use --fresh to start over");
    }
    StoreIdentity identity{.result_hash = text.at("result_hash").get<std::string>(),
                           .layout_hash = text.at("layout_hash").get<std::string>(),
                           .description_json = text.at("description").get<std::string>()};
    if (text.at("xxh3").get<std::string>() != seal_of(identity)) {
      throw Error(path +
                  ": is damaged (its checksum does not agree), so that it cannot be told whose "
                  "tiles these are; use --fresh to start over");
    }
    return identity;
  } catch (const std::ios_base::failure&) {
    throw cannot_be_read();
  } catch (const nlohmann::json::exception& problem) {
    throw Error(path + ": is damaged (" + problem.what() + "); use --fresh to start over");
  }
}

std::string TileStore::tile_path(std::uint32_t tile) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "tile_%08u.h5", tile);
  return (fs::path(folder_) / name.data()).string();
}

void TileStore::write(const StoredTile& tile) const {
  const std::string path = tile_path(tile.tile);
  const std::string temporary = temporary_name(path);
  try {
    write_tile_file(temporary, tile, identity_);
    sync_file(temporary);
    // A name that a power failure takes back costs a tile, not a wrong one.
    name_file(temporary, path);
  } catch (const std::exception& error) {
    ::unlink(temporary.c_str());
    throw engine::HopelessError(error.what());
  }
}

StoredTile TileStore::read(std::uint32_t tile) const {
  return read_tile_file(tile_path(tile), tile, identity_);
}

void TileStore::visit_chunks(std::uint32_t tile,
                             const std::function<void(const StoredChunk&)>& visit) const {
  visit_chunks_of_tile_file(tile_path(tile), tile, identity_, visit);
}

bool TileStore::contains(std::uint32_t tile) const {
  try {
    verify_tile_file(tile_path(tile), tile, identity_);
    return true;
  } catch (const Error&) {
    return false;
  }
}

TileStore::Scan TileStore::scan() const {
  require_real_folder(folder_);
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) files.push_back(entry.path());
  if (error) throw Error(folder_ + ": cannot list the tile store (" + error.message() + ")");
  std::sort(files.begin(), files.end());

  Scan result;
  const auto remove = [&](const fs::path& file) {
    std::error_code problem;
    fs::remove(file, problem);
    if (problem) {
      throw Error(file.string() + ": cannot remove the unusable file (" + problem.message() + ")");
    }
  };
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    if (is_temporary_name(name)) {
      remove(file);
      continue;
    }
    const auto tile = tile_of_name(name);
    if (!tile || file.string() != tile_path(*tile)) {
      const bool is_known = name == kIdentityFile || name.starts_with('.');
      if (!is_known) result.warnings.push_back(file.string() + ": is no tile; it is left alone");
      continue;
    }
    try {
      verify_parts_of_tile_file(file.string(), *tile, identity_);
      result.valid.push_back(*tile);
    } catch (const engine::AccessError& problem) {
      throw Error(std::string(problem.what()) +
                  "; the tile in it may be sound and is kept: make the file readable, or remove it "
                  "to have its tile computed again");
    } catch (const Error& problem) {
      result.warnings.emplace_back(problem.what());
      remove(file);
    }
  }
  return result;
}

}  // namespace cnci::io
