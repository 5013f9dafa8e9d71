#include "io/durable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/error.h"
#include "io/hdf5_handles.h"
#include "io/tile_store.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using testing::TemporaryFolder;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::ptrdiff_t entries(const std::string& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST(DurableFile, WhatDeadProcessesLeftIsRemovedAndNothingElse) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.tif");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const auto named = [&](const std::string& file, pid_t process) {
    std::string name = temporary_name(folder.path(file));
    const std::string mine = "." + std::to_string(::getpid()) + ".tmp";
    EXPECT_TRUE(name.ends_with(mine));
    name.resize(name.size() - mine.size());
    return name + "." + std::to_string(process) + ".tmp";
  };
  const std::string living = named("a.tif", ::getppid());
  const std::string other = named("b.tif", child);
  for (const std::string& name : {path, living, other, temporary_name(path), named("a.tif", child),
                                  named("a.tif", child) + ".ovr.tmp", folder.path(".a.tif.tmp")}) {
    std::ofstream(name) << "x";
  }
  remove_abandoned(path);
  EXPECT_EQ(entries(folder.path("")), 4);
  for (const std::string& name : {path, living, other, folder.path(".a.tif.tmp")}) {
    EXPECT_TRUE(fs::exists(name)) << name;
  }
  remove_abandoned(folder.path("none/a.tif"));
}

TEST(DurableFile, EveryWriteErrorSaysCauseAndRemedy) {
  for (const int error :
       {ENOSPC, EDQUOT, EFBIG, EACCES, EPERM, EROFS, ENOENT, EIO, ESTALE, EMFILE, ELOOP}) {
    const std::string message = error_of([&] { fail_write("/out/a", "write the file", error); });
    EXPECT_TRUE(message.starts_with("/out/a: cannot write the file (")) << message;
    EXPECT_NE(message.find("); "), std::string::npos) << message;
  }
}

TEST(DurableFile, IsNotWrittenThroughALink) {
  const TemporaryFolder folder;
  const std::string victim = folder.path("victim");
  std::ofstream(victim) << "precious";
  const std::string path = folder.path("run.json");
  fs::create_symlink(victim, temporary_name(path));
  fs::create_symlink(victim, path);
  write_text_durably(path, "new");
  EXPECT_EQ(content(victim), "precious");
  EXPECT_EQ(content(path), "new");
  EXPECT_FALSE(fs::is_symlink(path));
  fs::create_symlink(victim, folder.path("cube.nc"));
  const std::string message = error_of([&] { (void)h5::create_file(folder.path("cube.nc")); });
  EXPECT_NE(message.find("is a symbolic link (to " + victim), std::string::npos) << message;
  EXPECT_EQ(content(victim), "precious");
}

TEST(DurableFile, ARemovedFolderIsNamedWithoutLeavingAnything) {
  const TemporaryFolder folder;
  const std::string path = folder.path("gone/run.json");
  const std::string message = error_of([&] { write_text_durably(path, "text"); });
  EXPECT_TRUE(message.starts_with(folder.path("gone/"))) << message;
  EXPECT_NE(message.find("No such file or directory"), std::string::npos) << message;
  EXPECT_NE(message.find("the folder has gone"), std::string::npos) << message;
  const std::string hdf5 = error_of([&] { (void)h5::create_file(folder.path("gone/cube.nc")); });
  EXPECT_NE(hdf5.find("the folder has gone"), std::string::npos) << hdf5;
  const std::string reading =
      error_of([&] { (void)h5::open_file_read_only(folder.path("gone/cube.nc")); });
  EXPECT_EQ(reading.find("the folder has gone"), std::string::npos) << reading;
}

class FolderCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_.path("out/.tiles"));
    fs::create_directories(folder_.path("elsewhere"));
    fs::create_directory_symlink(folder_.path("elsewhere"), folder_.path("out/.unfinished"));
  }
  TemporaryFolder folder_;
};

TEST_F(FolderCheck, ARealFolderAndAnAbsentOnePass) {
  EXPECT_NO_THROW(require_real_folder(folder_.path("out/.tiles")));
  EXPECT_NO_THROW(require_real_folder(folder_.path("out/none")));
  EXPECT_NO_THROW(must_be_inside(folder_.path("out"), folder_.path("out/.tiles")));
  EXPECT_NO_THROW(must_be_inside(folder_.path("out"), folder_.path("out/new/deep/a.h5")));
}

TEST_F(FolderCheck, ALinkAFileOrAPathThatLeadsOutIsRefused) {
  const std::string link = error_of([&] { require_real_folder(folder_.path("out/.unfinished")); });
  EXPECT_NE(link.find("is a symbolic link (to " + folder_.path("elsewhere")), std::string::npos)
      << link;
  std::ofstream(folder_.path("out/file")) << "x";
  EXPECT_THROW(require_real_folder(folder_.path("out/file")), engine::Error);
  for (const char* path : {"out/.unfinished", "out/.unfinished/cube.nc", "out/../elsewhere/a",
                           "elsewhere", "outside"}) {
    const std::string message =
        error_of([&] { must_be_inside(folder_.path("out"), folder_.path(path)); });
    EXPECT_TRUE(message.starts_with(folder_.path(path) + ": ")) << message;
  }
}

TEST_F(FolderCheck, AFolderThatIsItselfReachedByALinkIsItsOwnInside) {
  fs::create_directory_symlink(folder_.path("out"), folder_.path("link"));
  EXPECT_NO_THROW(must_be_inside(folder_.path("link"), folder_.path("link/.tiles")));
  EXPECT_NO_THROW(must_be_inside(folder_.path("link"), folder_.path("out/.tiles")));
}

TEST(TileStoreLinks, ATileThatIsALinkIsReplacedNotFollowed) {
  const TemporaryFolder folder;
  const std::string victim = folder.path("victim");
  std::ofstream(victim) << "precious";
  const TileStore store(folder.path("tiles"), {"a", "b", "{}"});
  StoredTile tile;
  tile.tile = 1;
  fs::create_symlink(victim, store.tile_path(1));
  fs::create_symlink(victim, store.tile_path(2));
  store.write(tile);
  EXPECT_EQ(content(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(store.tile_path(1)));
  EXPECT_EQ(store.scan().valid, std::vector<std::uint32_t>{1});
  EXPECT_EQ(content(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(store.tile_path(2))));
}

/// A disk of its own, or a skipped test where none can be mounted.
class SmallDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(disk_);
    if (::mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=256k") != 0) {
      GTEST_SKIP() << "tmpfs cannot be mounted here";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(disk_.c_str(), MNT_DETACH);
  }
  static StoredTile big_tile() {
    StoredTile tile;
    tile.tile = 1;
    tile.chunks = {{.bytes = std::vector<std::byte>(1 << 20, std::byte{7})}};
    return tile;
  }
  TemporaryFolder folder_;
  std::string disk_ = folder_.path("disk");
  bool mounted_ = false;
};

TEST_F(SmallDisk, ThatIsFullIsReportedInWordsAndNothingIsLeft) {
  const TileStore store(disk_ + "/tiles", {"a", "b", "{}"});
  const std::string message = error_of([&] { store.write(big_tile()); });
  EXPECT_TRUE(message.starts_with(disk_ + "/tiles/")) << message;
  EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
  EXPECT_NE(message.find("free some space"), std::string::npos) << message;
  EXPECT_EQ(entries(disk_ + "/tiles"), 1);
  const std::string text =
      error_of([&] { write_text_durably(disk_ + "/run.json", std::string(1 << 20, 'x')); });
  EXPECT_NE(text.find("free some space"), std::string::npos) << text;
  EXPECT_EQ(entries(disk_), 1);
}

TEST_F(SmallDisk, ThatIsReadOnlyIsReportedInWords) {
  const TileStore store(disk_ + "/tiles", {"a", "b", "{}"});
  ASSERT_EQ(::mount("", disk_.c_str(), "", MS_REMOUNT | MS_RDONLY, ""), 0);
  const std::string message = error_of([&] { store.write(big_tile()); });
  EXPECT_NE(message.find("Read-only file system"), std::string::npos) << message;
  EXPECT_NE(message.find("mount it for writing"), std::string::npos) << message;
  const std::string text = error_of([&] { write_text_durably(disk_ + "/run.json", "x"); });
  EXPECT_NE(text.find("Read-only file system"), std::string::npos) << text;
}

}  // namespace
}  // namespace cnci::io
