// HDF5 files (netCDF-4 among them) whose values lie in other files, by any name, and files whose
// structure has no end.
#include "io/hdf5_elsewhere.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/raster.h"
#include "tests/io/raster_support.h"
#include "tests/support/cells.h"

namespace cnci::io {
namespace {

using testing::beside;
using testing::error_of;
using testing::small_tiff;
using testing::TemporaryFolder;
using testing::write_netcdf;
using testing::write_vrt;

constexpr Raster::Decoding kPlain;

constexpr const char* kGrid = R"(
import h5py
def grid(name):
  d = Dataset(name, 'w')
  d.createDimension('lat', 2); d.createDimension('lon', 2)
  d.createVariable('lat', 'f8', ('lat',))[:] = [1.5, 0.5]
  d.createVariable('lon', 'f8', ('lon',))[:] = [0.5, 1.5]
  return d
def with_v(name):
  d = grid(name)
  d.createVariable('v', 'f8', ('lat', 'lon'))[:] = [[1, 2], [3, 4]]
  d.close()
def scales(f, v):
  v.dims[0].attach_scale(f['lat']); v.dims[1].attach_scale(f['lon'])
)";

/// The message of reading a.nc, made by the script after kGrid, by its own name and otherwise.
std::string error_of_netcdf(const TemporaryFolder& folder, const std::string& script) {
  const std::string path = write_netcdf(folder.path("a.nc"), kGrid + script);
  const std::string message = error_of([&] { const Raster file(path); });
  EXPECT_EQ(error_of([&] { const Raster file("NETCDF:\"" + path + "\":v"); }), message);
  const std::string vrt = write_vrt(folder.path("a.vrt"), beside(R"(NETCDF:"a.nc":v)"));
  EXPECT_EQ(error_of([&] { const Raster file(vrt); }), message);
  return message;
}

TEST(Hdf5Elsewhere, ADatasetWithValuesInAnotherFileIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
np.array([7, 7, 7, 7], 'f8').tofile(path[:-4] + 'raw.bin')
grid(path).close()
with h5py.File(path, 'a') as f:
  g = f.create_group('g')
  scales(f, f.create_dataset('v', (2, 2), 'f8'))
  g.create_dataset('deep', (4,), 'f8', external=[('raw.bin', 0, 32)])
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": dataset /g/deep keeps its values in another file (raw.bin); copy it "
                         "into one file (nccopy, h5repack)");
}

TEST(Hdf5Elsewhere, AVirtualDatasetIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
with_v(path[:-4] + 'other.nc')
grid(path).close()
with h5py.File(path, 'a') as f:
  layout = h5py.VirtualLayout((2, 2), 'f8')
  layout[:] = h5py.VirtualSource('other.nc', 'v', (2, 2))
  scales(f, f.create_virtual_dataset('v', layout))
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": dataset /v is put together from other datasets (other.nc); copy it "
                         "into one file (nccopy, h5repack)");
}

TEST(Hdf5Elsewhere, ALinkToAnotherFileIsRefused) {
  const TemporaryFolder folder;
  const std::string message = error_of_netcdf(folder, R"(
with_v(path[:-4] + 'other.nc')
grid(path).close()
with h5py.File(path, 'a') as f: f['v'] = h5py.ExternalLink('other.nc', '/v')
)");
  EXPECT_EQ(message, folder.path("a.nc") +
                         ": /v is a link to another file (other.nc); copy what it leads to into "
                         "one file (h5copy -f ext)");
}

TEST(Hdf5Elsewhere, AMaskOfAnyFormatIsLookedAtToo) {
  const TemporaryFolder folder;
  const std::string tiff = small_tiff(folder.path("a.tif"));
  write_netcdf(folder.path("a.tif.msk"), kGrid + std::string(R"(
with h5py.File(path, 'w') as f: f['v'] = h5py.ExternalLink('other.nc', '/v')
)"));
  const std::string message = error_of([&] { const Raster file(tiff); });
  EXPECT_TRUE(message.starts_with(tiff + ".msk: /v is a link")) << message;
}

TEST(Hdf5Elsewhere, AFileThatIsWholeIsReadAnyNumberOfTimes) {
  const TemporaryFolder folder;
  const std::string path = write_netcdf(folder.path("a.nc"), kGrid + std::string(R"(
with_v(path)
with h5py.File(path, 'a') as f:
  f.create_group('g')
)"));
  const Raster first(path, "v");
  const Raster second(path, "v");
  EXPECT_EQ(first.read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(second.read(1, {0, 0, 2, 2}, kPlain).value, (std::vector<double>{1, 2, 3, 4}));
}

TEST(Hdf5Elsewhere, StructureWithoutEndEnds) {
  const TemporaryFolder folder;
  for (const char* link : {"f['/']", "h5py.SoftLink('/')", "f['g']", "h5py.SoftLink('/g')"}) {
    const std::string path = write_netcdf(folder.path("round.nc"), kGrid + std::string(R"(
with_v(path)
with h5py.File(path, 'a') as f:
  f.create_group('g')
  f['again'] = )") + link);
    const std::string message = error_of([&] { const Raster file(path); });
    EXPECT_NE(message.find(" is a link to a group that has a name already"), std::string::npos)
        << message;
  }
  write_netcdf(folder.path("many.nc"), kGrid + std::string(R"(
with h5py.File(path, 'w', libver='latest') as f:
  t = h5py.h5t.IEEE_F64LE
  s = h5py.h5s.create(h5py.h5s.SCALAR)
  for i in range(100001): h5py.h5d.create(f.id, b'%d' % i, t, s)
)"));
  const std::string many = error_of([&] { const Raster file(folder.path("many.nc")); });
  EXPECT_NE(many.find("holds more than 100000 objects"), std::string::npos) << many;
  write_netcdf(folder.path("deep.nc"), kGrid + std::string(R"(
with h5py.File(path, 'w') as f:
  g = f
  for i in range(200): g = g.create_group('g')
)"));
  const std::string deep = error_of([&] { const Raster file(folder.path("deep.nc")); });
  EXPECT_NE(deep.find("more than 100 deep"), std::string::npos) << deep;
}

TEST(Hdf5Elsewhere, InAnArchiveIsNotLookedForAndRefused) {
  const TemporaryFolder folder;
  write_netcdf(folder.path("a.nc"), kGrid + std::string(R"(
import zipfile
with_v(path)
with zipfile.ZipFile(path[:-2] + 'zip', 'w') as z: z.write(path, 'a.nc')
)"));
  const std::string inside = "/vsizip/" + folder.path("a.zip") + "/a.nc";
  for (const std::string& name : {inside, "HDF5:\"" + inside + "\"://v"}) {
    const std::string message = error_of([&] { const Raster file(name); });
    EXPECT_TRUE(message.starts_with(inside + ": ")) << message;
    EXPECT_NE(message.find("unpack it"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace cnci::io
