#!/usr/bin/python3
"""Other people's programs read a run's cube, GeoTIFF and polygons as they are, and see what is in them.
A program that is not there is a failure: scripts/setup installs them all."""

import json
import os
import pathlib
import subprocess
import unittest

import matplotlib
import netCDF4
import numpy as np
import xarray
from osgeo import gdal, ogr

from support import Folder, main, must, provenance, rows, small_sample

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  the backend comes first

gdal.UseExceptions()


def output_of(*command, **env):
    """What a program prints; its whole output where it fails."""
    done = subprocess.run([str(c) for c in command], env=dict(os.environ, **env), capture_output=True,
                          encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def drawn(picture):
    """Colours of a picture, and the share of its pixels that are not white."""
    pixels = plt.imread(picture)[..., :3].reshape(-1, 3)
    return len(np.unique(pixels, axis=0)), float((pixels < 1).any(axis=1).mean())


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.work = cls.folder.__enter__()
        cls.addClassCleanup(cls.folder.__exit__)
        cls.out = cls.work / "out"
        must("run", small_sample() / "job.ini", "--set", f"output.path={cls.out}", "--set",
             "years=2018-2019")
        must("export", cls.out, "--variable", "sink")
        cls.cube = cls.out / "cube.nc"
        with netCDF4.Dataset(cls.cube) as root:
            root.set_auto_mask(False)
            cls.sink = root["sink"][...]
            cls.area = root["cell_area"][...]
            cls.lat_bounds = root["lat_bnds"][...]
        cls.bounds = provenance(cls.out)["grid"]["bounds"]

    def test_xarray_plots_a_flux(self):
        with xarray.open_dataset(self.cube) as cube:
            self.assertEqual(cube.time.dt.year.values.tolist(), [2018, 2019])
            np.testing.assert_array_equal(cube.sink.values, self.sink)
            for name in ("ccsf", "sink"):
                picture = self.work / f"{name}.png"
                plt.figure()
                cube[name].isel(time=[0]).plot()  # as of a cube of one year
                title = plt.gcf().axes[1].get_ylabel().replace("\n", " ")
                self.assertIn("t km-2 year-1", title)
                plt.savefig(picture)
                plt.close()
                colours, share = drawn(picture)
                self.assertGreater(colours, 100)
                self.assertGreater(share, 0.2)

    def test_xarray_adds_up_the_cube_to_the_zones_and_reads_those(self):
        with xarray.open_dataset(self.cube, group="zones") as zones:
            table = [r for r in rows(self.out) if r["level"] == "county" and r["year"] == "2019"]
            here = zones.isel(zone=(zones.level == "county").values, time=1)
            self.assertEqual(here.code.values.tolist(), [r["code"] for r in table])
            self.assertEqual(here.sink_t.values.tolist(), [float(r["sink_t"]) for r in table])

    def test_cdo_means_are_those_of_numpy(self):
        printed = output_of("cdo", "-s", "outputf,%.9g", "-fldmean", "-selname,sink", self.cube)
        means = [float(word) for word in printed.split()]
        here = ~np.isnan(self.sink)
        # CDO's areas are those of a sphere; the cube's are the ellipsoid's.
        edges = np.sin(np.radians(self.lat_bounds))
        for weights, tolerance in ((np.abs(edges[:, 0] - edges[:, 1]), 1e-6), (self.area, 1e-4)):
            weights = np.broadcast_to(weights[:, None], self.sink.shape[1:])
            for year, mean in enumerate(means):
                where = here[year]
                want = np.average(self.sink[year][where].astype(float), weights=weights[where])
                self.assertAlmostEqual(mean / want, 1, delta=tolerance)
        self.assertEqual(len(means), 2)

    def test_cdo_weighs_projected_cells_by_the_areas_that_the_cube_holds(self):
        out = self.work / "albers"
        must("run", small_sample() / "job.ini", "--set", f"output.path={out}", "--set",
             "grid.resolution=1000", "--set",
             "grid.crs=+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +datum=WGS84 +units=m")
        mean = float(output_of("cdo", "-s", "outputf,%.9g", "-fldmean", "-selname,sink",
                               out / "cube.nc"))
        with netCDF4.Dataset(out / "cube.nc") as root:
            want = np.ma.average(root["sink"][0].astype(float), weights=root["cell_area"][...])
        self.assertAlmostEqual(mean / want, 1, delta=1e-6)

    def test_cdo_and_ncdump_see_the_metadata(self):
        about = output_of("cdo", "-s", "showname", self.cube)
        self.assertEqual(about.split(), ["cell_area", "ccsf", "scsf", "nep", "ce", "sink"])
        self.assertIn("t km-2 year-1", output_of("cdo", "-s", "showunit", self.cube))
        dump = output_of("ncdump", "-h", self.cube)
        for line in ("ccsf:valid_min = 0.f ;", 'ccsf:cell_methods = "area: mean time: mean" ;',
                     'zone:cf_role = "timeseries_id" ;', ':history = "cnci ',
                     ':source = "cnci ', ':references = "Bai et al. 2023, doi:'):
            self.assertIn(line, dump)
        self.assertNotIn("nep:valid_min", dump)  # a source is as valid as a sink

    def test_gdal_masks_nothing_and_finds_the_place(self):
        raster = gdal.Open(f'NETCDF:"{self.cube}":sink')
        np.testing.assert_array_equal(raster.ReadAsArray(), self.sink)
        west, south, east, north = self.bounds
        left, step, _, top, _, down = raster.GetGeoTransform()
        np.testing.assert_allclose(
            [left, top + raster.RasterYSize * down, left + raster.RasterXSize * step, top],
            [west, south, east, north], rtol=0, atol=1e-9)
        self.assertEqual(raster.GetSpatialRef().GetAuthorityCode(None), "4326")
        with netCDF4.Dataset(self.cube) as root:  # as it masks what valid_min forbids
            for name in ("ccsf", "scsf", "ce"):
                seen = np.ma.getmaskarray(root[name][...])
                np.testing.assert_array_equal(seen, np.isnan(np.ma.getdata(root[name][...])))

    def test_qgis_shows_cube_geotiff_and_polygons_in_their_place(self):
        base = ogr.Open(str(self.out / "zones.gpkg"))
        polygons = base.GetLayerByName("county")
        x0, x1, y0, y1 = polygons.GetExtent()
        script = pathlib.Path(__file__).with_name("read_qgis.py")
        printed = output_of(
            "/usr/bin/python3", script, f'cube=raster:NETCDF:"{self.cube}":sink',
            f"cog=raster:{self.out / 'sink_2019.tif'}",
            f"county=vector:{self.out / 'zones.gpkg'}|layername=county",
            QT_QPA_PLATFORM="offscreen", HOME=str(self.work), XDG_RUNTIME_DIR=str(self.work))
        seen = json.loads(printed[printed.index("{"):])
        west, south, east, north = self.bounds
        for name, extent in (("cube", (west, south, east, north)),
                             ("cog", (west, south, east, north)), ("county", (x0, y0, x1, y1))):
            self.assertTrue(seen[name]["valid"], name)
            self.assertEqual(seen[name]["crs"], "EPSG:4326")
            np.testing.assert_allclose(seen[name]["extent"], extent, rtol=0, atol=1e-6)
        years, height, width = self.sink.shape
        self.assertEqual(seen["cube"]["bands"], years)
        self.assertEqual(seen["cog"]["bands"], 1)
        for name, year in (("cube", 0), ("cog", 1)):
            self.assertEqual(seen[name]["size"], [width, height])
            self.assertAlmostEqual(seen[name]["middle"],
                                   float(self.sink[year, height // 2, width // 2]), delta=1e-3)
        self.assertEqual(seen["county"]["features"], len(polygons))
        self.assertIn("cnci_pct", seen["county"]["fields"])

    def test_reading_leaves_the_output_whole(self):
        names = ("cube.nc", "zones.csv", "zones.gpkg")
        before = {name: (self.out / name).read_bytes() for name in names}
        output_of("gdalinfo", "-stats", f"NETCDF:{self.cube}:sink")  # writes an .aux.xml
        output_of("ogrinfo", "-al", "-so", self.out / "zones.gpkg")
        output_of("cdo", "-s", "sinfo", self.cube)
        with xarray.open_dataset(self.cube) as cube:
            cube.load()
        must("zones", self.out)
        must("export", self.out, "--variable", "sink", "--force")
        for name, content in before.items():
            self.assertTrue((self.out / name).read_bytes() == content, f"{name} has been changed")


if __name__ == "__main__":
    main()
