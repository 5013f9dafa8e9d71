// Which files a dataset is read from where its format names them itself, and databases with changes
// that are not in them yet.
#include "io/open_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "io/file_facts.h"
#include "io/raster.h"
#include "io/vrt_sources.h"
#include "io/zones.h"
#include "tests/io/raster_support.h"
#include "tests/support/cells.h"

namespace cnci::io {
namespace {

using testing::beside;
using testing::error_of;
using ::testing::HasSubstr;
using testing::small_tiff;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;
using testing::write_netcdf;
using testing::write_vrt;

constexpr Raster::Decoding kPlain;

/// An Arc/Info binary grid of one block, 4 x 1 floats; format as GDAL's AIG driver reads it.
constexpr const char* kArcInfoGrid = R"(
import os, struct
os.mkdir(path)
header = bytearray(308)
header[0:8] = b'GRID1.2\0'
struct.pack_into('>ii', header, 16, 2, 1)
struct.pack_into('>dd', header, 256, 1, 1)
struct.pack_into('>iiii', header, 288, 1, 1, 4, 1)
struct.pack_into('>i', header, 304, 4)
index, tile = bytearray(100), bytearray(100)
index[0:8] = tile[0:8] = b'\0\0\x27\x0a\xff\xff\xff\xff'
values = np.arange(16, dtype='>f4').tobytes()
index += struct.pack('>ii', len(tile) // 2, len(values) // 2)
tile += struct.pack('>H', len(values) // 2) + values
struct.pack_into('>i', index, 24, len(index) // 2)
struct.pack_into('>i', tile, 24, len(tile) // 2)
def put(name, data): open(path + '/' + name, 'wb').write(data)
put('hdr.adf', header)
put('w001001x.adf', index)
put('w001001.adf', tile)
put('dblbnd.adf', struct.pack('>dddd', 0, 0, 4, 4))
put('sta.adf', struct.pack('>dddd', 0, 15, 7.5, 4))
)";

std::set<std::string> names_of(const std::vector<std::string>& files) {
  std::set<std::string> names;
  for (const std::string& file : files) names.insert(std::filesystem::path(file).filename());
  return names;
}

TEST(FilesOfInput, HoldTheSpillFileThatAnImageNames) {
  prepare_gdal();
  const TemporaryFolder folder;
  const std::string tiff = small_tiff(folder.path("a.tif"));
  {
    const DatasetPtr source(GDALDataset::Open(tiff.c_str()));
    static constexpr const char* kSpill[] = {"USE_SPILL=YES", nullptr};
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("HFA");
    ASSERT_NE(driver, nullptr);
    const DatasetPtr copy(driver->CreateCopy(folder.path("before.img").c_str(), source.get(), FALSE,
                                             const_cast<char**>(kSpill), nullptr, nullptr));
    ASSERT_NE(copy, nullptr);
  }
  std::filesystem::rename(folder.path("before.img"), folder.path("after.img"));
  EXPECT_THAT(names_of(files_of_input(folder.path("after.img"), InputData::kRaster)),
              UnorderedElementsAre("after.img", "before.ige"));
}

TEST(FilesOfInput, OfAnArcInfoGridAreAllOfItsFolder) {
  const TemporaryFolder folder;
  const std::string grid = folder.path("grid");
  write_netcdf(grid, kArcInfoGrid);
  const std::string header = grid + "/hdr.adf";
  EXPECT_EQ(Raster(header).read(1, {1, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 5, 6}));
  const std::set<std::string> all{"hdr.adf", "w001001x.adf", "w001001.adf", "dblbnd.adf",
                                  "sta.adf"};
  EXPECT_EQ(names_of(files_of_input(header, InputData::kRaster)), all);
  EXPECT_EQ(names_of(with_companions(header)), all);
  std::filesystem::remove(grid + "/w001001.adf");
  ASSERT_EQ(::mkfifo((grid + "/w001001.adf").c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { const Raster file(header); }), HasSubstr("is a pipe or a device"));
}

TEST(FilesOfInput, WhatCannotBeOpenedIsAnError) {
  const TemporaryFolder folder;
  std::ofstream(folder.path("a.tif")) << "no tiff";
  EXPECT_THAT(error_of([&] {
                static_cast<void>(files_of_input(folder.path("a.tif"), InputData::kRaster));
              }),
              HasSubstr("a.tif: cannot be opened ("));
}

TEST(FilesOfInput, AGribFileIsReadWithTheIndexBesideIt) {
  const TemporaryFolder folder;
  std::ofstream(folder.path("a.grb2")) << "GRIB";
  std::ofstream(folder.path("a.grb2.idx")) << "1:0:";
  EXPECT_THAT(names_of(with_companions(folder.path("a.grb2"))),
              UnorderedElementsAre("a.grb2", "a.grb2.idx"));
}

TEST(VrtBehindALink, TakesItsSourcesFromWhereTheLinkLeads) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("real"));
  std::filesystem::create_directory(folder.path("link"));
  const std::string source = small_tiff(folder.path("real/a.tif"));
  write_vrt(folder.path("real/a.vrt"), beside("a.tif"));
  std::filesystem::create_symlink("../real/a.vrt", folder.path("link/b.vrt"));
  std::filesystem::create_symlink("b.vrt", folder.path("link/c.vrt"));
  const std::string vrt = folder.path("link/c.vrt");
  ASSERT_EQ(vrt_sources(vrt).size(), 1U);
  EXPECT_TRUE(std::filesystem::equivalent(vrt_sources(vrt).front(), source));
  EXPECT_EQ(Raster(vrt).read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
  // A decoy beside the link is none of its files.
  small_tiff(folder.path("link/a.tif"));
  EXPECT_TRUE(std::filesystem::equivalent(vrt_sources(vrt).front(), source));
}

TEST(VrtWarpedByFiles, IsRefused) {
  const TemporaryFolder folder;
  small_tiff(folder.path("a.tif"));
  for (const char* more :
       {"<Metadata domain=\"GEOLOCATION\"><MDI key=\"X_DATASET\">x.tif</MDI></Metadata>",
        "<GeoLocTransformer/>", "<RPCTransformer><DEMPath>dem.tif</DEMPath></RPCTransformer>"}) {
    const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.tif") + more);
    EXPECT_THAT(error_of([&] { const Raster file(vrt); }), HasSubstr("is warped by arrays"));
  }
}

/// A GeoPackage of one polygon; `journal`: what Python does with its connection c.
std::string zones_file(const std::string& path, const std::string& journal) {
  write_netcdf(path, R"(
import os, sqlite3
from osgeo import ogr, osr
if os.path.exists(path): os.remove(path)
d = ogr.GetDriverByName('GPKG').CreateDataSource(path if path.endswith('.gpkg') else path + '.gpkg')
s = osr.SpatialReference(); s.ImportFromEPSG(4326)
l = d.CreateLayer('z', s, ogr.wkbPolygon); l.CreateField(ogr.FieldDefn('name'))
f = ogr.Feature(l.GetLayerDefn()); f['name'] = 'a'
f.SetGeometry(ogr.CreateGeometryFromWkt('POLYGON((0 0,0 1,1 1,0 0))')); l.CreateFeature(f); d = None
if not path.endswith('.gpkg'): os.rename(path + '.gpkg', path)
c = sqlite3.connect(path)
)" + journal + "\n");
  std::filesystem::remove(path + ".py");
  return path;
}

constexpr const char* kPending = R"(
c.execute('pragma journal_mode=wal')
c.execute('create table more (x)'); c.commit(); os._exit(0))";

ZoneSpec spec_of(const std::string& path) {
  ZoneSpec spec;
  spec.path = path;
  ZoneLevel level;
  level.id = "leaf";
  level.code.attribute = "name";
  spec.levels = {level};
  return spec;
}

TEST(Database, WithChangesOutsideItIsRefusedAndLeftAsItIs) {
  for (const char* name : {"a.gpkg", "a.db"}) {
    const TemporaryFolder folder;
    const std::string path = zones_file(folder.path(name), kPending);
    ASSERT_GT(std::filesystem::file_size(path + "-wal"), 0U);
    const FileFacts before = file_facts(path);
    const FileFacts wal = file_facts(path + "-wal");
    std::filesystem::create_symlink(path, folder.path("link.gpkg"));
    for (const std::string& asked : {path, folder.path("link.gpkg")}) {
      const std::string message = error_of([&] { const ZoneSource zones(spec_of(asked)); });
      EXPECT_THAT(message, HasSubstr(asked + ": has changes that are still in "));
      EXPECT_THAT(message, HasSubstr("-wal; close the program"));
    }
    EXPECT_EQ(file_facts(path).modified_ns, before.modified_ns);
    EXPECT_EQ(file_facts(path).bytes, before.bytes);
    EXPECT_EQ(file_facts(path + "-wal").bytes, wal.bytes);
  }
}

TEST(Database, ThatKeepsAJournalIsReadWithoutAFileBesideIt) {
  const TemporaryFolder folder;
  const std::string path =
      zones_file(folder.path("a.gpkg"), "c.execute('pragma journal_mode=wal'); c.close()");
  ASSERT_FALSE(std::filesystem::exists(path + "-wal"));
  const DatasetPtr dataset = open_input(path, path, InputData::kVector);
  ASSERT_NE(dataset, nullptr);
  EXPECT_EQ(dataset->GetLayer(0)->GetFeatureCount(), 1);
  const ZoneSource zones(spec_of(path));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path("")), {}), 1);
}

TEST(Database, WithAJournalThatIsDoneWithIsRead) {
  const TemporaryFolder folder;
  const std::string path = zones_file(folder.path("a.gpkg"),
                                      "c.execute('pragma journal_mode=persist'); c.execute('create "
                                      "table more (x)'); c.commit(); c.close()");
  ASSERT_GT(std::filesystem::file_size(path + "-journal"), 0U);
  const ZoneSource zones(spec_of(path));
  // Its first byte tells a journal that is to be played back.
  std::fstream journal(path + "-journal", std::ios::binary | std::ios::in | std::ios::out);
  journal.write("\xd9", 1);
  journal.close();
  EXPECT_THAT(error_of([&] { const ZoneSource again(spec_of(path)); }), HasSubstr("half-made"));
}

TEST(Database, BehindAVrtMayNotKeepAWal) {
  const TemporaryFolder folder;
  const std::string path =
      zones_file(folder.path("a.gpkg"), "c.execute('pragma journal_mode=wal'); c.close()");
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside("a.gpkg"));
  EXPECT_THAT(error_of([&] { const Raster file(vrt); }),
              HasSubstr(vrt + ": reads " + path + ", which is written through a -wal file"));
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

// Nothing is opened by GDAL before it is known that it holds its own values.
TEST(FilesOfInput, OfAFileThatLeadsElsewhereAreNotOpened) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe.nc").c_str(), 0600), 0);
  const std::string path = write_netcdf(folder.path("a.nc"), R"(
import h5py
with h5py.File(path, 'w') as f: f['v'] = h5py.ExternalLink('pipe.nc', '/v')
)");
  for (const InputData data : {InputData::kRaster, InputData::kVector}) {
    EXPECT_THAT(error_of([&] { static_cast<void>(files_of_input(path, data)); }),
                HasSubstr("is a link to another file"));
  }
}

TEST(FilesOfInput, LeaveOutIndicesAndLocks) {
  const TemporaryFolder folder;
  const std::string tiff = small_tiff(folder.path("a.tif"));
  std::ofstream(folder.path("a.tif.ovr")) << "x";
  EXPECT_THAT(names_of(files_of_input(tiff, InputData::kRaster)), UnorderedElementsAre("a.tif"));
  std::filesystem::create_directory(folder.path("c.gdb"));
  std::ofstream(folder.path("c.gdb/a00000001.gdbtable")) << "x";
  std::ofstream(folder.path("c.gdb/_gdb.HOST.1.2.sr.lock")) << "x";
  EXPECT_THAT(names_of(with_companions(folder.path("c.gdb"))),
              UnorderedElementsAre("a00000001.gdbtable"));
}

}  // namespace
}  // namespace cnci::io
