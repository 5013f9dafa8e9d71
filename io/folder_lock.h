// One writer at a time in a folder: an advisory lock that the kernel takes away from a process that
// dies, however it dies.
#pragma once

#include <string>

namespace cnci::io {

class FolderLock {
 public:
  /// Locks `folder`, which must exist, by a file `.lock` in it. Throws Error where another process
  /// holds it. On a file system without locks nothing is locked.
  explicit FolderLock(std::string folder);
  /// Removes the file and lets go.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace cnci::io
