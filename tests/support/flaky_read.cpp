// To be preloaded: a file system that hands out wrong bytes, or fails, the first time a place of a
// file is read, and the right ones from then on. CNCI_FLAKY_FILE: how the file's name ends;
// CNCI_FLAKY_HOW: flip or eio; CNCI_FLAKY_LOG: gets a byte for each read that was spoilt.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace {

using Pread = ssize_t (*)(int, void*, size_t, off_t);

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Whether this is the first read of a place of the file.
bool is_to_fail(int descriptor, size_t bytes, off_t offset) {
  // Small reads are those of the file's directory.
  constexpr size_t kBlock = 1024;
  const std::string_view end = variable("CNCI_FLAKY_FILE");
  if (end.empty() || bytes < kBlock) return false;
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0 || !std::string_view(path.data(), static_cast<size_t>(length)).ends_with(end)) {
    return false;
  }
  static std::mutex mutex;
  static std::set<off_t> seen;
  const std::lock_guard lock(mutex);
  return seen.insert(offset).second;
}

void note() {
  const std::string log(variable("CNCI_FLAKY_LOG"));
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  const ssize_t written = ::write(file, "x", 1);
  (void)written;
  ::close(file);
}

ssize_t spoilt(const char* name, int descriptor, void* buffer, size_t bytes, off_t offset) {
  static const auto real = reinterpret_cast<Pread>(::dlsym(RTLD_NEXT, name));
  if (!is_to_fail(descriptor, bytes, offset)) return real(descriptor, buffer, bytes, offset);
  note();
  if (variable("CNCI_FLAKY_HOW") == "eio") {
    errno = EIO;
    return -1;
  }
  const ssize_t got = real(descriptor, buffer, bytes, offset);
  if (got > 0) static_cast<unsigned char*>(buffer)[got / 2] ^= 0x5AU;
  return got;
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] ssize_t pread(int descriptor, void* buffer, size_t bytes,
                                             off_t offset) {
  return spoilt("pread", descriptor, buffer, bytes, offset);
}

[[gnu::visibility("default")]] ssize_t pread64(int descriptor, void* buffer, size_t bytes,
                                               off64_t offset) {
  return spoilt("pread64", descriptor, buffer, bytes, offset);
}
}
