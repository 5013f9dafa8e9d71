#include "io/file_facts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/raster.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

std::string touch(const std::string& path, const std::string& text = "x") {
  std::ofstream(path) << text;
  return path;
}

TEST(FileFacts, HoldTheTimeInSecondsAndInNanoseconds) {
  const TemporaryFolder folder;
  const std::string path = touch(folder.path("a.tif"), "12345");
  const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 123'456'789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  const FileFacts facts = file_facts(path);
  EXPECT_EQ(facts.bytes, 5U);
  EXPECT_EQ(facts.modified, 1'600'000'000);
  EXPECT_EQ(facts.modified_ns, 1'600'000'000'123'456'789);
  EXPECT_EQ(file_facts(folder.path("none")).modified_ns, 0);
}

TEST(Companions, AreThePartsThatCanChangeAResult) {
  const TemporaryFolder folder;
  const struct {
    const char* name;
    std::vector<std::string> parts;
    std::vector<std::string> strangers;
  } cases[] = {
      {"p.tif",
       {"p.tif.aux.xml", "p.tif.msk", "p.tfw", "p.tifw", "p.wld", "p.prj", "p.tab"},
       {"p.tif.ovr", "p.dbf", "q.tfw"}},
      {"soc.bil", {"soc.hdr", "soc.blw", "soc.prj", "soc.stx", "soc.bil.aux.xml"}, {"soc.dbf"}},
      {"raw", {"raw.hdr", "raw.aux.xml"}, {"raw.shp"}},
      {"z.shp", {"z.dbf", "z.shx", "z.prj", "z.cpg", "z.shp.aux.xml"}, {"z.sbn", "z.qix"}},
      {"e.nc", {"e.nc.aux.xml"}, {"e.prj", "e.hdr", "e.wld"}},
      {"c.gpkg", {"c.gpkg-wal", "c.gpkg.aux.xml"}, {"c.dbf", "c.prj"}},
      {"m.IMG", {"m.ige"}, {"m.rrd"}},
  };
  for (const auto& one : cases) {
    const std::string path = touch(folder.path(one.name));
    EXPECT_EQ(with_companions(path), std::vector<std::string>{path});
    std::vector<std::string> expected{path};
    for (const std::string& part : one.parts) expected.push_back(touch(folder.path(part)));
    for (const std::string& stranger : one.strangers) touch(folder.path(stranger));
    std::vector<std::string> found = with_companions(path);
    EXPECT_EQ(found.front(), path);
    std::ranges::sort(found);
    std::ranges::sort(expected);
    EXPECT_EQ(found, expected) << one.name;
  }
}

TEST(Companions, OfAVrtAreItsSourcesAndTheirs) {
  const TemporaryFolder folder;
  const std::string source = touch(folder.path("a.tif"));
  const std::string mask = touch(folder.path("a.tif.msk"));
  const std::string vrt =
      touch(folder.path("a.vrt"),
            "<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand dataType='Byte' band='1'>"
            "<SimpleSource><SourceFilename relativeToVRT='1'>a.tif</SourceFilename></SimpleSource>"
            "</VRTRasterBand></VRTDataset>");
  EXPECT_EQ(with_companions(vrt), (std::vector<std::string>{vrt, source, mask}));
}

TEST(Companions, OfAFolderAreItsFiles) {
  const TemporaryFolder folder;
  const std::string a = touch(folder.path("a.gdbtable"));
  const std::string b = touch(folder.path("b.gdbtable"));
  EXPECT_EQ(with_companions(folder.path("")), (std::vector<std::string>{a, b}));
}

TEST(Companions, ThatArePipesAreRefusedBeforeGdalOpensThem) {
  const TemporaryFolder folder;
  testing::TestRaster raster;
  raster.cols = raster.rows = 1;
  raster.bands = {{1}};
  const std::string path = testing::write_tiff(folder.path("a.tif"), raster);
  for (const char* name : {"a.tif.msk", "a.tif.aux.xml", "a.tfw"}) {
    ASSERT_EQ(::mkfifo(folder.path(name).c_str(), 0600), 0);
    const std::string message = error_of([&] { const Raster file(path); });
    EXPECT_NE(message.find(folder.path(name) + " is a pipe"), std::string::npos) << message;
    std::remove(folder.path(name).c_str());
  }
}

TEST(Companions, OfAPipeAreLookedForOutsideIt) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.vrt");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(with_companions(path), std::vector<std::string>{path});
}

TEST(ContentHash, ChangesWithOneByteOfTheFile) {
  const TemporaryFolder folder;
  const std::string path = touch(folder.path("a"), "one");
  const std::string before = content_hash(path);
  EXPECT_EQ(content_hash(touch(folder.path("b"), "one")), before);
  EXPECT_NE(content_hash(touch(path, "onf")), before);
  EXPECT_THROW((void)content_hash(folder.path("none")), engine::Error);
}

}  // namespace
}  // namespace cnci::io
