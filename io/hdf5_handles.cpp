#include "io/hdf5_handles.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io::h5 {
namespace {

/// HDF5 1.10 cannot close a file that a full disk has cut short, and its handler at exit then
/// crashes the program. Every file here is closed by its owner, so the handler has nothing to do;
/// it can only be declined before HDF5 is first used.
[[maybe_unused]] const herr_t kNoHandlerAtExit = H5dont_atexit();

herr_t keep_innermost(unsigned /*depth*/, const H5E_error2_t* entry, void* text) {
  auto& out = *static_cast<std::string*>(text);
  if (out.empty() && entry->desc != nullptr) out = entry->desc;
  return 0;
}

std::string remedy(const std::string& message, int error, bool creating) {
  if (message.find("unable to lock") != std::string::npos ||
      message.find("lock file") != std::string::npos) {
    return "; another program holds a lock, or the file system offers none: set "
           "HDF5_USE_FILE_LOCKING=FALSE and run again";
  }
  // Only where a file is made does its absence mean that the folder has gone.
  return error == ENOENT && !creating ? "" : write_advice(error);
}

/// The errno that HDF5 writes into its messages about file operations; 0 where there is none.
int errno_of(const std::string& message) {
  constexpr std::string_view kErrno = "errno = ";
  const auto at = message.find(kErrno);
  return at == std::string::npos ? 0 : std::atoi(message.c_str() + at + kErrno.size());
}

std::string raw_last_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  return text;
}

/// Messages of file operations carry the time of day, addresses and the system's own message.
std::string short_message(std::string text) {
  constexpr std::string_view kSystemMessage = "error message = '";
  if (const auto at = text.find(kSystemMessage); at != std::string::npos) {
    const auto begin = at + kSystemMessage.size();
    const std::string operation = text.substr(0, text.find(':'));
    return operation + ": " + text.substr(begin, text.find('\'', begin) - begin);
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

constexpr std::size_t kMostAttributeBytes = std::size_t{1} << 20;

herr_t check_attribute(hid_t object, const char* name, const H5A_info_t* /*info*/, void* data) {
  auto& bad = *static_cast<std::string*>(data);
  bad = name;
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute.open()) return -1;
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (!space.open() || !type.open()) return -1;
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const std::size_t size = H5Tget_size(type.get());
  const bool text = H5Tget_class(type.get()) == H5T_STRING;
  if (count < 0 || size == 0 || static_cast<std::size_t>(count) > kMostAttributeBytes / size ||
      (text && count != 1)) {
    return -1;
  }
  return 0;
}

herr_t check_object(hid_t file, const char* name, const H5O_info_t* info, void* bad) {
  if (info->num_attrs == 0) return 0;
  const Handle object(H5Oopen(file, name, H5P_DEFAULT), H5Oclose);
  if (!object.open()) return -1;
  return H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, check_attribute, bad);
}

/// Readers make room for an attribute by its claims, and HDF5 fills it by its content.
void check_attributes(hid_t file, const std::string& path) {
  std::string bad;
  if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, check_object, &bad,
                H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS) >= 0) {
    return;
  }
  if (errno_of(raw_last_error()) != 0) fail(path, "list the objects of the file");
  H5Eclear2(H5E_DEFAULT);
  throw engine::Error(path + ": is damaged or no file of this program (" +
                      (bad.empty() ? "its objects cannot be listed" : "attribute " + bad) + ")");
}

}  // namespace

void silence_errors() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string last_error() { return short_message(raw_last_error()); }

void fail(const std::string& file, const std::string& what) {
  const std::string raw = raw_last_error();
  H5Eclear2(H5E_DEFAULT);
  const std::string message = short_message(raw);
  const int error = errno_of(raw);
  const std::string text = file + ": cannot " + what +
                           (message.empty() ? "" : " (HDF5: " + message + ")") +
                           remedy(message, error, what.starts_with("create the file"));
  if (error != 0) throw engine::AccessError(text);
  throw engine::Error(text);
}

Handle access_properties(const std::string& file, const std::string& what) {
  Handle access(check(H5Pcreate(H5P_FILE_ACCESS), file, what), H5Pclose);
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), file, what);
  // A file has one writer, under a name that nobody else knows: locks would only fail, where the
  // file system has none or another program holds one.
  check(H5Pset_file_locking(access.get(), false, true), file, what);
  return access;
}

Handle create_file(const std::string& path, hsize_t userblock) {
  silence_errors();
  require_no_link(path);
  const std::string what = "create the file";
  const Handle create(check(H5Pcreate(H5P_FILE_CREATE), path, what), H5Pclose);
  check(H5Pset_obj_track_times(create.get(), false), path, what);
  check(H5Pset_userblock(create.get(), userblock), path, what);
  check(H5Pset_link_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        path, what);
  check(H5Pset_attr_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        path, what);
  const Handle access = access_properties(path, what);
  // Data goes out with the call that writes it: what HDF5 holds back until a dataset closes would
  // be lost without a word where the disk is full.
  check(H5Pset_sieve_buf_size(access.get(), 0), path, what);
  return {check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, create.get(), access.get()), path, what),
          H5Fclose};
}

Handle open_file_read_only(const std::string& path) {
  silence_errors();
  const std::string what = "open the file";
  const Handle access = access_properties(path, what);
  Handle file(check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), path, what), H5Fclose);
  check_attributes(file.get(), path);
  return file;
}

std::size_t element_count(hid_t dataset, const std::string& file, const std::string& name,
                          std::size_t most) {
  const std::string what = "read the size of " + name;
  const Handle space(check(H5Dget_space(dataset), file, what), H5Sclose);
  const auto count = check(H5Sget_simple_extent_npoints(space.get()), file, what);
  if (static_cast<std::size_t>(count) > most) {
    throw engine::Error(file + ": is damaged: " + name + " claims " + std::to_string(count) +
                        " elements, at most " + std::to_string(most) + " are possible");
  }
  return static_cast<std::size_t>(count);
}

Handle dataset_properties(const std::string& file) {
  const std::string what = "set the properties of a dataset";
  Handle create(check(H5Pcreate(H5P_DATASET_CREATE), file, what), H5Pclose);
  check(H5Pset_obj_track_times(create.get(), false), file, what);
  check(H5Pset_attr_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        file, what);
  return create;
}

Handle group_properties(const std::string& file) {
  const std::string what = "set the properties of a group";
  Handle create(check(H5Pcreate(H5P_GROUP_CREATE), file, what), H5Pclose);
  check(H5Pset_obj_track_times(create.get(), false), file, what);
  check(H5Pset_link_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        file, what);
  check(H5Pset_attr_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        file, what);
  return create;
}

Handle text_type(std::size_t length, const std::string& file) {
  const std::string what = "make a text type";
  Handle type(check(H5Tcopy(H5T_C_S1), file, what), H5Tclose);
  check(H5Tset_size(type.get(), length == 0 ? H5T_VARIABLE : length), file, what);
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), file, what);
  return type;
}

void close_file(Handle& file, const std::string& path) {
  check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), path, "write the file");
  check(file.reset(), path, "close the file");
}

}  // namespace cnci::io::h5
