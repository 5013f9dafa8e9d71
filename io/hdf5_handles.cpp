#include "io/hdf5_handles.h"

#include <algorithm>
#include <string_view>

#include "engine/error.h"

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

std::string remedy(const std::string& message) {
  if (message.find("No space left") != std::string::npos) {
    return "; free some space there or choose another output.path, then run again";
  }
  if (message.find("unable to lock") != std::string::npos ||
      message.find("lock file") != std::string::npos) {
    return "; the file system offers no locks: set HDF5_USE_FILE_LOCKING=FALSE and run again";
  }
  if (message.find("Permission denied") != std::string::npos ||
      message.find("Read-only file system") != std::string::npos) {
    return "; check who may write there";
  }
  return "";
}

}  // namespace

void silence_errors() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string last_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  // Messages of file operations carry the time of day, addresses and the system's own message.
  constexpr std::string_view kSystemMessage = "error message = '";
  if (const auto at = text.find(kSystemMessage); at != std::string::npos) {
    const auto begin = at + kSystemMessage.size();
    const std::string operation = text.substr(0, text.find(':'));
    return operation + ": " + text.substr(begin, text.find('\'', begin) - begin);
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void fail(const std::string& file, const std::string& what) {
  const std::string message = last_error();
  H5Eclear2(H5E_DEFAULT);
  throw engine::Error(file + ": cannot " + what +
                      (message.empty() ? "" : " (HDF5: " + message + ")") + remedy(message));
}

Handle create_file(const std::string& path, hsize_t userblock) {
  silence_errors();
  const std::string what = "create the file";
  const Handle create(check(H5Pcreate(H5P_FILE_CREATE), path, what), H5Pclose);
  check(H5Pset_obj_track_times(create.get(), false), path, what);
  check(H5Pset_userblock(create.get(), userblock), path, what);
  check(H5Pset_link_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        path, what);
  check(H5Pset_attr_creation_order(create.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        path, what);
  const Handle access(check(H5Pcreate(H5P_FILE_ACCESS), path, what), H5Pclose);
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), path, what);
  return {check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, create.get(), access.get()), path, what),
          H5Fclose};
}

Handle open_file_read_only(const std::string& path) {
  silence_errors();
  const std::string what = "open the file";
  const Handle access(check(H5Pcreate(H5P_FILE_ACCESS), path, what), H5Pclose);
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), path, what);
  return {check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), path, what), H5Fclose};
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
