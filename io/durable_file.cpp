#include "io/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace cnci::io {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
  std::string advice;
  if (error == ENOSPC || error == EDQUOT) {
    advice = "; free some space there or choose another output.path, then run again";
  } else if (error == EACCES || error == EROFS || error == EPERM) {
    advice = "; check who may write there or choose another output.path";
  } else if (error == ENOENT) {
    advice = "; the folder has gone, make it again";
  }
  throw engine::Error(path + ": cannot " + what + " (" + std::generic_category().message(error) +
                      ")" + advice);
}

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
  if (file.get() < 0) fail(path, what, errno);
  // Some file systems cannot sync a folder and say EINVAL; their renames are as durable as they
  // get.
  if (::fsync(file.get()) != 0 && !((flags & O_DIRECTORY) != 0 && errno == EINVAL)) {
    fail(path, what, errno);
  }
}

}  // namespace

std::string temporary_name(const std::string& path) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  const std::filesystem::path target(path);
  const std::string name = "." + target.filename().string() + "." + host.data() + "." +
                           std::to_string(::getpid()) + ".tmp";
  return (target.parent_path() / name).string();
}

bool is_temporary_name(std::string_view file_name) {
  return file_name.starts_with('.') && file_name.ends_with(".tmp");
}

void sync_file(const std::string& path) { sync_path(path, O_RDONLY, "sync the file"); }

void sync_folder(const std::string& path) {
  sync_path(path, O_RDONLY | O_DIRECTORY, "sync the folder");
}

void publish_file(const std::string& temporary, const std::string& path) {
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    fail(path, "rename the finished file " + temporary + " to this name", errno);
  }
  sync_folder(folder_of(path));
}

void write_text_durably(const std::string& path, const std::string& text) {
  const std::string temporary = temporary_name(path);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) fail(temporary, "create the file", errno);
  try {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto written = ::write(file.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(temporary, "write the file", errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) fail(temporary, "sync the file", errno);
    if (file.close() != 0) fail(temporary, "close the file", errno);
    publish_file(temporary, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace cnci::io
