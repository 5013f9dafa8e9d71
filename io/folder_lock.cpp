#include "io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io {
namespace {

/// Whether `path` still names the open file: a holder before us may have removed it.
bool names(const std::string& path, int file) {
  struct stat by_name {};
  struct stat by_file {};
  return ::stat(path.c_str(), &by_name) == 0 && ::fstat(file, &by_file) == 0 &&
         by_name.st_ino == by_file.st_ino && by_name.st_dev == by_file.st_dev;
}

}  // namespace

FolderLock::FolderLock(std::string folder) : path_(std::move(folder) + "/.lock") {
  // A file that is open for writing would keep its disk from being made read-only; NFS locks no
  // other.
  int access = O_RDONLY;
  for (;;) {
    file_ = ::open(path_.c_str(), access | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (file_ < 0) fail_write(path_, "create the file", errno);
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error == EBADF && access == O_RDONLY) {
        access = O_RDWR;
        ::close(file_);
        continue;
      }
      if (error != EWOULDBLOCK) return;
      ::close(file_);
      throw engine::Error(path_ +
                          ": another run is at work in this folder; wait until it has ended, or "
                          "choose another output.path");
    }
    if (names(path_, file_)) return;
    ::close(file_);
  }
}

FolderLock::~FolderLock() {
  struct stat status {};
  const bool is_own = ::fstat(file_, &status) == 0 && status.st_size == 0;
  if (is_own) ::unlink(path_.c_str());
  ::close(file_);
}

}  // namespace cnci::io
