// FolderLock: one holder at a time, also between processes, and free again when a holder dies.
#include "io/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "engine/error.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

TEST(FolderLock, RefusesASecondHolderAndFreesTheFolder) {
  const TemporaryFolder folder;
  const std::string path = folder.path(".");
  {
    const FolderLock first(path);
    const std::string refused = error_of([&] { const FolderLock second(path); });
    EXPECT_NE(refused.find("another run"), std::string::npos) << refused;
    EXPECT_NE(refused.find(path), std::string::npos) << refused;
  }
  EXPECT_FALSE(std::filesystem::exists(path + "/.lock"));
  EXPECT_NO_THROW(const FolderLock third(path));
}

TEST(FolderLock, IsFreeWhenItsHolderIsKilled) {
  const TemporaryFolder folder;
  const std::string path = folder.path(".");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const FolderLock held(path);
    const char locked = 1;
    if (::write(ready[1], &locked, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char locked = 0;
  ASSERT_EQ(::read(ready[0], &locked, 1), 1);
  EXPECT_THROW(const FolderLock other(path), engine::Error);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_TRUE(std::filesystem::exists(path + "/.lock")) << "nobody could remove it";
  EXPECT_NO_THROW(const FolderLock next(path));
}

TEST(FolderLock, DoesNotFollowALink) {
  const TemporaryFolder folder;
  const std::string target = folder.path("elsewhere");
  std::filesystem::create_symlink(target, folder.path(".lock"));
  EXPECT_THROW(const FolderLock lock(folder.path(".")), engine::Error);
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace cnci::io
