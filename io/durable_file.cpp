#include "io/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace cnci::io {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

void sync_path(const std::string& path, int flags, const char* what) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0) fail_write(path, what, errno);
  // Some file systems cannot sync a folder and say EINVAL; their renames are as durable as they
  // get.
  if (::fsync(file.get()) != 0 && !((flags & O_DIRECTORY) != 0 && errno == EINVAL)) {
    fail_write(path, what, errno);
  }
}

void write_all(int file, const std::string& path, std::string_view rest) {
  while (!rest.empty()) {
    const auto written = ::write(file, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(path, "write the file", errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// How the names begin that processes of this host make for a file; their number follows.
std::string temporary_prefix(const std::string& path) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return "." + std::filesystem::path(path).filename().string() + "." + host.data() + ".";
}

bool is_link(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_symlink(std::filesystem::symlink_status(path, error));
}

}  // namespace

std::string write_advice(int error) {
  switch (error) {
    case ENOSPC:
      return "; the disk is full: free some space there or choose another output.path, then run "
             "again";
    case EDQUOT:
      return "; your quota is used up: free some space there or choose another output.path, then "
             "run again";
    case EFBIG:
      return "; the file system or `ulimit -f` allows no larger file: raise the limit or choose "
             "another output.path, then run again";
    case EACCES:
    case EPERM:
      return "; check who may write there or choose another output.path";
    case EROFS:
      return "; choose an output.path that can be written, or mount it for writing";
    case ENOENT:
      return "; the folder has gone: run again, and leave the output folder alone meanwhile";
    case EIO:
    case ESTALE:
      return "; the disk or the connection to it fails: see that it works, then run again";
    case EMFILE:
    case ENFILE:
      return "; too many files are open: raise `ulimit -n`, then run again";
    case ELOOP:
      return "; a symbolic link is not written through: remove it";
    default:
      return "";
  }
}

void fail_write(const std::string& path, const std::string& what, int error) {
  throw engine::Error(path + ": cannot " + what + " (" + std::generic_category().message(error) +
                      ")" + write_advice(error));
}

std::string temporary_name(const std::string& path) {
  const std::string name = temporary_prefix(path) + std::to_string(::getpid()) + ".tmp";
  return (std::filesystem::path(path).parent_path() / name).string();
}

void remove_abandoned(const std::string& path) {
  const std::string prefix = temporary_prefix(path);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(path), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !is_temporary_name(name)) continue;
    const char* begin = name.data() + prefix.size();
    const char* end = name.data() + name.size();
    pid_t process = 0;
    const auto parsed = std::from_chars(begin, end, process);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != '.' || process <= 0)
      continue;
    const bool is_mine = process == ::getpid();
    if (is_mine || (::kill(process, 0) != 0 && errno == ESRCH)) {
      std::filesystem::remove(entry.path(), error);
    }
  }
}

bool is_temporary_name(std::string_view file_name) {
  return file_name.starts_with('.') && file_name.ends_with(".tmp");
}

void sync_file(const std::string& path) { sync_path(path, O_RDONLY, "sync the file"); }

void sync_folder(const std::string& path) {
  sync_path(path, O_RDONLY | O_DIRECTORY, "sync the folder");
}

void begin_to_write_back(const std::string& path) {
#ifdef SYNC_FILE_RANGE_WRITE
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ::sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
  ::close(file);
#endif
}

void name_file(const std::string& temporary, const std::string& path) {
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    fail_write(path, "rename the finished file " + temporary + " to this name", errno);
  }
}

void publish_file(const std::string& temporary, const std::string& path) {
  name_file(temporary, path);
  sync_folder(folder_of(path));
}

namespace {

void write_new_file(const std::string& path, std::span<const std::string_view> parts,
                    bool is_synced) {
  const std::string temporary = temporary_name(path);
  // What a process of this name and host left behind, or someone put there; never what it leads to.
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    fail_write(temporary, "remove the old file", errno);
  }
  Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (file.get() < 0) fail_write(path, "create the file", errno);
  try {
    for (const std::string_view part : parts) write_all(file.get(), path, part);
    if (is_synced && ::fsync(file.get()) != 0) fail_write(path, "sync the file", errno);
    if (file.close() != 0) fail_write(path, "close the file", errno);
    name_file(temporary, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (is_synced) sync_folder(folder_of(path));
}

}  // namespace

void write_text_durably(const std::string& path, const std::string& text) {
  const std::string_view whole = text;
  write_new_file(path, std::span(&whole, 1), true);
}

void write_without_sync(const std::string& path, std::span<const std::string_view> parts) {
  write_new_file(path, parts, false);
}

void overwrite_beginning(const std::string& path, std::span<const char> bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) fail_write(path, "open the file", errno);
  write_all(file.get(), path, {bytes.data(), bytes.size()});
  if (file.close() != 0) fail_write(path, "close the file", errno);
}

void require_real_folder(const std::string& path) {
  require_no_link(path);
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw engine::Error(path + ": is no folder; remove it or choose another output.path");
  }
}

void require_no_link(const std::string& path) {
  if (!is_link(path)) return;
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(path, error).string();
  throw engine::Error(path + ": is a symbolic link (to " + target +
                      "); results are written inside the output folder only: remove the link, or "
                      "name the folder itself as output.path");
}

void must_be_inside(const std::string& folder, const std::string& path) {
  namespace fs = std::filesystem;
  require_no_link(path);
  std::error_code error;
  const fs::path root = fs::weakly_canonical(fs::absolute(folder), error);
  const fs::path place = error ? fs::path() : fs::weakly_canonical(fs::absolute(path), error);
  const auto [rest, unused] = std::mismatch(root.begin(), root.end(), place.begin(), place.end());
  if (error || rest != root.end()) {
    throw engine::Error(path + ": does not lie inside " + folder + " (it leads to " +
                        place.string() + "); nothing is written or removed there");
  }
}

}  // namespace cnci::io
