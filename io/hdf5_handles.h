// HDF5 identifiers as owned values, and calls whose failure becomes an Error with the file, the
// operation and HDF5's own message. HDF5 prints nothing by itself.
#pragma once

#include <hdf5.h>

#include <concepts>
#include <string>
#include <utility>

namespace cnci::io::h5 {

/// Stops HDF5's printing of errors in this thread (a thread-safe HDF5 keeps the switch per thread).
void silence_errors();

/// The innermost message of HDF5's error stack of this thread, empty where there is none.
[[nodiscard]] std::string last_error();

/// Throws Error: "FILE: cannot WHAT (HDF5: ...)", with a remedy where the cause is a known one;
/// AccessError where the operating system has refused.
[[noreturn]] void fail(const std::string& file, const std::string& what);

/// Passes on an identifier, a size or a status that is not negative; else fails.
template <std::signed_integral T>
T check(T result, const std::string& file, const std::string& what) {
  if (result < 0) fail(file, what);
  return result;
}

/// Owns one identifier.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      close_ = other.close_;
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool open() const { return id_ >= 0; }
  /// Closes and reports HDF5's status; nothing to do counts as success.
  herr_t reset() {
    const hid_t id = std::exchange(id_, H5I_INVALID_HID);
    return id >= 0 ? close_(id) : 0;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
  herr_t (*close_)(hid_t) = nullptr;
};

/// Properties of access to a file: closed with all its objects, without HDF5's locks.
[[nodiscard]] Handle access_properties(const std::string& file, const std::string& what);

/// A new file (replacing one of that name) whose bytes depend on its content only: default library
/// version, no object times, links and attributes in order of creation. `userblock`: bytes left
/// free at its beginning, 0 or a power of two from 512.
[[nodiscard]] Handle create_file(const std::string& path, hsize_t userblock = 0);
/// Throws Error also where an attribute anywhere in the file is larger than 1 MiB or a list of
/// texts: such files are not made here, and readers rely on it.
[[nodiscard]] Handle open_file_read_only(const std::string& path);

/// The number of elements of a dataset, at most `most`: what a file claims is not what it holds.
[[nodiscard]] std::size_t element_count(hid_t dataset, const std::string& file,
                                        const std::string& name, std::size_t most);

/// Properties of a dataset or group: no times, attributes (and links) in order of creation.
[[nodiscard]] Handle dataset_properties(const std::string& file);
[[nodiscard]] Handle group_properties(const std::string& file);

/// Text of `length` bytes, UTF-8; of variable length for 0.
[[nodiscard]] Handle text_type(std::size_t length, const std::string& file);

/// Flushes and closes a file; throws Error where its bytes did not all get out.
void close_file(Handle& file, const std::string& path);

}  // namespace cnci::io::h5
