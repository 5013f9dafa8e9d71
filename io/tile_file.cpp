#include "io/tile_file.h"

#include <hdf5.h>
#include <xxhash.h>

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_handles.h"
#include "io/tile_seal.h"

namespace cnci::io {
namespace {

using engine::AccessError;
using engine::Error;

constexpr const char* kFormat = "cnci tile";

/// A row of the dataset `index`: where the bytes of a chunk stand in `payload`.
struct IndexRow {
  std::uint32_t variable;
  std::uint32_t year;
  std::uint32_t member;
  std::uint32_t reserved;
  std::int64_t chunk_row;
  std::int64_t chunk_col;
  std::uint64_t offset;
  std::uint64_t length;
  std::uint64_t xxh3;
};

h5::Handle index_type(const std::string& path) {
  const std::string what = "make the type of the index";
  h5::Handle type(h5::check(H5Tcreate(H5T_COMPOUND, sizeof(IndexRow)), path, what), H5Tclose);
  const auto insert = [&](const char* name, std::size_t offset, hid_t member) {
    h5::check(H5Tinsert(type.get(), name, offset, member), path, what);
  };
  insert("variable", offsetof(IndexRow, variable), H5T_STD_U32LE);
  insert("year", offsetof(IndexRow, year), H5T_STD_U32LE);
  insert("member", offsetof(IndexRow, member), H5T_STD_U32LE);
  insert("reserved", offsetof(IndexRow, reserved), H5T_STD_U32LE);
  insert("chunk_row", offsetof(IndexRow, chunk_row), H5T_STD_I64LE);
  insert("chunk_col", offsetof(IndexRow, chunk_col), H5T_STD_I64LE);
  insert("offset", offsetof(IndexRow, offset), H5T_STD_U64LE);
  insert("length", offsetof(IndexRow, length), H5T_STD_U64LE);
  insert("xxh3", offsetof(IndexRow, xxh3), H5T_STD_U64LE);
  return type;
}

std::uint64_t checksum(const void* data, std::size_t size) { return XXH3_64bits(data, size); }

h5::Handle make_dataset(hid_t file, const std::string& path, const char* name, hid_t type,
                        std::size_t size) {
  const std::string what = std::string("create the dataset ") + name;
  const hsize_t extent = size;
  const h5::Handle space(h5::check(H5Screate_simple(1, &extent, nullptr), path, what), H5Sclose);
  const h5::Handle properties = h5::dataset_properties(path);
  h5::check(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER), path, what);
  return {h5::check(
              H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
              path, what),
          H5Dclose};
}

/// Where a contiguous dataset that holds something begins in its file.
std::uint64_t place_of(hid_t dataset, const std::string& path, const char* name) {
  const haddr_t offset = H5Dget_offset(dataset);
  if (offset == HADDR_UNDEF) h5::fail(path, std::string("find the dataset ") + name);
  return offset;
}

void write_bytes(hid_t file, const std::string& path, const char* name, const void* data,
                 std::size_t size, std::vector<WrittenPart>& parts) {
  const h5::Handle dataset = make_dataset(file, path, name, H5T_STD_U8LE, size);
  if (size > 0) {
    h5::check(H5Dwrite(dataset.get(), H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), path,
              std::string("write the dataset ") + name);
  }
  const std::uint64_t sum = checksum(data, size);
  h5::write_uint64(dataset.get(), path, "xxh3", sum);
  if (size > 0) parts.push_back({place_of(dataset.get(), path, name), data, size});
}

void write_payload(hid_t file, const std::string& path, const std::vector<StoredChunk>& chunks,
                   const std::vector<IndexRow>& index, std::vector<WrittenPart>& parts) {
  const std::string what = "write the dataset payload";
  const std::size_t total = index.empty() ? 0 : index.back().offset + index.back().length;
  const h5::Handle payload = make_dataset(file, path, "payload", H5T_STD_U8LE, total);
  const h5::Handle space(h5::check(H5Dget_space(payload.get()), path, what), H5Sclose);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const hsize_t start = index[i].offset;
    const hsize_t count = index[i].length;
    if (count == 0) continue;
    h5::check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr),
              path, what);
    const h5::Handle memory(h5::check(H5Screate_simple(1, &count, nullptr), path, what), H5Sclose);
    h5::check(H5Dwrite(payload.get(), H5T_STD_U8LE, memory.get(), space.get(), H5P_DEFAULT,
                       chunks[i].bytes.data()),
              path, what);
  }
  if (total == 0) return;
  const std::uint64_t begin = place_of(payload.get(), path, "payload");
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    parts.push_back({begin + index[i].offset, chunks[i].bytes.data(), chunks[i].bytes.size()});
  }
}

std::vector<IndexRow> make_index(const std::vector<StoredChunk>& chunks) {
  std::vector<IndexRow> index;
  index.reserve(chunks.size());
  std::uint64_t offset = 0;
  for (const StoredChunk& chunk : chunks) {
    index.push_back({.variable = chunk.variable,
                     .year = chunk.year,
                     .member = 0,
                     .reserved = 0,
                     .chunk_row = chunk.chunk_row,
                     .chunk_col = chunk.chunk_col,
                     .offset = offset,
                     .length = chunk.bytes.size(),
                     .xxh3 = checksum(chunk.bytes.data(), chunk.bytes.size())});
    offset += chunk.bytes.size();
  }
  return index;
}

/// No part of a file is larger than the file: datasets are neither compressed nor sparse.
std::size_t most_bytes(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw AccessError(path + ": cannot read its size (" + error.message() + ")");
  return static_cast<std::size_t>(size);
}

/// Opens a dataset as write_tile_file() makes them and says how many elements it has. Refuses any
/// other: links to other files, data that lie in other files, compressed or sparse data, which
/// could claim any size.
std::pair<h5::Handle, std::size_t> open_dataset(hid_t file, const std::string& path,
                                                const char* name, std::size_t element_bytes) {
  const std::string what = std::string("read the dataset ") + name;
  H5L_info_t link;
  h5::check(H5Lget_info(file, name, &link, H5P_DEFAULT), path, what);
  if (link.type != H5L_TYPE_HARD) throw Error(path + ": the dataset " + name + " lies elsewhere");
  h5::Handle dataset(h5::check(H5Dopen2(file, name, H5P_DEFAULT), path, what), H5Dclose);
  const h5::Handle space(h5::check(H5Dget_space(dataset.get()), path, what), H5Sclose);
  const h5::Handle properties(h5::check(H5Dget_create_plist(dataset.get()), path, what), H5Pclose);
  if (H5Sget_simple_extent_ndims(space.get()) != 1 ||
      H5Pget_layout(properties.get()) != H5D_CONTIGUOUS ||
      H5Pget_external_count(properties.get()) != 0) {
    throw Error(path + ": the dataset " + name + " is not as this program writes it");
  }
  const std::size_t size =
      h5::element_count(dataset.get(), path, name, most_bytes(path) / element_bytes);
  return {std::move(dataset), size};
}

void verify_part(hid_t dataset, const std::string& path, const char* name, const void* data,
                 std::size_t size) {
  if (h5::read_uint64(dataset, path, "xxh3") != checksum(data, size)) {
    throw Error(path + ": the dataset " + name + " is damaged (its checksum does not agree)");
  }
}

template <typename Container>
Container read_bytes(hid_t file, const std::string& path, const char* name) {
  const auto [dataset, size] = open_dataset(file, path, name, 1);
  Container data(size, typename Container::value_type{});
  if (size > 0) {
    h5::check(H5Dread(dataset.get(), H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()),
              path, std::string("read the dataset ") + name);
  }
  verify_part(dataset.get(), path, name, data.data(), data.size());
  return data;
}

std::vector<IndexRow> read_index(hid_t file, const std::string& path) {
  const auto [dataset, rows] = open_dataset(file, path, "index", sizeof(IndexRow));
  const h5::Handle type = index_type(path);
  std::vector<IndexRow> index(rows);
  if (rows > 0) {
    h5::check(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, index.data()), path,
              "read the dataset index");
  }
  verify_part(dataset.get(), path, "index", index.data(), index.size() * sizeof(IndexRow));
  return index;
}

/// Calls visit(chunk) with every chunk, verified, in the order of the file.
template <typename Visit>
void visit_chunks(hid_t file, const std::string& path, const Visit& visit) {
  const std::string what = "read the dataset payload";
  const std::vector<IndexRow> index = read_index(file, path);
  const auto [payload, total] = open_dataset(file, path, "payload", 1);
  const h5::Handle space(h5::check(H5Dget_space(payload.get()), path, what), H5Sclose);
  std::uint64_t next = 0;
  for (const IndexRow& row : index) {
    // Chunks lie one behind the other; rows that share bytes could claim any amount of memory.
    if (row.offset != next || row.length > total - row.offset) {
      throw Error(path + ": is damaged: the index points beyond the payload");
    }
    next += row.length;
    if (row.member != 0) throw Error(path + ": holds ensemble members, which this version cannot");
    StoredChunk chunk{.variable = row.variable,
                      .year = row.year,
                      .chunk_row = row.chunk_row,
                      .chunk_col = row.chunk_col,
                      .bytes = std::vector<std::byte>(row.length)};
    const hsize_t start = row.offset;
    const hsize_t count = row.length;
    if (count > 0) {
      h5::check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr),
                path, what);
      const h5::Handle memory(h5::check(H5Screate_simple(1, &count, nullptr), path, what),
                              H5Sclose);
      h5::check(H5Dread(payload.get(), H5T_STD_U8LE, memory.get(), space.get(), H5P_DEFAULT,
                        chunk.bytes.data()),
                path, what);
    }
    if (checksum(chunk.bytes.data(), chunk.bytes.size()) != row.xxh3) {
      throw Error(path + ": a chunk is damaged (its checksum does not agree)");
    }
    visit(std::move(chunk));
  }
}

/// Throws Error where the sealed file is not this tile of this job.
void verify_header(hid_t file, const std::string& path, std::uint32_t tile,
                   const StoreIdentity& identity) {
  if (h5::read_text(file, path, "format") != kFormat ||
      h5::read_int(file, path, "version") != kTileFileVersion) {
    throw Error(path + ": is no tile of version " + std::to_string(kTileFileVersion));
  }
  const std::uint64_t stored = h5::read_uint64(file, path, "tile");
  if (stored != tile) throw Error(path + ": holds tile " + std::to_string(stored));
  if (h5::read_text(file, path, "result_hash") != identity.result_hash) {
    throw Error(path + ": belongs to another job or other inputs (result hash)");
  }
  if (h5::read_text(file, path, "layout_hash") != identity.layout_hash) {
    throw Error(path + ": belongs to another tile or chunk size (layout hash)");
  }
}

h5::Handle open_verified(const std::string& path, std::uint32_t tile,
                         const StoreIdentity& identity) {
  verify_seal(path);
  h5::Handle file = h5::open_file_read_only(path);
  verify_header(file.get(), path, tile, identity);
  return file;
}

}  // namespace

void write_tile_file(const std::string& path, const StoredTile& tile,
                     const StoreIdentity& identity) {
  h5::Handle file = h5::create_file(path, kSealBytes);
  h5::write_text(file.get(), path, "format", kFormat);
  h5::write_int(file.get(), path, "version", kTileFileVersion);
  h5::write_uint64(file.get(), path, "tile", tile.tile);
  h5::write_text(file.get(), path, "result_hash", identity.result_hash);
  h5::write_text(file.get(), path, "layout_hash", identity.layout_hash);

  const std::vector<IndexRow> index = make_index(tile.chunks);
  const h5::Handle type = index_type(path);
  const h5::Handle dataset = make_dataset(file.get(), path, "index", type.get(), index.size());
  if (!index.empty()) {
    h5::check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, index.data()),
              path, "write the dataset index");
  }
  const std::uint64_t sum = checksum(index.data(), index.size() * sizeof(IndexRow));
  h5::write_uint64(dataset.get(), path, "xxh3", sum);

  std::vector<WrittenPart> parts;
  if (!index.empty()) {
    parts.push_back(
        {place_of(dataset.get(), path, "index"), index.data(), index.size() * sizeof(IndexRow)});
  }
  write_payload(file.get(), path, tile.chunks, index, parts);
  write_bytes(file.get(), path, "sums", tile.sums.data(), tile.sums.size(), parts);
  write_bytes(file.get(), path, "timings", tile.timings_json.data(), tile.timings_json.size(),
              parts);
  h5::close_file(file, path);
  seal_file(path, parts);
}

void verify_tile_file(const std::string& path, std::uint32_t tile, const StoreIdentity& identity) {
  static_cast<void>(open_verified(path, tile, identity));
}

void verify_parts_of_tile_file(const std::string& path, std::uint32_t tile,
                               const StoreIdentity& identity) {
  const h5::Handle file = open_verified(path, tile, identity);
  visit_chunks(file.get(), path, [](StoredChunk&&) {});
  static_cast<void>(read_bytes<std::vector<std::byte>>(file.get(), path, "sums"));
  static_cast<void>(read_bytes<std::string>(file.get(), path, "timings"));
}

void visit_chunks_of_tile_file(const std::string& path, std::uint32_t tile,
                               const StoreIdentity& identity,
                               const std::function<void(const StoredChunk&)>& visit) {
  const h5::Handle file = open_verified(path, tile, identity);
  visit_chunks(file.get(), path, [&](StoredChunk&& chunk) { visit(chunk); });
}

StoredTile read_tile_file(const std::string& path, std::uint32_t tile,
                          const StoreIdentity& identity) {
  const h5::Handle file = open_verified(path, tile, identity);
  StoredTile out;
  out.tile = tile;
  visit_chunks(file.get(), path,
               [&](StoredChunk&& chunk) { out.chunks.push_back(std::move(chunk)); });
  out.sums = read_bytes<std::vector<std::byte>>(file.get(), path, "sums");
  out.timings_json = read_bytes<std::string>(file.get(), path, "timings");
  return out;
}

}  // namespace cnci::io
