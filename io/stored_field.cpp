#include "io/stored_field.h"

#include <cstdint>

#include "engine/error.h"
#include "io/hdf5_handles.h"

namespace cnci::io {
namespace {

herr_t collect_hard_link(hid_t /*group*/, const char* name, const H5L_info_t* info, void* names) {
  if (info->type == H5L_TYPE_HARD) {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  }
  return 0;
}

/// Files of others may not have kept the order in which their objects were made.
H5_index_t best_order(hid_t file, const std::string& path, const std::string& what) {
  const h5::Handle root(h5::check(H5Gopen2(file, "/", H5P_DEFAULT), path, what), H5Gclose);
  const h5::Handle properties(h5::check(H5Gget_create_plist(root.get()), path, what), H5Pclose);
  unsigned order = 0;
  h5::check(H5Pget_link_creation_order(properties.get(), &order), path, what);
  return (order & H5P_CRT_ORDER_INDEXED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

}  // namespace

std::vector<std::string> field_names(hid_t file, const std::string& path) {
  const std::string what = "list the variables";
  std::vector<std::string> names;
  h5::check(H5Literate(file, best_order(file, path, what), H5_ITER_INC, nullptr, collect_hard_link,
                       &names),
            path, what);
  std::vector<std::string> fields;
  for (const std::string& name : names) {
    const h5::Handle object(h5::check(H5Oopen(file, name.c_str(), H5P_DEFAULT), path, what),
                            H5Oclose);
    if (H5Iget_type(object.get()) != H5I_DATASET) continue;
    const h5::Handle space(h5::check(H5Dget_space(object.get()), path, what), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.get()) == 3) fields.push_back(name);
  }
  return fields;
}

FieldChunk read_stored_chunk(hid_t field, const std::string& path, const std::string& name,
                             const std::array<hsize_t, 3>& corner, std::size_t raw_bytes) {
  const std::string what = "read a chunk of " + name;
  hsize_t size = 0;
  if (H5Dget_chunk_storage_size(field, corner.data(), &size) < 0) {
    // HDF5 1.10 reports a chunk that was never written as a failure.
    if (h5::last_error().find("not allocated") == std::string::npos) h5::fail(path, what);
    H5Eclear2(H5E_DEFAULT);
    return {};
  }
  // Deflating never makes a chunk much longer.
  if (size > raw_bytes + raw_bytes / 64 + 4096) {
    throw engine::Error(path + ": is damaged: a chunk of " + name + " claims " +
                        std::to_string(size) + " bytes of " + std::to_string(raw_bytes));
  }
  FieldChunk chunk;
  chunk.bytes.resize(size);
  if (size == 0) return chunk;
  std::uint32_t skipped_filters = 0;
  h5::check(H5Dread_chunk(field, H5P_DEFAULT, corner.data(), &skipped_filters, chunk.bytes.data()),
            path, what);
  chunk.filtered = skipped_filters == 0;
  return chunk;
}

}  // namespace cnci::io
