#include "io/random_access_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace cnci::io {

using engine::Error;

RandomAccessFile::RandomAccessFile(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
  struct stat status {};
  const bool known = descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    return;
  }
  const std::string why = known ? "no regular file" : std::generic_category().message(errno);
  if (descriptor_ >= 0) ::close(descriptor_);
  throw Error(fmt::format("{}: cannot be opened ({})", path, why));
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

void RandomAccessFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (!holds(offset, bytes.size())) {
    throw Error(fmt::format("the file ends at byte {}, before the {} bytes at {} do", size_,
                            bytes.size(), offset));
  }
  while (!bytes.empty()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(fmt::format("{} bytes at {} cannot be read ({})", bytes.size(), offset,
                              std::generic_category().message(errno)));
    }
    if (got == 0) throw Error(fmt::format("the file has become shorter and ends at {}", offset));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

void RandomAccessFile::forget_cached(std::uint64_t offset, std::uint64_t bytes) const {
  // Advice only: what it returns changes nothing.
  (void)::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                        POSIX_FADV_DONTNEED);
}

void RandomAccessFile::fetch_ahead(std::uint64_t offset, std::uint64_t bytes) const {
  (void)::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                        POSIX_FADV_WILLNEED);
}

}  // namespace cnci::io
